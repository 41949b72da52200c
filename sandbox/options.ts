import { parseArgs } from "node:util";
import * as z from "zod";

/** What `npm start -- …` takes. */
export const help = `
npm start [-- options]     runs the bridge at work in the local sandbox

Without options it plays a story of about a dozen tickets between two simulators, prints each transaction while it
happens and a table at the end that holds both sides against each other, and stays up.

  --once                       end after the story (or, with a real side, once all is quiet): exit code 0 if all agrees
  --port N                     where the bridge's API answers (default 4700)
  --poll-interval SECONDS      how often Ensono's queue is read (default: 1 with simulators, the config's with a real Ensono)
  --stage NAME                 which stage of bridge.config.ts to run (default dev)
  --data DIR                   keep the state in this directory, and go on from it
  --fast, --real-time          waits of a second or so, or those of the config (default: fast, but real-time with a real side)
  --quiet                      print no transactions, only the table and what goes wrong
  --help                       this text

Real sides instead of the simulators, any of them:
  --ensono-url URL             up to and including the client stack, for example http://127.0.0.1:9555/acme;
                               the stage's environment is appended
  --ensono-api-key KEY         the x-api-key that it expects
  --ensono-client-name NAME    the clientName that it expects
  --client-url URL             where the bridge's webhooks go
  --client-secret SECRET       what they are signed with: whsec_ and base64 (Standard Webhooks)
  --client-api-secret SECRET   what events to the bridge's API are signed with, or the bearer token
`.trim();

const flags = {
  once: { type: "boolean" },
  fast: { type: "boolean" },
  "real-time": { type: "boolean" },
  quiet: { type: "boolean" },
  help: { type: "boolean" },
  port: { type: "string" },
  "poll-interval": { type: "string" },
  stage: { type: "string" },
  data: { type: "string" },
  "ensono-url": { type: "string" },
  "ensono-api-key": { type: "string" },
  "ensono-client-name": { type: "string" },
  "client-url": { type: "string" },
  "client-secret": { type: "string" },
  "client-api-secret": { type: "string" },
} as const;

const filled = z.string().trim().min(1, "expected a value");
const url = z.url({ protocol: /^https?$/, error: "expected an http:// or https:// address" });
const flag = z.boolean().default(false);

/** Made-up secrets of the sandbox; they protect nothing. */
export const SANDBOX_SECRETS = {
  ensonoApiKey: "sandbox-api-key",
  webhook: `whsec_${btoa("sandbox-webhook-secret-1")}`,
  clientApi: `whsec_${btoa("sandbox-client-api-secret")}`,
} as const;

const optionsSchema = z
  .object({
    once: flag,
    fast: flag,
    "real-time": flag,
    quiet: flag,
    help: flag,
    port: z.coerce.number("expected a port number").int().min(0).max(65_535).default(4700),
    "poll-interval": z.coerce.number("expected seconds").positive("expected seconds above 0").max(300).optional(),
    stage: filled.default("dev"),
    data: filled.optional(),
    "ensono-url": url.transform((given) => given.replace(/\/+$/, "")).optional(),
    "ensono-api-key": filled.default(SANDBOX_SECRETS.ensonoApiKey),
    "ensono-client-name": filled.optional(),
    "client-url": url.optional(),
    "client-secret": filled
      .regex(/^(whsec_)?[A-Za-z0-9+/]+={0,2}$/, "expected whsec_ and base64")
      .default(SANDBOX_SECRETS.webhook),
    "client-api-secret": filled.default(SANDBOX_SECRETS.clientApi),
  })
  .refine((options) => !(options.fast && options["real-time"]), {
    path: ["fast"],
    error: "cannot be together with --real-time",
  });

export type SandboxOptions = z.infer<typeof optionsSchema>;

/** A wrong option, in one line that names it and the remedy. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

/** Reads the command line. Throws OptionError. */
export const readOptions = (args: readonly string[]): SandboxOptions => {
  const parsed = optionsSchema.safeParse(readFlags(args));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OptionError(`--${issue?.path.join(".")}: ${issue?.message} (see npm start -- --help)`);
};

const readFlags = (args: readonly string[]): Record<string, unknown> => {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new OptionError(`${why} (see npm start -- --help)`);
  }
};

const hasRealSide = (options: SandboxOptions): boolean =>
  options["ensono-url"] !== undefined || options["client-url"] !== undefined;

/** Whether waits are those that suit a story, in place of those that suit Ensono. */
export const isFast = (options: SandboxOptions): boolean =>
  options.fast || (!options["real-time"] && !hasRealSide(options));

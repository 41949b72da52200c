import * as z from "zod";
import type { RetryPolicy } from "../domain/backoff.ts";
import { NO_HOSTS } from "../domain/fetchable-hosts.ts";

/** What is wrong with a function's environment: the names and what was expected, never a value. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/** Reads a function's environment. Throws EnvironmentError naming every variable that is missing or malformed. */
export const parseEnv = <Schema extends z.ZodType>(schema: Schema, source: NodeJS.ProcessEnv): z.infer<Schema> => {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`);
  throw new EnvironmentError(`the function's environment is wrong: ${faults.join("; ")}`);
};

/** Variables that several functions share, each declared once. */
const wholeNumber = z.coerce.number().int().nonnegative();

export const ledgerEnv = {
  TABLE_NAME: z.string().min(1),
  RETENTION_DAYS: wholeNumber,
} as const;

export const ensonoEnv = {
  /** Up to and including the client stack. */
  ENSONO_STACK_URL: z.url(),
  ENSONO_ENVIRONMENT: z.enum(["dev", "echo", "cert", "prod"]),
  ENSONO_CLIENT_NAME: z.string().min(1),
  ENSONO_API_KEY_SECRET_ID: z.string().min(1),
} as const;

export const retryEnv = {
  RETRY_FIRST_SECONDS: z.coerce.number().positive(),
  RETRY_LONGEST_SECONDS: z.coerce.number().positive(),
  RETRY_GIVE_UP_DAYS: z.coerce.number().positive(),
  BREAKER_FAILURES: wholeNumber.min(1),
  PROBE_SECONDS: z.coerce.number().positive(),
} as const;

/** How long after its arrival an entry whose wake-up got lost is woken by the sweeper. */
export const lostWakeUpEnv = { LOST_WAKE_UP_SECONDS: z.coerce.number().positive() } as const;

export const wakeToClientEnv = { WAKE_TO_CLIENT_QUEUE_URL: z.url() } as const;
export const wakeToEnsonoEnv = { WAKE_TO_ENSONO_QUEUE_URL: z.url() } as const;

/** Wake-ups of files on their way: to be fetched into our bucket, to be sent to Ensono. */
export const fetchQueueEnv = { FETCH_QUEUE_URL: z.url() } as const;
export const sendQueueEnv = { SEND_QUEUE_URL: z.url() } as const;

/** The bucket of files on their way, as links to it begin. */
export const bucketEnv = { ATTACHMENT_BUCKET_URL: z.url() } as const;

/** A list with commas between, of hosts as `domain/fetchable-hosts.ts` has them; it may be empty. */
const hostList = z.string().transform((list) => list.split(",").filter((host) => host !== "" && host !== NO_HOSTS));

/** From where files are fetched, by who names the address. */
export const fileHostsEnv = { ENSONO_FILE_HOSTS: hostList, CLIENT_FILE_HOSTS: hostList } as const;

export const retryPolicy = (env: z.infer<z.ZodObject<typeof retryEnv>>): RetryPolicy => ({
  firstSeconds: env.RETRY_FIRST_SECONDS,
  longestSeconds: env.RETRY_LONGEST_SECONDS,
  giveUpDays: env.RETRY_GIVE_UP_DAYS,
});

/** A wrong key or path is mended by a person, and is not worth a probe every minute. */
const CONFIGURATION_PROBES = 5;

export const breakerTimes = (env: z.infer<z.ZodObject<typeof retryEnv>>) => ({
  threshold: env.BREAKER_FAILURES,
  probeSeconds: env.PROBE_SECONDS,
  configurationProbeSeconds: CONFIGURATION_PROBES * env.PROBE_SECONDS,
});

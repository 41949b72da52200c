import * as z from "zod";
import { callSchema } from "./routes.ts";

/**
 * A script of faults. A rule names the calls that it hits and what goes wrong with them; `skip` lets the first calls
 * pass, `times` ends it. "-before" means that the call had no effect, "-after" that it had.
 */

const common = {
  call: z.enum([...callSchema.options, "*"]).default("*"),
  /** Ensono's number or, as a create has none yet, the client's. */
  ticket: z.string().optional(),
  /** Endless when left out. */
  times: z.int().positive().optional(),
  skip: z.int().nonnegative().default(0),
};
const milliseconds = z.number().nonnegative();
const status = z.int().min(200).max(599);
/** Whether the call takes effect although its answer is not the real one. */
const effect = z.boolean().default(false);
/** A create that took effect: Ensono sends ReturnEnsonoNum after so long. */
const returnNumberAfterMs = milliseconds.optional();
/** How long the client is kept waiting before it gets API Gateway's 504 or S3's 500; until it gives up when left out. */
const holdMs = milliseconds.optional();
/** What can go wrong with the bytes of a file, once its download has begun. */
const ofDownload = { ...common, call: z.literal("downloadFile").default("downloadFile") };
/** How many bytes come through; half of the file when left out. */
const afterBytes = z.int().nonnegative().optional();

const downloadFaultSchemas = [
  /** To the same URL again when `location` is left out. */
  z.strictObject({
    ...ofDownload,
    kind: z.literal("redirect"),
    status: z.int().min(301).max(308).default(307),
    location: z.string().optional(),
  }),
  z.strictObject({ ...ofDownload, kind: z.literal("reset-mid-body"), afterBytes }),
  /** The connection ends in good order before all is sent that Content-Length says. */
  z.strictObject({ ...ofDownload, kind: z.literal("truncated"), afterBytes }),
  /** Another number of bytes than the transaction says, and a Content-Length that fits them; one more when left out. */
  z.strictObject({ ...ofDownload, kind: z.literal("wrong-size"), bytes: z.int().nonnegative().optional() }),
  z.strictObject({ ...ofDownload, kind: z.literal("slow"), bytesPerSecond: z.int().positive() }),
] as const;

const callFaultSchemas = [
  z.strictObject({ ...common, kind: z.literal("latency"), ms: milliseconds }),
  z.strictObject({
    ...common,
    kind: z.literal("status"),
    status,
    body: z.json().optional(),
    effect,
    returnNumberAfterMs,
  }),
  z.strictObject({ ...common, kind: z.literal("answer"), status, body: z.json(), effect, returnNumberAfterMs }),
  z.strictObject({ ...common, kind: z.literal("garbage"), effect, returnNumberAfterMs }),
  z.strictObject({ ...common, kind: z.literal("reset-before") }),
  z.strictObject({ ...common, kind: z.literal("reset-after"), returnNumberAfterMs }),
  z.strictObject({ ...common, kind: z.literal("timeout-before"), holdMs }),
  z.strictObject({ ...common, kind: z.literal("timeout-after"), holdMs, returnNumberAfterMs }),
] as const;

export const faultRuleSchema = z.discriminatedUnion("kind", [...callFaultSchemas, ...downloadFaultSchemas]);
/** What can go wrong with any call. */
export type FaultRule = z.input<(typeof callFaultSchemas)[number]>;
/** What can go wrong with the bytes of a file once its download has begun. */
export type DownloadFaultRule = z.input<(typeof downloadFaultSchemas)[number]>;
type Rule = z.infer<typeof faultRuleSchema>;
export type DownloadFault = z.infer<(typeof downloadFaultSchemas)[number]>;
export type Fault = Exclude<Rule, DownloadFault | { kind: "latency" }>;

export interface Strike {
  latencyMs: number;
  fault?: Fault;
  /** Strikes a download that no other fault struck. */
  downloadFault?: DownloadFault;
}

export interface Faults {
  /** @throws ZodError that names the field. */
  add(rule: FaultRule | DownloadFaultRule): void;
  clear(): void;
  /** The rules that are still to strike, with the `skip` and `times` that are left. */
  list(): (FaultRule | DownloadFaultRule)[];
}

export interface FaultScript extends Faults {
  /** What strikes this call: the latencies of all rules that match, and the first of the other faults. */
  strike(call: string, tickets: readonly string[]): Strike;
}

export function createFaultScript(): FaultScript {
  let rules: Rule[] = [];

  const strikes = (rule: Rule): boolean => {
    if (rule.skip > 0) {
      rule.skip -= 1;
      return false;
    }
    if (rule.times !== undefined) rule.times -= 1;
    return true;
  };

  return {
    add: (rule) => {
      rules.push(faultRuleSchema.parse(rule));
    },
    clear: () => {
      rules = [];
    },
    list: () => structuredClone(rules),
    strike: (call, tickets) => {
      const matches = ({ call: wanted, ticket }: Rule) =>
        (wanted === "*" || wanted === call) && (ticket === undefined || tickets.includes(ticket));
      const struck: Strike = { latencyMs: 0 };
      for (const rule of rules.filter(matches)) {
        if (rule.kind === "latency") {
          if (strikes(rule)) struck.latencyMs += rule.ms;
        } else if (struck.fault === undefined && struck.downloadFault === undefined && strikes(rule)) {
          if (isDownloadFault(rule)) struck.downloadFault = rule;
          else struck.fault = rule;
        }
      }
      rules = rules.filter((rule) => rule.times !== 0);
      return struck;
    },
  };
}

const downloadFaultKinds: ReadonlySet<string> = new Set(downloadFaultSchemas.map(({ shape }) => shape.kind.value));
const isDownloadFault = (rule: Fault | DownloadFault): rule is DownloadFault => downloadFaultKinds.has(rule.kind);

/** Whether a call hit by this fault is performed all the same. */
export const takesEffect = (fault: Fault): boolean =>
  "effect" in fault ? fault.effect : fault.kind === "reset-after" || fault.kind === "timeout-after";

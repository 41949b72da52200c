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
/** How long the client is kept waiting before it gets API Gateway's 504; until it gives up when left out. */
const holdMs = milliseconds.optional();

export const faultRuleSchema = z.discriminatedUnion("kind", [
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
]);
export type FaultRule = z.input<typeof faultRuleSchema>;
type Rule = z.infer<typeof faultRuleSchema>;
export type Fault = Exclude<Rule, { kind: "latency" }>;

export interface Faults {
  /** @throws ZodError that names the field. */
  add(rule: FaultRule): void;
  clear(): void;
  /** The rules that are still to strike, with the `skip` and `times` that are left. */
  list(): FaultRule[];
}

export interface FaultScript extends Faults {
  /** What strikes this call: the latencies of all rules that match, and the first other fault. */
  strike(call: string, tickets: readonly string[]): { latencyMs: number; fault?: Fault };
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
      let latencyMs = 0;
      let fault: Fault | undefined;
      for (const rule of rules.filter(matches)) {
        if (rule.kind !== "latency") {
          if (fault === undefined && strikes(rule)) fault = rule;
        } else if (strikes(rule)) {
          latencyMs += rule.ms;
        }
      }
      rules = rules.filter((rule) => rule.times !== 0);
      return { latencyMs, ...(fault === undefined ? {} : { fault }) };
    },
  };
}

/** Whether a call hit by this fault is performed all the same. */
export const takesEffect = (fault: Fault): boolean =>
  "effect" in fault ? fault.effect : fault.kind === "reset-after" || fault.kind === "timeout-after";

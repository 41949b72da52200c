import * as z from "zod";

/** What a fault's type is called where the bridge fetches a file. */
export const FILE = "file";

const shared = {
  /** How many deliveries it hits; without it, all until it is cleared. */
  count: z.number().int().min(1).optional(),
  /** Hits only this kind of delivery, for example `ticket.commented`; `file` hits who fetches a file, and nothing else does. */
  type: z.string().min(1).optional(),
};
/** The delivery takes effect although its sender is not told so. */
const afterEffect = z.boolean().default(false);

export const faultSchema = z.discriminatedUnion("kind", [
  /** The connection is reset. */
  z.strictObject({ kind: z.literal("down"), afterEffect, ...shared }),
  /** No answer, until the sender gives up. */
  z.strictObject({ kind: z.literal("timeout"), afterEffect, ...shared }),
  /** This answer instead of the true one. */
  z.strictObject({
    kind: z.literal("status"),
    status: z.number().int().min(200).max(599),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().default('{"error":"a fault was asked for"}'),
    afterEffect,
    ...shared,
  }),
  /** The true answer, but late. */
  z.strictObject({ kind: z.literal("slow"), ms: z.number().int().min(0).max(120_000), ...shared }),
]);
export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

export interface Faults {
  /** Throws ZodError naming the field that is wrong. */
  inject(fault: FaultInput): void;
  clear(): void;
  active(): readonly Fault[];
}

/** The faults that were asked for; the first one that fits a delivery hits it. */
export const createFaults = (): Faults & { take(type: string): Fault | undefined } => {
  let waiting: Fault[] = [];
  return {
    inject: (fault) => void waiting.push(faultSchema.parse(fault)),
    clear: () => {
      waiting = [];
    },
    active: () => waiting.map((fault) => ({ ...fault })),
    take(type) {
      const fault = waiting.find((one) => one.type === type || (one.type === undefined && type !== FILE));
      if (fault?.count === undefined) return fault;
      fault.count -= 1;
      if (fault.count === 0) waiting = waiting.filter((one) => one !== fault);
      return fault;
    },
  };
};

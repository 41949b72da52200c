import * as z from "zod";
import { laneSchema } from "./lane.ts";

/** What a wake-up says: look at this lane. The one schema of both ends of the wake-up queues. */
export const wakeUpSchema = z.object({ version: z.literal(1), lane: laneSchema });
export type WakeUp = z.infer<typeof wakeUpSchema>;

import * as z from "zod";
import {
  ensonoEnv,
  fetchQueueEnv,
  ledgerEnv,
  lostWakeUpEnv,
  retryEnv,
  wakeToClientEnv,
} from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({
  ...ledgerEnv,
  ...ensonoEnv,
  ...retryEnv,
  ...lostWakeUpEnv,
  ...wakeToClientEnv,
  ...fetchQueueEnv,
  /** The most readers of Ensono's queue at a time. */
  READERS: z.coerce.number().int().min(1),
});
export type Env = z.infer<typeof envSchema>;

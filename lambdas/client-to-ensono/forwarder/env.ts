import * as z from "zod";
import {
  ensonoEnv,
  ledgerEnv,
  lostWakeUpEnv,
  retryEnv,
  sendQueueEnv,
  wakeToClientEnv,
  wakeToEnsonoEnv,
} from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({
  ...ledgerEnv,
  ...ensonoEnv,
  ...retryEnv,
  ...lostWakeUpEnv,
  ...wakeToClientEnv,
  ...wakeToEnsonoEnv,
  ...sendQueueEnv,
});
export type Env = z.infer<typeof envSchema>;

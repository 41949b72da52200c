import * as z from "zod";
import {
  fetchQueueEnv,
  ledgerEnv,
  retryEnv,
  sendQueueEnv,
  wakeToClientEnv,
  wakeToEnsonoEnv,
} from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({
  ...ledgerEnv,
  ...retryEnv,
  ...wakeToClientEnv,
  ...wakeToEnsonoEnv,
  ...fetchQueueEnv,
  ...sendQueueEnv,
});
export type Env = z.infer<typeof envSchema>;

import * as z from "zod";
import { bucketEnv, fetchQueueEnv, ledgerEnv, lostWakeUpEnv, wakeToEnsonoEnv } from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({
  ...ledgerEnv,
  ...lostWakeUpEnv,
  ...wakeToEnsonoEnv,
  ...fetchQueueEnv,
  ...bucketEnv,
  CLIENT_API_SECRET_ID: z.string().min(1),
});
export type Env = z.infer<typeof envSchema>;

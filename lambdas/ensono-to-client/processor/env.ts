import * as z from "zod";
import {
  bucketEnv,
  ledgerEnv,
  lostWakeUpEnv,
  retryEnv,
  wakeToClientEnv,
  wakeToEnsonoEnv,
} from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({
  ...ledgerEnv,
  ...retryEnv,
  ...lostWakeUpEnv,
  ...wakeToClientEnv,
  ...wakeToEnsonoEnv,
  ...bucketEnv,
  /** The stage's Ensono environment: in `echo` everything we send comes back (E1, I5). */
  ENSONO_ENVIRONMENT: z.enum(["dev", "echo", "cert", "prod"]),
  ENSONO_CLIENT_NAME: z.string().min(1),
  CLIENT_WEBHOOK_URL: z.url(),
  CLIENT_SEARCH_URL: z.url().optional(),
  CLIENT_WEBHOOK_SECRET_ID: z.string().min(1),
});
export type Env = z.infer<typeof envSchema>;

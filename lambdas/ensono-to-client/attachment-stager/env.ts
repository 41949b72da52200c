import * as z from "zod";
import { fileHostsEnv, ledgerEnv, retryEnv, wakeToClientEnv, wakeToEnsonoEnv } from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({
  ...ledgerEnv,
  ...retryEnv,
  ...wakeToClientEnv,
  ...wakeToEnsonoEnv,
  ...fileHostsEnv,
  /** The bucket's name. */
  ATTACHMENT_BUCKET: z.string().min(1),
});
export type Env = z.infer<typeof envSchema>;

import * as z from "zod";
import { bucketEnv, ensonoEnv, ledgerEnv, retryEnv, wakeToEnsonoEnv } from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({ ...ledgerEnv, ...ensonoEnv, ...retryEnv, ...wakeToEnsonoEnv, ...bucketEnv });
export type Env = z.infer<typeof envSchema>;

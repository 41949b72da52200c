import * as z from "zod";
import { ledgerEnv, retryEnv, wakeToClientEnv, wakeToEnsonoEnv } from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({ ...ledgerEnv, ...retryEnv, ...wakeToClientEnv, ...wakeToEnsonoEnv });
export type Env = z.infer<typeof envSchema>;

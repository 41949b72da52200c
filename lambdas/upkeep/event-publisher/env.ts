import * as z from "zod";
import { ledgerEnv } from "../../shared/runtime/parse-env.ts";

export const envSchema = z.object({
  TABLE_NAME: ledgerEnv.TABLE_NAME,
  EVENT_BUS_NAME: z.string().min(1),
  EVENT_DEAD_LETTERS_URL: z.url(),
  /** Whether events carry what tickets say. */
  TICKET_TEXT: z.stringbool({ truthy: ["true"], falsy: ["false"] }),
  STAGE: z.string().min(1),
});
export type Env = z.infer<typeof envSchema>;

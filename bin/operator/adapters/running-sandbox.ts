import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** Where a running sandbox (`npm start`) is found: it writes this file into its working directory, and takes it away when it stops. */
export const runningSandboxPath = (directory: string): string => join(directory, ".sandbox", "running.json");

export const runningSandboxSchema = z.object({
  version: z.literal(1),
  pid: z.int().positive(),
  stage: z.string(),
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  endpoints: z.object({ dynamodb: z.url(), sqs: z.url(), s3: z.url(), secretsManager: z.url() }),
  tableName: z.string(),
  queueUrls: z.record(z.string(), z.url()),
  /** The bridge's API. */
  apiUrl: z.url(),
  /** The two sides as the functions reach them, and where a person acts as their agent; a real side has none. */
  ensono: z.object({ stackUrl: z.url(), clientName: z.string(), agentUrl: z.url().optional() }),
  client: z.object({ webhookUrl: z.url(), agentUrl: z.url().optional() }),
});
export type RunningSandbox = z.infer<typeof runningSandboxSchema>;

/** What runs in this directory; undefined when nothing does. Throws ZodError or SyntaxError for a file that is none of ours. */
export const readRunningSandbox = (directory: string): RunningSandbox | undefined => {
  let text: string;
  try {
    text = readFileSync(runningSandboxPath(directory), "utf8");
  } catch {
    return undefined;
  }
  const running = runningSandboxSchema.parse(JSON.parse(text));
  return isAlive(running.pid) ? running : undefined;
};

/** A sandbox that was killed leaves its file behind. */
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

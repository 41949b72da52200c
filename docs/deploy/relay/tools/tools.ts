import * as z from "zod";
import type { CallTool } from "../call-tool.ts";
import type { Tool } from "../tool.ts";
import { freshservice } from "./freshservice.ts";
import { jira } from "./jira.ts";
import { zendesk } from "./zendesk.ts";

const url = z
  .url({ protocol: /^https$/, error: "expected the https:// address of your tool" })
  .transform((given) => given.replace(/\/+$/, ""));

/** The names of your groups, with the tool's numbers of them. A group that is not in here stands in a note. */
const groups = z.record(z.string(), z.int().positive()).default({});

/** Which tool stands behind the relay, and what it needs to know of it. The key is in Secrets Manager. */
export const toolOptionsSchema = z.discriminatedUnion("tool", [
  z.strictObject({ tool: z.literal("zendesk"), url, groups }),
  z.strictObject({ tool: z.literal("freshservice"), url, requesterEmail: z.email(), groups }),
  z.strictObject({
    tool: z.literal("jira"),
    url,
    project: z.string().min(1),
    issueTypes: z
      .strictObject({ Incident: z.string(), Request: z.string(), Change: z.string() })
      .prefault({ Incident: "[System] Incident", Request: "[System] Service request", Change: "[System] Change" }),
  }),
]);
export type ToolOptions = z.infer<typeof toolOptionsSchema>;

export const toolNamed = (options: ToolOptions, deps: { call: CallTool; send: typeof fetch }): Tool => {
  switch (options.tool) {
    case "zendesk":
      return zendesk({ ...deps, ...options });
    case "freshservice":
      return freshservice({ ...deps, ...options });
    case "jira":
      return jira({ ...deps, ...options });
  }
};

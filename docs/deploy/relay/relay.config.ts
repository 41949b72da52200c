import type * as z from "zod";
import type { toolOptionsSchema } from "./tools/tools.ts";

/** The tool behind the relay, by stage. Only for tools that cannot take the bridge's deliveries themselves: README.md. */
export default {
  dev: { tool: "zendesk", url: "https://example-sandbox.zendesk.com" },
  prod: { tool: "zendesk", url: "https://example.zendesk.com" },
} satisfies Record<string, z.input<typeof toolOptionsSchema>>;

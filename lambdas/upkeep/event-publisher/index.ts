import { awsClients, eventBridgeClient } from "../../shared/runtime/aws-clients.ts";
import { parseEnv } from "../../shared/runtime/parse-env.ts";
import { envSchema } from "./env.ts";
import { createHandler } from "./handler.ts";

export const handler = createHandler(parseEnv(envSchema, process.env), {
  ...awsClients(),
  eventBridge: eventBridgeClient(),
});

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from "aws-lambda";
import * as z from "zod";
import { secretsManager } from "../../../lambdas/shared/adapters/secrets-manager.ts";
import { callTool } from "./call-tool.ts";
import { dynamoDbDeliveries } from "./deliveries.ts";
import { handleDelivery } from "./handle-delivery.ts";
import { toolNamed, toolOptionsSchema } from "./tools/tools.ts";

const env = z
  .object({
    TABLE_NAME: z.string(),
    WEBHOOK_SECRET_ID: z.string(),
    TOOL_KEY_SECRET_ID: z.string(),
    TOOL: z.string().transform((text) => toolOptionsSchema.parse(JSON.parse(text))),
  })
  .parse(process.env);

const clock = () => Date.now();
const secrets = secretsManager({ client: new SecretsManagerClient(), clock });

/** The API key or `user:password` as the tool wants it in its Authorization header. */
const authorization = async () => {
  const [key = ""] = await secrets.read(env.TOOL_KEY_SECRET_ID);
  return `Basic ${Buffer.from(key).toString("base64")}`;
};

const deps = {
  secrets: () => secrets.read(env.WEBHOOK_SECRET_ID),
  clock,
  deliveries: dynamoDbDeliveries({ client: new DynamoDBClient(), tableName: env.TABLE_NAME, clock }),
  tool: toolNamed(env.TOOL, { call: callTool({ baseUrl: env.TOOL.url, authorization, send: fetch }), send: fetch }),
  log: (line: object) => console.log(JSON.stringify(line)),
};

export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyResultV2> => {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  const answer = await handleDelivery({ headers: event.headers, body }, deps);
  return {
    statusCode: answer.status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(answer.body),
  };
};

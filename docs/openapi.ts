import { writeFileSync } from "node:fs";
import * as z from "zod";
import { createDocument, type ZodOpenApiObject, type ZodOpenApiOverride } from "zod-openapi";
import packageJson from "../package.json" with { type: "json" };
import { paths } from "./openapi-paths.ts";
import { answer, webhooks } from "./openapi-webhooks.ts";

/** `npm run openapi`: writes docs/openapi.json, the contract of both directions, from the schemas that the code runs on. */

const securitySchemes = {
  webhookSignature: {
    type: "apiKey",
    in: "header",
    name: "webhook-signature",
    description:
      "Standard Webhooks: `v1,` and the base64 of the HMAC-SHA256 of `webhook-id.webhook-timestamp.body`, keyed with what stands base64-encoded behind `whsec_` in the secret. Of several signatures, separated by blanks, one must fit.",
  },
  bearer: {
    type: "http",
    scheme: "bearer",
    description: 'For tools that cannot sign (client.authentication "bearer"): the secret itself is the token.',
  },
} as const;

const jsonObjectSchema = z.record(z.string(), z.json());
type JsonObject = z.infer<typeof jsonObjectSchema>;

const anyJsonSchema = z.object({ $ref: z.string().startsWith("#/components/schemas/__schema") });

/**
 * Leaves out what the library renders and no reader needs: "any JSON" spelled out by recursion, the pattern beside a
 * date-time, the type of property names, empty descriptions.
 */
const tidy = (document: object): JsonObject => {
  const text = JSON.stringify(document, function keep(this: Record<string, unknown>, name, value: unknown) {
    if (name.startsWith("__schema") || name === "propertyNames") return undefined;
    if (name === "pattern" && this.format === "date-time") return undefined;
    if (name === "description" && value === "") return undefined;
    return name === "additionalProperties" && anyJsonSchema.safeParse(value).success ? {} : value;
  });
  return jsonObjectSchema.parse(JSON.parse(text));
};

const document: ZodOpenApiObject = {
  openapi: "3.1.1",
  info: {
    title: "Envision Bridge",
    version: packageJson.version,
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    description:
      "The contract with your ITSM tool. Paths: what it tells the bridge. Webhooks: what the bridge tells it. In words: docs/client-contract.md.",
  },
  servers: [
    { url: "http://127.0.0.1:4700", description: "The local sandbox (npm start)" },
    {
      url: "https://{api}.execute-api.{region}.amazonaws.com/v1",
      description: "A deployed stage: the stack's output ApiUrl",
      variables: { api: { default: "abcde12345" }, region: { default: "us-east-1" } },
    },
  ],
  security: [{ webhookSignature: [] }, { bearer: [] }],
  components: { securitySchemes, schemas: answer.components },
  paths,
  webhooks,
};

/** A field that comes later must not break who checks our answers. */
const letAnswersGrow: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (io === "output") delete jsonSchema.additionalProperties;
};

/** Gives the OpenAPI 3.1 document of both directions as plain JSON. Pure. */
export const buildOpenApi = (): JsonObject => tidy(createDocument(document, { override: letAnswersGrow }));

/** What docs/openapi.json must hold. */
export const openApiText = (): string => `${JSON.stringify(buildOpenApi(), null, 2)}\n`;

if (import.meta.main) writeFileSync(new URL("openapi.json", import.meta.url), openApiText());

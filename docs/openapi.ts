import { writeFileSync } from "node:fs";
import * as z from "zod";
import {
  createDocument,
  createSchema,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import {
  acceptedSchema,
  clientEventBodySchema,
  clientNumberBodySchema,
  type Notice,
  noticeAnswerSchema,
  noticeSchema,
  problemSchema,
} from "../lambdas/shared/domain/client-contract.ts";
import { ensonoTicketNumberSchema } from "../lambdas/shared/domain/ensono-ticket.ts";
import packageJson from "../package.json" with { type: "json" };
import { answers, clientNumber, type Examples, events, notices, problems } from "./openapi-examples.ts";

/** `npm run openapi`: writes docs/openapi.json, the contract of both directions, from the schemas that the code runs on. */

const json = <Schema>(schema: Schema, examples?: Examples<unknown>) => ({
  "application/json": { schema, ...(examples && { examples }) },
});

// ── The client's ITSM calls the bridge ──────────────────────────────────────────────────────────────────────────────

const problem = (id: string, description: string, examples?: Examples<unknown>): ZodOpenApiResponseObject => ({
  id,
  description,
  content: json(problemSchema, examples),
});

const storeIsDown: ZodOpenApiResponseObject = {
  ...problem("Unavailable", "The bridge cannot reach its store for the moment. Send it again, with the same id."),
  headers: z.object({ "retry-after": z.string().meta({ description: "Seconds to wait", example: "30" }) }),
};

const gatewayProblemSchema = z
  .object({ message: z.string() })
  .meta({ id: "GatewayProblem", description: "What Amazon API Gateway answers by itself" });

const gateway: ZodOpenApiResponsesObject = {
  "429": {
    id: "TooManyRequests",
    description: "More than 50 requests a second. Send it again, with the same id, a little later.",
    content: json(gatewayProblemSchema),
  },
  "5XX": {
    id: "GatewayFailure",
    description: "What became of the request is not known. Send it again, with the same id.",
    content: json(gatewayProblemSchema),
  },
};

const taking: ZodOpenApiResponsesObject = {
  "202": {
    id: "Taken",
    description: "It is stored and will be forwarded, after all earlier events of the same ticket.",
    content: json(acceptedSchema, { taken: { summary: "Stored", value: { id: "evt-2026-03-02-0001" } } }),
  },
  "400": problem("Malformed", "The body or the id is wrong; the answer names the field.", problems.malformed),
  "401": problem("Unauthorised", "Not signed with a secret that counts, or too long ago.", problems.unauthorised),
  "404": problem("NotFound", "There is no such path. (Paths that the gateway does not know get its own 403.)"),
  "409": problem("Conflicting", "The id came before with another body.", problems.conflicting),
  "413": problem("TooLong", "The body is longer than 256 KiB.", problems.tooLong),
  "415": problem("Encoded", "The body has a content-encoding; send it without."),
  "503": storeIsDown,
  ...gateway,
};

const id = z.string().min(1).max(128);
const proof = z.object({
  "webhook-id": id.optional().meta({
    description:
      "The event's id, of your choice, the same for each try: printable ASCII without a dot, a comma or a blank. With a bearer token it may be left out; repeats are then not recognised.",
    example: "evt-2026-03-02-0001",
  }),
  "webhook-timestamp": z
    .string()
    .regex(/^\d{10}$/)
    .optional()
    .meta({ description: "With a signature: when this try was sent, in seconds since 1970", example: "1772464500" }),
  "idempotency-key": id.optional().meta({ description: "With a bearer token: another name for webhook-id" }),
});
const ensonoTicketNumber = ensonoTicketNumberSchema.meta({
  description: "As ticket.created said",
  example: "e-CS0204070",
});

const paths: ZodOpenApiPathsObject = {
  "/events": {
    post: {
      operationId: "sendEvent",
      summary: "Something happened to a ticket of yours",
      description:
        "The whole ticket or the part that changed, with new comments. Ensono gets what it does not have yet.",
      requestParams: { header: proof },
      requestBody: { required: true, content: json(clientEventBodySchema, events) },
      responses: taking,
    },
  },
  "/tickets/{ensonoTicketNumber}/client-number": {
    put: {
      operationId: "giveClientNumber",
      summary: "The ticket that you made for Ensono's has this number",
      description: "For tools that answer `ticket.created` before they know it. The ticket's deliveries go on then.",
      requestParams: { header: proof, path: z.object({ ensonoTicketNumber }) },
      requestBody: { required: true, content: json(clientNumberBodySchema, clientNumber) },
      responses: taking,
    },
  },
  "/health": {
    get: {
      operationId: "checkHealth",
      summary: "Can events be taken?",
      security: [],
      responses: {
        "200": {
          description: "The bridge can read its store.",
          content: json(z.object({ status: z.literal("ok") }).meta({ id: "Health" })),
        },
        "503": storeIsDown,
        ...gateway,
      },
    },
  },
};

// ── The bridge calls the client's ITSM ──────────────────────────────────────────────────────────────────────────────

/** What the receiver may answer is our input, whereas the library takes every answer for an output. */
const answer = createSchema(noticeAnswerSchema, { io: "input" });

const done = (description: string, examples: Examples<unknown>): ZodOpenApiResponseObject => ({
  description,
  content: json(answer.schema, examples),
});

const successes: Partial<Record<Notice["type"], ZodOpenApiResponsesObject>> = {
  "ticket.created": {
    "200": done("The ticket is made.", { made: answers.made }),
    "202": { description: "The number comes later, to PUT /tickets/{n}/client-number; so says any 2xx without it." },
  },
  "ticket.commented": { "200": done("The comment is made; its id is welcome.", { commentMade: answers.commentMade }) },
};

const failures: ZodOpenApiResponsesObject = {
  "409": done("Done before. To ticket.created it must carry the number.", { made: answers.made }),
  "429": { description: "Not done, tried again later. Retry-After is heeded." },
  "503": { description: "Not done, tried again later. Retry-After is heeded." },
  "408": { description: "Perhaps done; what follows depends on `client.offers`." },
  "5XX": { description: "Perhaps done; what follows depends on `client.offers`." },
  "4XX": {
    description:
      "401, 403, 404, 405, 407, 410: address or secret is wrong, all deliveries wait. Others: refused, this ticket is held until an operator acts.",
  },
};

const signed = z.object({
  "webhook-id": z.string().meta({ description: "The delivery's key, the same for each try" }),
  "webhook-timestamp": z.string().meta({ description: "When this try was sent, in seconds since 1970" }),
});

const webhook = (schema: (typeof noticeSchema.options)[number]): [string, { post: ZodOpenApiOperationObject }] => {
  const type = schema.shape.type.value;
  const example = { summary: schema.description ?? type, value: notices[type] };
  const operation = {
    operationId: type.replace(/\.(\w)/, (_, letter: string) => letter.toUpperCase()),
    summary: example.summary,
    security: [{ webhookSignature: [] }],
    requestParams: { header: signed },
    requestBody: { required: true, content: json(schema, { [type]: example }) },
    responses: { ...(successes[type] ?? { "2XX": done("Done.", { done: answers.done }) }), ...failures },
  };
  return [type, { post: operation }];
};

const search: ZodOpenApiOperationObject = {
  operationId: "searchByKey",
  summary: "What did the delivery with this key make?",
  description: 'Asked of clientSearchUrl, only with client.offers "search". Signed over an empty body.',
  security: [{ webhookSignature: [] }],
  requestParams: {
    header: signed,
    query: z.object({ key: z.string().meta({ description: "The webhook-id of a delivery whose answer got lost" }) }),
  },
  responses: {
    "200": done("It took effect: the answer that it should have had.", answers),
    "404": { description: "It made nothing. With JSON or no body: a page is taken for that of a wrong address." },
  },
};

// ── The document ────────────────────────────────────────────────────────────────────────────────────────────────────

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
  webhooks: { ...Object.fromEntries(noticeSchema.options.map(webhook)), search: { get: search } },
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

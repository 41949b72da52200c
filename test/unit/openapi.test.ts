import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { buildOpenApi, openApiText } from "../../docs/openapi.ts";
import {
  acceptedSchema,
  clientEventBodySchema,
  clientNumberBodySchema,
  noticeAnswerSchema,
  noticeSchema,
  problemSchema,
  uploadRequestSchema,
  uploadSchema,
} from "../../lambdas/shared/domain/client-contract.ts";

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");

const responseSchema = z.looseObject({ description: z.string().min(1) });
const parameterSchema = z.looseObject({ in: z.enum(["header", "path", "query"]), name: z.string().min(1) });
const operationSchema = z.looseObject({
  operationId: z.string().min(1),
  parameters: z.array(parameterSchema).default([]),
  responses: z.record(
    z.string().regex(/^[1-5](\d\d|XX)$/),
    z.union([responseSchema, z.strictObject({ $ref: z.string() })]),
  ),
  security: z.array(z.record(z.string(), z.tuple([]))).optional(),
});
const pathItemSchema = z.partialRecord(z.enum(["get", "put", "post"]), operationSchema);
const documentSchema = z.looseObject({
  openapi: z.literal("3.1.1"),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string().startsWith("/"), pathItemSchema),
  webhooks: z.record(z.string(), pathItemSchema),
  components: z.looseObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), z.record(z.string(), z.json())),
    responses: z.record(z.string().regex(/^[\w.-]+$/), responseSchema),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(["apiKey", "http"]) })),
  }),
});
const mediaTypeSchema = z.object({
  schema: z.object({ $ref: z.string().startsWith("#/components/schemas/") }),
  examples: z.record(z.string(), z.object({ summary: z.string(), value: z.json() })),
});

const document = documentSchema.parse(buildOpenApi());
const operations = [...Object.entries(document.paths), ...Object.entries(document.webhooks)].flatMap(([path, item]) =>
  Object.values(item).map((operation) => ({ path, ...operation })),
);

/** Every value in the document, with the name it goes by. */
const everything = (value: unknown, name = ""): { name: string; value: unknown }[] => [
  { name, value },
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => everything(inner, key))
    : []),
];

/** The schemas that the code runs on, by the names that they are published under. */
const codeSchemas = new Map<string, z.ZodType>(
  [
    acceptedSchema,
    clientEventBodySchema,
    clientNumberBodySchema,
    noticeAnswerSchema,
    problemSchema,
    uploadRequestSchema,
    uploadSchema,
    ...noticeSchema.options,
  ].map((schema) => [String(schema.meta()?.id), schema]),
);

/** A published schema, made one to parse with again. */
const publishedSchema = (name: string): z.ZodType =>
  z.fromJSONSchema(
    JSON.parse(
      JSON.stringify({ $ref: `#/components/schemas/${name}`, $defs: document.components.schemas }).replaceAll(
        "#/components/schemas/",
        "#/$defs/",
      ),
    ),
  );

const examples = everything(document)
  .map(({ value }) => mediaTypeSchema.safeParse(value))
  .flatMap(({ data }) =>
    data === undefined
      ? []
      : Object.values(data.examples).map(({ summary, value }) => {
          const name = data.schema.$ref.replace("#/components/schemas/", "");
          return { name, summary, value };
        }),
  );

describe("docs/openapi.json", () => {
  it("is current", () => {
    expect(read("openapi.json") === openApiText(), "docs/openapi.json is out of date: run `npm run openapi`").toBe(
      true,
    );
  });

  it("has the paths of the API and a webhook for each notice", () => {
    expect(Object.keys(document.paths)).toEqual([
      "/events",
      "/attachments",
      "/tickets/{ensonoTicketNumber}/client-number",
      "/health",
    ]);
    const types = noticeSchema.options.map((option) => option.shape.type.value);
    expect(Object.keys(document.webhooks)).toEqual([...types, "search"]);
  });

  it("refers only to what it defines, and defines only what it refers to", () => {
    const references = everything(document).flatMap(({ name, value }) => (name === "$ref" ? [String(value)] : []));
    const defined = (["schemas", "responses"] as const).flatMap((kind) =>
      Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`),
    );
    expect([...new Set(references)].sort()).toEqual(defined.sort());
  });

  it("names each operation once, and declares the parameters of each path", () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, parameters } of operations) {
      const inPath = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name);
      expect(parameters.flatMap((one) => (one.in === "path" ? [one.name] : []))).toEqual(inPath);
    }
  });

  it("[I12] secures everything but the health check, by schemes that it defines", () => {
    const required = z.array(z.record(z.string(), z.tuple([]))).parse(document.security);
    expect(required.flatMap(Object.keys).sort()).toEqual(Object.keys(document.components.securitySchemes).sort());
    const open = operations.filter(({ security = required }) => security.length === 0);
    expect(open.map(({ path }) => path)).toEqual(["/health"]);
  });
});

describe("its examples", () => {
  it("are there for every body that is sent", () => {
    const sent = new Set(examples.map(({ name }) => name));
    expect([...codeSchemas.keys()].filter((name) => !sent.has(name))).toEqual([]);
  });

  it.each(examples)("$name: $summary, is one for the code and for the published schema", ({ name, value }) => {
    expect(codeSchemas.get(name)?.safeParse(value).error).toBeUndefined();
    expect(publishedSchema(name).safeParse(value).error).toBeUndefined();
  });

  it("would not pass with a field misspelt", () => {
    const misspelt = { clientTicketNumber: "INC0010299", tickets: {} };
    expect(codeSchemas.get("ClientEvent")?.safeParse(misspelt).success).toBe(false);
    expect(publishedSchema("ClientEvent").safeParse(misspelt).success).toBe(false);
  });
});

describe("docs/client-contract.md", () => {
  const page = read("client-contract.md").replaceAll(`'"$upload"'`, "6c0a1c53-6b5c-4f0e-9f0e-0d6a3f1f9a11");
  const blocks = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, block = ""]) => z.json().parse(JSON.parse(block)));
  const isDelivery = (block: unknown) => z.object({ type: z.string() }).safeParse(block).success;
  const calls = [...page.matchAll(/^(?:answer=\$\()?send (\w+) (\S+) \S+ '([^']*)'\)?$/gm)].map(
    ([, method, path, body = ""]) => ({ call: `${method} ${path}`, body }),
  );
  const schemaOf = (call: string) => {
    if (call === "POST /attachments") return uploadRequestSchema;
    return call.startsWith("PUT ") ? clientNumberBodySchema : clientEventBodySchema;
  };

  it("shows deliveries and events as they are sent", () => {
    expect(new Set(blocks.map(isDelivery))).toEqual(new Set([true, false]));
    for (const block of blocks) {
      const schema = isDelivery(block) ? noticeSchema : clientEventBodySchema;
      expect(schema.safeParse(block).error).toBeUndefined();
    }
  });

  it("shows calls that the API takes", () => {
    expect(new Set(calls.map(({ call }) => call.replace(/e-CS\d+/, "{n}")))).toEqual(
      new Set(["POST /events", "POST /attachments", "PUT /tickets/{n}/client-number"]),
    );
    for (const { call, body } of calls) expect(schemaOf(call).safeParse(JSON.parse(body)).error, call).toBeUndefined();
  });

  it("says what each delivery asks for", () => {
    const [, section = ""] = /### What each delivery asks for\n(.*?)\n###/s.exec(page) ?? [];
    const table = [...section.matchAll(/^\| `([a-z]+\.[a-z_]+)` \|/gm)].map(([, type]) => type);
    expect(table.sort()).toEqual(noticeSchema.options.map((option) => option.shape.type.value).sort());
  });
});

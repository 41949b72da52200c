import * as z from "zod";
import {
  createSchema,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { type Notice, noticeAnswerSchema, noticeSchema } from "../lambdas/shared/domain/client-contract.ts";
import { json } from "./openapi-content.ts";
import { answers, type Examples } from "./openapi-examples.ts";
import { notices } from "./openapi-notices.ts";

/** The bridge calls the client's ITSM. */

/** What the receiver may answer is our input, whereas the library takes every answer for an output. */
export const answer = createSchema(noticeAnswerSchema, { io: "input" });

const done = (description: string, examples: Examples<unknown>): ZodOpenApiResponseObject => ({
  description,
  content: json(answer.schema, examples),
});

const later: ZodOpenApiResponseObject = {
  description: "The number comes later, to PUT /tickets/{n}/client-number; so says any 2xx without it.",
};
const commented = done("The comment is made; its id is welcome.", { commentMade: answers.commentMade });

const successes: Partial<Record<Notice["type"], ZodOpenApiResponsesObject>> = {
  "ticket.created": { "200": done("The ticket is made.", { made: answers.made }), "202": later },
  "change.created": { "200": done("The change is made.", { changeMade: answers.changeMade }), "202": later },
  "ticket.commented": { "200": commented },
  "change.commented": { "200": commented },
};

const failures: ZodOpenApiResponsesObject = {
  "409": done("Done before. To ticket.created and change.created it must carry the number.", { made: answers.made }),
  "429": { description: "Not done, tried again later. Retry-After is heeded." },
  "503": { description: "Not done (the file could not be fetched, say), tried again later. Retry-After is heeded." },
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

export const webhooks = { ...Object.fromEntries(noticeSchema.options.map(webhook)), search: { get: search } };

import * as z from "zod";
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from "zod-openapi";
import {
  acceptedSchema,
  clientEventBodySchema,
  clientNumberBodySchema,
  problemSchema,
  uploadRequestSchema,
  uploadSchema,
} from "../lambdas/shared/domain/client-contract.ts";
import { ensonoTicketNumberSchema } from "../lambdas/shared/domain/ensono-ticket.ts";
import { json } from "./openapi-content.ts";
import { clientNumber, type Examples, events, problems, upload, uploadRequests } from "./openapi-examples.ts";

/** The client's ITSM calls the bridge. */

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

const tooLarge = "The file is larger than `attachments.maxMegabytes`, or the body longer than 256 KiB.";
const { "202": _taken, "409": _conflicting, ...refusals } = taking;

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

export const paths: ZodOpenApiPathsObject = {
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
  "/attachments": {
    post: {
      operationId: "prepareUpload",
      summary: "Where can I put a file that is too large for an event?",
      description:
        "PUT the file's bytes to `uploadUrl`, then name the `uploadId` in an event. The same webhook-id gives the same uploadId again, with a fresh address.",
      requestParams: { header: proof },
      requestBody: { required: true, content: json(uploadRequestSchema, uploadRequests) },
      responses: {
        "201": { description: "The file may be put there.", content: json(uploadSchema, upload) },
        ...refusals,
        "413": problem("TooLarge", tooLarge, problems.tooLarge),
      },
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

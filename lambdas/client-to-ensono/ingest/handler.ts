import { createHash, randomUUID } from "node:crypto";
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { dynamoDbLedger } from "../../shared/adapters/dynamodb-ledger.ts";
import { secretsManager } from "../../shared/adapters/secrets-manager.ts";
import { sqsWakeUps } from "../../shared/adapters/sqs-wake-ups.ts";
import {
  clientEventBodySchema,
  clientNumberBodySchema,
  uploadRequestSchema,
} from "../../shared/domain/client-contract.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import { ensonoTicketNumberSchema } from "../../shared/domain/ensono-ticket.ts";
import { clientLane } from "../../shared/domain/lane.ts";
import { MEGABYTE } from "../../shared/domain/transfer.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { digest } from "../../shared/runtime/digest.ts";
import { HttpProblem, httpEndpoint, type Reply } from "../../shared/runtime/http-endpoint.ts";
import { metricNames } from "../../shared/runtime/metric-names.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { clock, fileLinks, fileTransfers, transferWakeUps } from "../../shared/wiring.ts";
import { acceptClientEvent, type ClientRequest } from "./accept-client-event.ts";
import type { Env } from "./env.ts";
import { prepareUpload } from "./prepare-upload.ts";
import { authenticate, parseBody, readBody } from "./read-request.ts";

export const createHandler = (env: Env, aws: AwsClients, config: BridgeConfig) => {
  const told = telemetry();
  const secrets = secretsManager({ client: aws.secretsManager, clock });
  const authentication = {
    authentication: config.client.authentication,
    secrets: () => secrets.read(env.CLIENT_API_SECRET_ID),
    clock,
    newId: randomUUID,
  };
  const deps = {
    ledger: dynamoDbLedger({ client: aws.dynamoDb, tableName: env.TABLE_NAME, retentionDays: env.RETENTION_DAYS }),
    wakeUps: sqsWakeUps({ client: aws.sqs, queueUrls: { CLIENT: env.WAKE_TO_ENSONO_QUEUE_URL } }),
    transfers: fileTransfers(env, aws),
    transferWakeUps: transferWakeUps(env, aws),
    journal: told.journal,
    clock,
    digest,
    lostWakeUpMs: env.LOST_WAKE_UP_SECONDS * 1000,
  };

  const uploads = {
    links: fileLinks(env, aws),
    clock,
    maxBytes: config.attachments.maxMegabytes * MEGABYTE,
    uuidOf,
  };

  const authenticated = async (event: APIGatewayProxyEvent): Promise<{ id: string; body: Buffer }> => {
    const body = readBody(event);
    try {
      return { id: await authenticate(event, body, authentication), body };
    } catch (error) {
      if (error instanceof HttpProblem) told.metrics.addMetric(metricNames.authenticationFailures, MetricUnit.Count, 1);
      throw error;
    }
  };

  const accept = async (request: ClientRequest): Promise<Reply> => {
    const accepted = await acceptClientEvent(request, deps);
    if (accepted === "conflicting") {
      throw new HttpProblem(
        409,
        "this id came before with another body: give each event an id of its own",
        "webhook-id",
      );
    }
    told.metrics.addMetric(metricNames.eventsAccepted, MetricUnit.Count, 1);
    return { status: 202, body: { id: request.id } };
  };

  const routes: Readonly<Record<string, (event: APIGatewayProxyEvent) => Promise<Reply>>> = {
    "POST /events": async (event) => {
      const { id, body } = await authenticated(event);
      const parsed = parseBody(body, clientEventBodySchema);
      return accept({ id, rawBody: body.toString("utf8"), event: { kind: "event", body: parsed } });
    },
    "PUT /tickets/{ensonoTicketNumber}/client-number": async (event) => {
      const { id, body } = await authenticated(event);
      const number = ensonoTicketNumberSchema.safeParse(event.pathParameters?.ensonoTicketNumber);
      if (!number.success) {
        throw new HttpProblem(400, `ensonoTicketNumber: ${number.error.issues[0]?.message}`, "ensonoTicketNumber");
      }
      const parsed = parseBody(body, clientNumberBodySchema);
      const rawBody = `${number.data}\n${body.toString("utf8")}`;
      return accept({ id, rawBody, event: { kind: "clientNumber", ensonoTicketNumber: number.data, body: parsed } });
    },
    "POST /attachments": async (event) => {
      const { id, body } = await authenticated(event);
      const upload = await prepareUpload({ id, upload: parseBody(body, uploadRequestSchema) }, uploads);
      if ("tooLarge" in upload) throw new HttpProblem(413, `size: ${upload.tooLarge}`, "size");
      return { status: 201, body: upload };
    },
    "GET /health": async () => {
      await deps.ledger.headOf(clientLane("health"));
      return { status: 200, body: { status: "ok" } };
    },
  };

  return httpEndpoint(async (event) => {
    const route = routes[`${event.httpMethod} ${event.resource}`];
    if (route === undefined) throw new HttpProblem(404, `there is no ${event.httpMethod} ${event.path}`);
    return route(event);
  }, told);
};

/** The UUID (version 8) of an id: the same for the same one, and nobody else's. */
const uuidOf = (id: string): string => {
  const hex = createHash("sha256").update(`upload ${id}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
};

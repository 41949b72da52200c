import { readStreamRecord } from "../../shared/adapters/dynamodb-changes.ts";
import { dynamoDbHeads } from "../../shared/adapters/dynamodb-heads.ts";
import { eventBridgeBus } from "../../shared/adapters/eventbridge-bus.ts";
import { sqsEventDeadLetters } from "../../shared/adapters/sqs-event-dead-letters.ts";
import type { AwsClients, eventBridgeClient } from "../../shared/runtime/aws-clients.ts";
import { digest } from "../../shared/runtime/digest.ts";
import { publish } from "../../shared/runtime/publish-metrics.ts";
import { streamBatch } from "../../shared/runtime/stream-batch.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { clock } from "../../shared/wiring.ts";
import type { Env } from "./env.ts";
import { publishEntryEvents } from "./publish-entry-events.ts";

type Clients = Pick<AwsClients, "dynamoDb" | "sqs"> & { eventBridge: ReturnType<typeof eventBridgeClient> };

export const createHandler = (env: Env, { dynamoDb, sqs, eventBridge }: Clients) => {
  const told = telemetry();
  const deps = {
    tickets: dynamoDbHeads({ client: dynamoDb, tableName: env.TABLE_NAME }),
    bus: eventBridgeBus({ client: eventBridge, busName: env.EVENT_BUS_NAME }),
    deadLetters: sqsEventDeadLetters({ client: sqs, queueUrl: env.EVENT_DEAD_LETTERS_URL }),
    journal: told.journal,
    clock,
    digest,
    stage: env.STAGE,
    ticketText: env.TICKET_TEXT,
  };
  return streamBatch(async (records) => {
    const { published, givenUp, retryFrom } = await publishEntryEvents(records.map(readStreamRecord), deps);
    publish(told.metrics, {
      eventsPublished: published,
      eventBatchesPutOff: retryFrom === undefined ? 0 : 1,
      eventsGivenUp: givenUp,
    });
    return retryFrom;
  }, told);
};

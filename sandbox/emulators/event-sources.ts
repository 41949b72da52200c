import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import * as z from "zod";
import type { Functions } from "./functions.ts";
import type { Invocable, LambdaFunction } from "./lambda.ts";
import type { Queue } from "./queues-and-buckets.ts";
import { isOfStream } from "./stream-sources.ts";
import type { Template } from "./template.ts";

/** What the sandbox reads of AWS::Lambda::EventSourceMapping. */
const eventSourceSchema = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().default(10),
  Enabled: z.boolean().default(true),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).default({ MaximumConcurrency: 5 }),
  FilterCriteria: z.undefined("the sandbox filters no messages").optional(),
});

export interface EventSource {
  /** Also the access key that its queue is polled with. */
  readonly logicalId: string;
  readonly functionName: string;
  readonly queue: Pick<Queue, "ref" | "arn">;
  readonly region: string;
  readonly batchSize: number;
  readonly maximumConcurrency: number;
  readonly reportBatchItemFailures: boolean;
  readonly target: Invocable;
}

/** A function that reports failures says which messages; whatever else it says fails the whole batch. */
const batchResponseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable();

/**
 * The enabled event sources of a template that are queues.
 *
 * @throws when one is no queue of the template, or when AWS would refuse it for the queue's visibility time-out.
 */
export function readEventSources(
  template: Template,
  { functions, queues, region }: { functions: Functions; queues: readonly Queue[]; region: string },
): EventSource[] {
  return template
    .resources(["AWS::Lambda::EventSourceMapping"], eventSourceSchema, (properties) => !isOfStream(properties))
    .filter(({ properties }) => properties.Enabled)
    .map(({ logicalId, properties }) => {
      const queue = queues.find(({ arn }) => arn === properties.EventSourceArn);
      if (!queue) throw new Error(`${logicalId}: the sandbox knows queues of the template as event sources only.`);
      const target = functions.byReference(properties.FunctionName);
      assertVisibleLongEnough(queue, target);
      return {
        logicalId,
        functionName: target.definition.name,
        queue,
        region,
        batchSize: properties.BatchSize,
        maximumConcurrency: properties.ScalingConfig.MaximumConcurrency,
        reportBatchItemFailures: properties.FunctionResponseTypes.length > 0,
        target,
      };
    });
}

function assertVisibleLongEnough(queue: Queue, { definition }: LambdaFunction): void {
  const { VisibilityTimeout } = queue.properties;
  if (VisibilityTimeout >= definition.timeoutSeconds) return;
  throw new Error(
    `${queue.logicalId}: its visibility time-out (${VisibilityTimeout} s) is less than the time-out of ` +
      `${definition.logicalId} (${definition.timeoutSeconds} s), which AWS refuses; set it to six times that.`,
  );
}

/**
 * Feeds a function from a queue as Lambda's event source mapping does: receives batches by long polling, invokes up
 * to `maximumConcurrency` times side by side, deletes what was handled, and leaves what failed to its visibility
 * time-out. A batch is what one receive gives, ten messages at most, and is never waited for.
 *
 * @param onFailure is told when the queue does not answer.
 * @param begin nothing is received before it resolves.
 */
export function startEventSource(
  source: EventSource,
  sqs: SQSClient,
  onFailure: (error: unknown) => void,
  begin: Promise<unknown> = Promise.resolve(),
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  function report(error: unknown): void {
    if (!stopping.signal.aborted) onFailure(error);
  }

  async function receive(): Promise<Message[]> {
    const request = new ReceiveMessageCommand({
      QueueUrl: source.queue.ref,
      MaxNumberOfMessages: Math.min(source.batchSize, 10),
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    const { Messages } = await sqs.send(request, { abortSignal: stopping.signal });
    return Messages ?? [];
  }

  async function handle(messages: Message[]): Promise<void> {
    const event: SQSEvent = { Records: messages.map((message) => toRecord(message, source)) };
    const result = await source.target.invoke(event);
    const failed = result.kind === "succeeded" ? failedMessages(result.payload, event, source) : "all";
    if (failed === "all") return;
    const Entries = event.Records.filter(({ messageId }) => !failed.has(messageId)).map((record) => ({
      Id: record.messageId,
      ReceiptHandle: record.receiptHandle,
    }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: source.queue.ref, Entries }));
  }

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      const messages = await receive().catch(async (error) => {
        report(error);
        await delay(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
        return [];
      });
      if (messages.length === 0) continue;
      const invocation = handle(messages)
        // What could not be deleted comes again after its visibility time-out, as in AWS.
        .catch(report)
        .finally(() => running.delete(invocation));
      running.add(invocation);
      if (running.size >= source.maximumConcurrency) await Promise.race(running);
    }
  }

  void begin.then(poll);
  return {
    // Running invocations are not waited for: they end with their function.
    async stop() {
      stopping.abort();
    },
  };
}

function failedMessages(payload: unknown, event: SQSEvent, source: EventSource): ReadonlySet<string> | "all" {
  if (!source.reportBatchItemFailures) return new Set();
  const response = batchResponseSchema.safeParse(payload);
  if (!response.success) return "all";
  const failed = new Set(response.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const received = new Set(event.Records.map(({ messageId }) => messageId));
  return [...failed].every((id) => received.has(id)) ? failed : "all";
}

function toRecord(message: Message, { queue, region }: EventSource): SQSRecord {
  const attributes = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: {
      ...attributes,
      ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? "1",
      SentTimestamp: attributes.SentTimestamp ?? "0",
      SenderId: attributes.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? "0",
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, toAttribute(value)]),
    ),
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: queue.arn,
    awsRegion: region,
  };
}

function toAttribute(value: MessageAttributeValue): SQSRecord["messageAttributes"][string] {
  return {
    dataType: value.DataType ?? "String",
    ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
    ...(value.BinaryValue !== undefined && { binaryValue: Buffer.from(value.BinaryValue).toString("base64") }),
    stringListValues: [],
    binaryListValues: [],
  };
}

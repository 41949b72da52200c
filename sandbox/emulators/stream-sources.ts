import { setTimeout as delay } from "node:timers/promises";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { type EventPattern, eventPatternSchema, matchesPattern } from "./event-pattern.ts";
import type { Functions } from "./functions.ts";
import { jsonOf } from "./json-of.ts";
import type { Invocable, InvocationResult } from "./lambda.ts";
import type { Queue } from "./queues-and-buckets.ts";
import type { StreamRecord, TableStream } from "./table-streams.ts";
import type { Template } from "./template.ts";

/** What the sandbox reads of an AWS::Lambda::EventSourceMapping on a table's stream. */
const streamSourceSchema = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().default(100),
  Enabled: z.boolean().default(true),
  StartingPosition: z.literal("TRIM_HORIZON", "the sandbox reads streams from their beginning only"),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).default([]),
  BisectBatchOnFunctionError: z.boolean().default(false),
  MaximumRetryAttempts: z.number().default(-1),
  MaximumRecordAgeInSeconds: z.number().default(-1),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }).optional(),
  FilterCriteria: z
    .object({ Filters: z.array(z.object({ Pattern: jsonOf(eventPatternSchema) })) })
    .default({ Filters: [] }),
});
type Properties = z.infer<typeof streamSourceSchema>;

export interface StreamSource {
  /** Also the access key that the stream is read with, and that failures are sent with. */
  readonly logicalId: string;
  readonly functionName: string;
  readonly tableName: string;
  readonly batchSize: number;
  readonly reportBatchItemFailures: boolean;
  readonly bisect: boolean;
  /** Negative: as long as the stream keeps the records. */
  readonly retries: number;
  readonly longestAgeSeconds: number;
  /** One of them must match; none means that all records are handed over. */
  readonly filters: readonly EventPattern[];
  /** Where it is told which records were given up. */
  readonly failureQueueUrl: string | undefined;
  readonly target: Invocable;
}

/** Only of a stream it has to be said where to start reading. */
export const isOfStream = (properties: Readonly<Record<string, unknown>>): boolean => "StartingPosition" in properties;

/** The enabled event sources of a template that are streams of its tables. @throws when one is of no table of the template. */
export function readStreamSources(
  template: Template,
  deps: {
    functions: Functions;
    queues: readonly Queue[];
    tables: readonly { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[];
  },
): StreamSource[] {
  return template
    .resources(["AWS::Lambda::EventSourceMapping"], streamSourceSchema, isOfStream)
    .filter(({ properties }) => properties.Enabled)
    .map(({ logicalId, properties }) => {
      const table = deps.tables.find(({ attributes }) => attributes.StreamArn === properties.EventSourceArn);
      if (!table) throw new Error(`${logicalId}: the sandbox knows streams of the template's tables only.`);
      const target = deps.functions.byReference(properties.FunctionName);
      const failureQueueUrl = failureQueueOf(properties, deps.queues);
      return {
        ...settingsOf(properties),
        logicalId,
        functionName: target.definition.name,
        tableName: table.name,
        failureQueueUrl,
        target,
      };
    });
}

function failureQueueOf({ DestinationConfig }: Properties, queues: readonly Queue[]): string | undefined {
  if (DestinationConfig === undefined) return undefined;
  const { Destination } = DestinationConfig.OnFailure;
  const queue = queues.find(({ arn }) => arn === Destination);
  if (!queue) throw new Error(`${Destination}: the sandbox knows queues of the template as destinations only.`);
  return queue.ref;
}

function settingsOf(properties: Properties) {
  return {
    batchSize: properties.BatchSize,
    reportBatchItemFailures: properties.FunctionResponseTypes.length > 0,
    bisect: properties.BisectBatchOnFunctionError,
    retries: properties.MaximumRetryAttempts,
    longestAgeSeconds: properties.MaximumRecordAgeInSeconds,
    filters: properties.FilterCriteria.Filters.map(({ Pattern }) => Pattern),
  };
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Feeds a function from a table's stream as Lambda's event source mapping does: batch after batch, in order. A failed batch comes
 * again, halved where it bisects, or from the record on that the function names, until it succeeds, is too old or was tried too
 * often; nothing behind it is read before.
 *
 * @param onFailure is told when the stream does not answer.
 */
export function startStreamSource(
  source: StreamSource,
  stream: TableStream,
  sqs: SQSClient,
  onFailure: (error: unknown) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const pause = (milliseconds: number) => delay(milliseconds, undefined, { signal: stopping.signal });

  async function handle(records: readonly StreamRecord[]): Promise<void> {
    const matching = records.filter((record) => isWanted(record, source));
    const waiting = batchesOf(matching, source.batchSize).map((batch) => ({ batch, tried: 0 }));
    for (let next = waiting.shift(); next !== undefined && !stopping.signal.aborted; next = waiting.shift()) {
      const { batch, tried } = next;
      const failedAt = firstFailure(await source.target.invoke({ Records: batch }), batch, source);
      if (failedAt === undefined) continue;
      const rest = batch.slice(failedAt);
      if (isGivenUp(rest, tried, source)) {
        await giveUp(rest);
        continue;
      }
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** tried, LONGEST_PAUSE_MS));
      // Halving a batch counts as no try of it.
      const isHalved = source.bisect && failedAt === 0 && rest.length > 1;
      const half = Math.ceil(rest.length / 2);
      waiting.unshift(
        ...(isHalved
          ? [rest.slice(0, half), rest.slice(half)].map((part) => ({ batch: part, tried }))
          : [{ batch: rest, tried: failedAt === 0 ? tried + 1 : 0 }]),
      );
    }
  }

  /** As Lambda does it, this says where the records are in the stream, and not what they are. */
  async function giveUp(records: readonly StreamRecord[]): Promise<void> {
    if (source.failureQueueUrl === undefined) return;
    const sequences = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    const DDBStreamBatchInfo = {
      startSequenceNumber: sequences[0],
      endSequenceNumber: sequences.at(-1),
      batchSize: records.length,
    };
    const MessageBody = JSON.stringify({ requestContext: { functionArn: source.functionName }, DDBStreamBatchInfo });
    await sqs.send(new SendMessageCommand({ QueueUrl: source.failureQueueUrl, MessageBody }));
  }

  const following = stream.follow(handle, stopping.signal, onFailure);
  return {
    // A running invocation is not waited for: it ends with its function.
    async stop() {
      stopping.abort();
      await Promise.race([following, delay(100)]);
    },
  };
}

function isWanted(record: StreamRecord, { filters }: StreamSource): boolean {
  return filters.length === 0 || filters.some((pattern) => matchesPattern(pattern, record));
}

function isGivenUp(
  records: readonly StreamRecord[],
  tried: number,
  { retries, longestAgeSeconds }: StreamSource,
): boolean {
  if (retries >= 0 && tried >= retries) return true;
  const [oldest] = records;
  const age = Date.now() / 1000 - (oldest?.dynamodb.ApproximateCreationDateTime ?? 0);
  return longestAgeSeconds >= 0 && age > longestAgeSeconds;
}

const responseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable();

/** The place of the first record that must come again; the lowest one named counts, and an answer that names none that was sent fails all. */
function firstFailure(
  result: InvocationResult,
  batch: readonly StreamRecord[],
  source: StreamSource,
): number | undefined {
  if (result.kind !== "succeeded") return 0;
  if (!source.reportBatchItemFailures) return undefined;
  const response = responseSchema.safeParse(result.payload);
  if (!response.success) return 0;
  const named = response.data?.batchItemFailures ?? [];
  if (named.length === 0) return undefined;
  const places = named.map(({ itemIdentifier }) =>
    batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
  );
  return Math.max(0, Math.min(...places));
}

function batchesOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, nth) => all.slice(nth * size, (nth + 1) * size));
}

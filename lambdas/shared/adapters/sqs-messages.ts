import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from "@aws-sdk/client-sqs";

const MOST_PER_BATCH = 10;

/** Sends messages in batches, side by side. Gives the places of those that could not be sent, whatever the cause; never throws. */
export const sendMessages = async (
  client: Pick<SQSClient, "send">,
  queueUrl: string,
  messages: readonly Omit<SendMessageBatchRequestEntry, "Id">[],
): Promise<ReadonlySet<number>> => {
  const entries = messages.map((message, place) => ({ ...message, Id: String(place) }));
  const failed = await Promise.all(batchesOf(entries).map((batch) => sendBatch(client, queueUrl, batch)));
  return new Set(failed.flat().map(Number));
};

const sendBatch = async (
  client: Pick<SQSClient, "send">,
  queueUrl: string,
  entries: SendMessageBatchRequestEntry[],
): Promise<(string | undefined)[]> => {
  try {
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    return Failed.map(({ Id }) => Id);
  } catch {
    return entries.map(({ Id }) => Id);
  }
};

const batchesOf = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / MOST_PER_BATCH) }, (_, nth) =>
    all.slice(nth * MOST_PER_BATCH, (nth + 1) * MOST_PER_BATCH),
  );

/** SQS refuses some characters, and with them the whole batch; a client's ticket number may hold any. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

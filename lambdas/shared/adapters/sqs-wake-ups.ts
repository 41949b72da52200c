import { createHash } from "node:crypto";
import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type Lane, origin } from "../domain/lane.ts";
import type { WakeUp } from "../domain/wake-up.ts";
import type { WakeUps } from "../ports.ts";

type Origin = "ENSONO" | "CLIENT";
type Call = { lane: Lane; because: string };

const MOST_PER_BATCH = 10;
/** What SQS takes as a message group. */
const GROUP = /^[!-~]{1,128}$/;

/**
 * Wake-ups over SQS FIFO queues, one queue per origin of the lanes, one message group per lane. Repeats of the same wake-up
 * collapse for SQS's five minutes. Gives back the lanes that could not be woken, whatever the cause, and those whose origin
 * has no queue here; the sweeper finds them. Never throws.
 */
export const sqsWakeUps = (deps: {
  client: Pick<SQSClient, "send">;
  queueUrls: Readonly<Partial<Record<Origin, string>>>;
}): WakeUps => {
  const sendBatch = async (queueUrl: string, batch: readonly Call[]): Promise<Lane[]> => {
    const lanes = batch.map(({ lane }) => lane);
    try {
      const entries = batch.map((call, index) => ({ Id: String(index), ...message(call) }));
      const { Failed = [] } = await deps.client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
      );
      const failed = new Set(Failed.map(({ Id }) => Id));
      return lanes.filter((_, index) => failed.has(String(index)));
    } catch {
      return lanes;
    }
  };

  const sendAll = async (from: Origin, calls: readonly Call[]): Promise<Lane[]> => {
    const queueUrl = deps.queueUrls[from];
    if (queueUrl === undefined) return calls.map(({ lane }) => lane);
    return (await Promise.all(batches(calls).map((batch) => sendBatch(queueUrl, batch)))).flat();
  };

  return {
    async send(wakeUps) {
      const once = new Map(wakeUps.map((call) => [call.lane, call])).values().toArray();
      const { ENSONO = [], CLIENT = [] } = Object.groupBy(once, ({ lane }) =>
        origin(lane) === "ensono" ? "ENSONO" : "CLIENT",
      );
      return (await Promise.all([sendAll("ENSONO", ENSONO), sendAll("CLIENT", CLIENT)])).flat();
    },
  };
};

const message = ({ lane, because }: Call) => ({
  MessageBody: ascii(JSON.stringify({ version: 1, lane } satisfies WakeUp)),
  MessageGroupId: GROUP.test(lane) ? lane : sha256(lane),
  MessageDeduplicationId: sha256(`${lane}\n${because}`),
});

const batches = (calls: readonly Call[]): Call[][] =>
  Array.from({ length: Math.ceil(calls.length / MOST_PER_BATCH) }, (_, index) =>
    calls.slice(index * MOST_PER_BATCH, (index + 1) * MOST_PER_BATCH),
  );

/** SQS refuses some characters, and with them the whole batch; a client's ticket number may hold any. */
const ascii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

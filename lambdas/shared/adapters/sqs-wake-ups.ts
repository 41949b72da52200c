import { createHash } from "node:crypto";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { type Lane, origin } from "../domain/lane.ts";
import type { WakeUp } from "../domain/wake-up.ts";
import type { WakeUps } from "../ports.ts";
import { asciiJson, sendMessages } from "./sqs-messages.ts";

type Origin = "ENSONO" | "CLIENT";
type Call = { lane: Lane; because: string };

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
  const sendAll = async (from: Origin, calls: readonly Call[]): Promise<Lane[]> => {
    const lanes = calls.map(({ lane }) => lane);
    const queueUrl = deps.queueUrls[from];
    if (queueUrl === undefined) return lanes;
    const failed = await sendMessages(deps.client, queueUrl, calls.map(message));
    return lanes.filter((_, place) => failed.has(place));
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
  MessageBody: asciiJson({ version: 1, lane } satisfies WakeUp),
  MessageGroupId: GROUP.test(lane) ? lane : sha256(lane),
  MessageDeduplicationId: sha256(`${lane}\n${because}`),
});

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

import type { SQSClient } from "@aws-sdk/client-sqs";
import type { TransferJob, TransferWakeUp } from "../domain/transfer.ts";
import type { TransferName, TransferWakeUps } from "../ports.ts";
import { asciiJson, sendMessages } from "./sqs-messages.ts";

/** Wake-ups of transfers over standard SQS queues, one per kind: files of one ticket go side by side. Never throws. */
export const sqsTransferWakeUps = (deps: {
  client: Pick<SQSClient, "send">;
  /** Those that the function may send to. A kind without a queue is left to the sweeper. */
  queueUrls: Readonly<Partial<Record<TransferJob["kind"], string>>>;
}): TransferWakeUps => ({
  async send(kind, transfers) {
    const queueUrl = deps.queueUrls[kind];
    if (queueUrl !== undefined) await sendMessages(deps.client, queueUrl, transfers.map(message));
  },
});

const message = ({ lane, id }: TransferName) => ({
  MessageBody: asciiJson({ version: 1, lane, id } satisfies TransferWakeUp),
});

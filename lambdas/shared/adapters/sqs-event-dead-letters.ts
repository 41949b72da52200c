import type { SQSClient } from "@aws-sdk/client-sqs";
import type { EventDeadLetters } from "../ports.ts";
import { asciiJson, sendMessages } from "./sqs-messages.ts";

/** A queue for what could not be published, beside the batches that Lambda itself gives up there. */
export const sqsEventDeadLetters = (options: {
  client: Pick<SQSClient, "send">;
  queueUrl: string;
}): EventDeadLetters => ({
  async keep(untold) {
    const failed = await sendMessages(options.client, options.queueUrl, [{ MessageBody: asciiJson(untold) }]);
    if (failed.size > 0) throw new Error("the queue of dead letters does not take a message");
  },
});

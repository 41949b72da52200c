import { Aws } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";

/**
 * Grants in place of the CDK's own, which give more than is used here: attributes and addresses of queues, descriptions of
 * secrets, and every use of the key by whoever may use one thing that it encrypts (docs/adr/013).
 */

/** The services that use a key in the name of whoever calls them. */
type KeyUser = "dynamodb" | "s3" | "secretsmanager" | "sqs";

/** Holds for uses of a key that come by way of this service: nobody can use it by itself, or for anything else. */
export const onlyVia = (service: KeyUser) => ({
  StringEquals: { "kms:ViaService": `${service}.${Aws.REGION}.amazonaws.com` },
});

/** What a service does with the key in the caller's name. */
export const grantKeyVia = (
  service: KeyUser,
  key: IKey | undefined,
  grantee: IGrantable,
  ...actions: ("kms:Decrypt" | "kms:GenerateDataKey")[]
): void => {
  if (key === undefined) return;
  Grant.addToPrincipal({ grantee, actions, resourceArns: [key.keyArn], conditions: onlyVia(service) });
};

/** Sending to a queue; SQS wants to decrypt what it encrypts with, too. */
export const grantSending = (queue: IQueue, grantee: IGrantable): void => {
  Grant.addToPrincipal({ grantee, actions: ["sqs:SendMessage"], resourceArns: [queue.queueArn] });
  grantKeyVia("sqs", queue.encryptionMasterKey, grantee, "kms:Decrypt", "kms:GenerateDataKey");
};

export interface Feeding {
  readonly batchSize: number;
  readonly maxConcurrency?: number;
  readonly reportBatchItemFailures?: true;
}

/** Has Lambda feed the function from the queue, for which it uses the function's own role. */
export const feed = (consumer: IFunction, queue: IQueue, feeding: Feeding): void => {
  const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  Grant.addToPrincipal({ grantee: consumer, actions, resourceArns: [queue.queueArn] });
  grantKeyVia("sqs", queue.encryptionMasterKey, consumer, "kms:Decrypt");
  consumer.addEventSourceMapping(`From${queue.node.path.split("/").slice(1).join("")}`, {
    eventSourceArn: queue.queueArn,
    ...feeding,
  });
};

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";

/**
 * The SDK's clients, one each for a function's life. Short time-outs: the services answer in milliseconds, and a hanging call
 * must not eat the time that a call to Ensono or the client needs.
 */
const patience = { requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 }, maxAttempts: 3 };

export const awsClients = () => ({
  dynamoDb: new DynamoDBClient(patience),
  secretsManager: new SecretsManagerClient(patience),
  sqs: new SQSClient(patience),
});

export type AwsClients = ReturnType<typeof awsClients>;

/**
 * For the one function that puts files in parts; its parts take longer than other calls. On its own, because this client weighs
 * more than all of the others: who does not ask for it does not have it in its bundle.
 */
export const s3Client = (): S3Client =>
  new S3Client({ ...patience, requestHandler: { connectionTimeout: 2_000, requestTimeout: 60_000 } });

/** For the one function that publishes events, as above. */
export const eventBridgeClient = (): EventBridgeClient => new EventBridgeClient(patience);

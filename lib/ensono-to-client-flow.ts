import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { Universal } from "aws-cdk-lib/aws-scheduler-targets";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Env as StagerEnv } from "../lambdas/ensono-to-client/attachment-stager/env.ts";
import type { Env as PollerEnv } from "../lambdas/ensono-to-client/poller/env.ts";
import type { Env as ProcessorEnv } from "../lambdas/ensono-to-client/processor/env.ts";
import { BridgeFunction } from "./constructs/bridge-function.ts";
import { feed, onlyVia } from "./constructs/narrow-grants.ts";
import { TransferQueue } from "./constructs/transfer-queue.ts";
import { WakeUpQueue } from "./constructs/wake-up-queue.ts";
import {
  bucketEnvironment,
  ensonoEnvironment,
  type FlowProps,
  fetchQueueEnvironment,
  fileHostsEnvironment,
  ledgerEnvironment,
  lostWakeUpEnvironment,
  retryEnvironment,
  wakeToClientEnvironment,
  wakeToEnsonoEnvironment,
} from "./function-environment.ts";

/** Ensono → client: schedule ─► poller ─► ledger and wake-up ─► processor ─► the client's ITSM; files by way of the stager. */
export class EnsonoToClientFlow extends Construct {
  constructor(scope: Construct, id: string, props: FlowProps) {
    super(scope, id);
    this.schedule(this.poller(props), props);
    props.wakeUps.toClient.wake(this.processor(props), { maxConcurrency: 10 });
    props.transfers.fetch.carry(this.stager(props), { maxConcurrency: 5 });
  }

  private poller(props: FlowProps): BridgeFunction<PollerEnv> {
    const { stage, storage, wakeUps, transfers } = props;
    const poller = new BridgeFunction<PollerEnv>(this, "Poller", {
      folder: "ensono-to-client/poller",
      description: "Reads Ensono's queue into the ledger",
      timeout: Duration.seconds(55),
      reservedConcurrentExecutions: 1,
      stage,
      key: storage.key,
      environment: {
        ...ledgerEnvironment(props),
        ...ensonoEnvironment(props),
        ...retryEnvironment(props),
        ...lostWakeUpEnvironment,
        ...wakeToClientEnvironment(props),
        ...fetchQueueEnvironment(props),
        READERS: String(stage.config.polling.readers),
      },
    });
    storage.grantLedger(poller, "GetItem", "PutItem", "UpdateItem");
    storage.grantSecret(poller, "EnsonoApiKeySecret");
    wakeUps.toClient.grantSending(poller);
    transfers.fetch.grantSending(poller);
    return poller;
  }

  private processor(props: FlowProps): BridgeFunction<ProcessorEnv> {
    const { stage, storage, wakeUps } = props;
    const { clientWebhookUrl, clientSearchUrl } = stage.settings;
    const processor = new BridgeFunction<ProcessorEnv>(this, "Processor", {
      folder: "ensono-to-client/processor",
      description: "Applies a ticket's transactions to the client's ITSM",
      timeout: WakeUpQueue.consumerTimeout,
      wakesItself: true,
      stage,
      key: storage.key,
      environment: {
        ...ledgerEnvironment(props),
        ...retryEnvironment(props),
        ...lostWakeUpEnvironment,
        ...wakeToClientEnvironment(props),
        ...wakeToEnsonoEnvironment(props),
        ...bucketEnvironment(props),
        ENSONO_ENVIRONMENT: stage.settings.environment,
        ENSONO_CLIENT_NAME: stage.config.ensono.clientName,
        CLIENT_WEBHOOK_URL: clientWebhookUrl,
        ...(clientSearchUrl !== undefined && { CLIENT_SEARCH_URL: clientSearchUrl }),
        CLIENT_WEBHOOK_SECRET_ID: storage.secrets.ClientWebhookSecret.secretArn,
      },
    });
    storage.grantLedger(processor, "GetItem", "Query", "PutItem", "UpdateItem");
    storage.grantReadingFiles(processor, "attachments");
    storage.grantSecret(processor, "ClientWebhookSecret");
    wakeUps.toClient.grantSending(processor);
    wakeUps.toEnsono.grantSending(processor);
    return processor;
  }

  /** Fetches for both flows: what Ensono names, and what the client's events name by URL. */
  private stager(props: FlowProps): BridgeFunction<StagerEnv> {
    const { stage, storage, wakeUps } = props;
    const stager = new BridgeFunction<StagerEnv>(this, "AttachmentStager", {
      folder: "ensono-to-client/attachment-stager",
      description: "Copies files into the bridge's bucket before their addresses die",
      timeout: TransferQueue.consumerTimeout,
      // Not for the files, which are streamed: the more memory, the more of the network.
      memoryMegabytes: 1024,
      wakesItself: true,
      stage,
      key: storage.key,
      environment: {
        ...ledgerEnvironment(props),
        ...retryEnvironment(props),
        ...wakeToClientEnvironment(props),
        ...wakeToEnsonoEnvironment(props),
        ...fileHostsEnvironment(props),
        ATTACHMENT_BUCKET: storage.files.bucketName,
      },
    });
    storage.grantLedger(stager, "GetItem", "UpdateItem");
    storage.grantPuttingFiles(stager, "attachments");
    wakeUps.toClient.grantSending(stager);
    wakeUps.toEnsono.grantSending(stager);
    return stager;
  }

  /** The scheduler's smallest interval is a minute; for 30 s, a tick half a minute later runs the poller once more. */
  private schedule(poller: BridgeFunction<PollerEnv>, props: FlowProps): void {
    const { everySeconds } = props.stage.config.polling;
    poller.runEvery(Duration.seconds(Math.max(everySeconds, 60)));
    if (everySeconds === 30) this.runBetweenMinutes(poller, props);
  }

  /** No dead letters, and ticks that live a minute: a tick that did not run the poller is followed by the next one. */
  private runBetweenMinutes(poller: BridgeFunction<PollerEnv>, { storage: { key } }: FlowProps): void {
    const ticks = new Queue(this, "HalfMinuteTicks", {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.minutes(1),
      visibilityTimeout: Duration.minutes(6),
    });
    feed(poller, ticks, { batchSize: 10 });
    new Schedule(this, "HalfMinuteSchedule", {
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target: new Universal({
        service: "sqs",
        action: "sendMessage",
        input: ScheduleTargetInput.fromObject({ QueueUrl: ticks.queueUrl, MessageBody: "tick", DelaySeconds: 30 }),
        retryAttempts: 0,
        policyStatements: [
          new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [ticks.queueArn] }),
          new PolicyStatement({
            actions: ["kms:Decrypt", "kms:GenerateDataKey"],
            resources: [key.keyArn],
            conditions: onlyVia("sqs"),
          }),
        ],
      }),
    });
  }
}

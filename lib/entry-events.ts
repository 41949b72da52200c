import { CfnOutput, Duration, Stack } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { AnyPrincipal, Effect, type IRole, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { ENTRY_PREFIX, SORT_KEY } from "../lambdas/shared/table-layout.ts";
import type { Env as PublisherEnv } from "../lambdas/upkeep/event-publisher/env.ts";
import { BridgeFunction } from "./constructs/bridge-function.ts";
import { grantSending } from "./constructs/narrow-grants.ts";
import type { FlowProps } from "./function-environment.ts";

type EventsProps = Pick<FlowProps, "stage" | "storage">;

/**
 * Events for others: ledger's stream ─► publisher ─► the stack's own bus. It hangs on what the ledger has written already, so
 * that no ticket waits for it or fails with it, and no event is lost when a function dies after its write (ADR 014).
 */
export class EntryEvents extends Construct {
  readonly bus: EventBus;
  /** What nobody could be told. */
  readonly deadLetters: Queue;
  readonly publisher: BridgeFunction<PublisherEnv>;

  constructor(scope: Construct, id: string, props: EventsProps) {
    super(scope, id);
    this.deadLetters = this.createDeadLetters(props);
    this.bus = this.createBus(props);
    this.publisher = this.createPublisher(props);
    this.closeBusToOthers(this.publisher.role);
    this.feed(this.publisher, props);
    new CfnOutput(Stack.of(this), "EventBusName", {
      value: this.bus.eventBusName,
      description: "Tells what becomes of entries: docs/events.md",
    });
  }

  private createDeadLetters({ storage: { key } }: EventsProps): Queue {
    return new Queue(this, "DeadLetters", {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
  }

  /** Named, for the rules of others. Encrypted by the stage's key; what cannot be encrypted or decrypted is a dead letter. */
  private createBus({ storage: { key } }: EventsProps): EventBus {
    const name = Stack.of(this).stackName;
    const bus = new EventBus(this, "Bus", {
      eventBusName: name,
      description: "What becomes of entries of Envision Bridge",
      kmsKey: key,
      deadLetterQueue: this.deadLetters,
    });
    const eventBridge = new ServicePrincipal("events.amazonaws.com");
    // Spelled out: the bus needs the key, so the key cannot need the bus.
    const arn = Stack.of(this).formatArn({ service: "events", resource: "event-bus", resourceName: name });
    this.deadLetters.addToResourcePolicy(
      new PolicyStatement({
        principals: [eventBridge],
        actions: ["sqs:SendMessage"],
        resources: [this.deadLetters.queueArn],
        conditions: { ArnEquals: { "aws:SourceArn": arn } },
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [eventBridge],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: ["*"],
        conditions: { ArnEquals: { "aws:SourceArn": arn } },
      }),
    );
    return bus;
  }

  private createPublisher({ stage, storage }: EventsProps): BridgeFunction<PublisherEnv> {
    const publisher = new BridgeFunction<PublisherEnv>(this, "Publisher", {
      folder: "upkeep/event-publisher",
      description: "Publishes what becomes of entries on the stack's event bus",
      timeout: Duration.seconds(60),
      stage,
      key: storage.key,
      environment: {
        TABLE_NAME: storage.table.tableName,
        EVENT_BUS_NAME: this.bus.eventBusName,
        EVENT_DEAD_LETTERS_URL: this.deadLetters.queueUrl,
        TICKET_TEXT: String(stage.config.events.ticketText),
        STAGE: stage.name,
      },
    });
    storage.grantLedger(publisher, "GetItem");
    this.bus.grantPutEventsTo(publisher);
    grantSending(this.deadLetters, publisher);
    return publisher;
  }

  /** What is on the bus is from the bridge: nobody else may put an event there, whatever their own rights say. */
  private closeBusToOthers(role: IRole | undefined): void {
    this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: "OnlyThePublisher",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["events:PutEvents"],
        resources: [this.bus.eventBusArn],
        conditions: { ArnNotEquals: { "aws:PrincipalArn": role?.roleArn } },
      }),
    );
  }

  /**
   * From the stream's beginning, so that nothing is missed while the stack comes up; tried again as long as the stream keeps
   * records, but for the last hour, for then they are dead letters instead of gone.
   */
  private feed(publisher: BridgeFunction<PublisherEnv>, { storage }: EventsProps): void {
    publisher.addEventSourceMapping("Stream", {
      eventSourceArn: storage.grantFollowing(publisher),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: Duration.hours(23),
      // The CDK's own SqsDlq would grant more than sending.
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
      filters: entriesThatMatter.map((dynamodb) =>
        FilterCriteria.filter({ eventName: FilterRule.isEqual("MODIFY"), dynamodb }),
      ),
    });
  }
}

const ofEntries = { [SORT_KEY]: { S: FilterRule.beginsWith(ENTRY_PREFIX) } };

/** Of what is written to the ledger, most concerns nobody else: the publisher is not run for it. */
const entriesThatMatter = [
  { Keys: ofEntries, NewImage: { status: { S: FilterRule.or("done", "held", "skipped") } } },
  { Keys: ofEntries, OldImage: { status: { S: FilterRule.isEqual("held") } } },
];

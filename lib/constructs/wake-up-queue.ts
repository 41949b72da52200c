import { Duration } from "aws-cdk-lib";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { feed, grantSending } from "./narrow-grants.ts";

/** The wake-up queues of the two flows. */
export interface WakeUpQueues {
  readonly toClient: WakeUpQueue;
  readonly toEnsono: WakeUpQueue;
}

/**
 * A FIFO queue of wake-ups, its message group being the ticket, and the queue that takes what a function failed on for
 * good. What is due is in the ledger and the sweeper wakes it again, so no wake-up needs to live long.
 */
export class WakeUpQueue extends Construct {
  /** How long a woken function may work on a batch. */
  static readonly consumerTimeout = Duration.seconds(60);

  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: { key: IKey }) {
    super(scope, id);
    const both = {
      fifo: true,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
    } satisfies QueueProps;

    this.deadLetters = new Queue(this, "DeadLetters", { ...both, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, "Queue", {
      ...both,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      // AWS asks for six times the function's time-out: a throttled batch is tried again before it shows up elsewhere.
      visibilityTimeout: Duration.seconds(6 * WakeUpQueue.consumerTimeout.toSeconds()),
      retentionPeriod: Duration.days(1),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
  }

  get url(): string {
    return this.queue.queueUrl;
  }

  grantSending(grantee: IGrantable): void {
    grantSending(this.queue, grantee);
  }

  /** Has the function run for these wake-ups, at most `maxConcurrency` of it at a time: what the other side can bear. */
  wake(consumer: IFunction, limits: { maxConcurrency: number }): void {
    feed(consumer, this.queue, { batchSize: 10, reportBatchItemFailures: true, ...limits });
  }
}

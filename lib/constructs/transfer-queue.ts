import { Duration } from "aws-cdk-lib";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { feed, grantSending } from "./narrow-grants.ts";

/** The queues of files on their way: those to be fetched into our bucket, and those to be sent to Ensono. */
export interface TransferQueues {
  readonly fetch: TransferQueue;
  readonly send: TransferQueue;
}

/**
 * A queue of wake-ups for files on their way, and the one that takes what a function failed on for good. Not FIFO: files, also
 * those of one ticket, go side by side. As with wake-ups of lanes, the sweeper makes up for each that gets lost.
 */
export class TransferQueue extends Construct {
  /** A file may take as long as Lambda allows; what does not get done in that begins anew. */
  static readonly consumerTimeout = Duration.minutes(15);

  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: { key: IKey }) {
    super(scope, id);
    const both = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
    } satisfies QueueProps;

    this.deadLetters = new Queue(this, "DeadLetters", { ...both, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, "Queue", {
      ...both,
      visibilityTimeout: Duration.minutes(6 * TransferQueue.consumerTimeout.toMinutes()),
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

  /** Has the function carry one file at a time, and at most `maxConcurrency` files be carried side by side. */
  carry(carrier: IFunction, limits: { maxConcurrency: number }): void {
    feed(carrier, this.queue, { batchSize: 1, reportBatchItemFailures: true, ...limits });
  }
}

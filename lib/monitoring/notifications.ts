import { Aws, Stack } from "aws-cdk-lib";
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { type IPrincipal, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { type ITopic, SubscriptionProtocol, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription, UrlSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type { Severity } from "../constructs/bridge-alarm.ts";
import type { Stage } from "../stage.ts";

/**
 * How alarms reach people: one topic of the stack's own, and those topics that the configuration names. The topic has a key to
 * itself: CloudWatch must be able to use it, and what the stage keeps is none of CloudWatch's business.
 */
export class Notifications extends Construct {
  readonly topic: Topic;
  private readonly forAll: readonly ITopic[];
  private readonly forPages: readonly ITopic[];

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    const { alarmEmail, alarms } = stage.config;
    const { stackName } = Stack.of(this);
    const key = new Key(this, "Key", {
      description: `Encrypts the alarms of ${stackName} on their way`,
      enableKeyRotation: true,
      removalPolicy: stage.removalPolicy,
    });
    this.topic = new Topic(this, "Topic", {
      displayName: stackName,
      masterKey: key,
      enforceSSL: true,
    });
    this.letAlarmsPublish(key);
    this.topic.addSubscription(new EmailSubscription(alarmEmail));
    if (alarms.webhookUrl !== undefined) {
      this.topic.addSubscription(new UrlSubscription(alarms.webhookUrl, { protocol: SubscriptionProtocol.HTTPS }));
    }
    this.forAll = [this.topic, ...this.imported("Also", alarms.topicArns)];
    this.forPages = this.imported("Pager", alarms.pagerTopicArns);
  }

  /** What an alarm does when it fires and when it clears. */
  actionsFor(severity: Severity): IAlarmAction[] {
    const topics = severity === "page" ? [...this.forAll, ...this.forPages] : this.forAll;
    return topics.map((topic) => new SnsAction(topic));
  }

  private imported(id: string, arns: readonly string[]): ITopic[] {
    return arns.map((arn, place) => Topic.fromTopicArn(this, `${id}${place}`, arn));
  }

  /**
   * Both are needed: a topic with a policy of its own lets nobody publish that it does not name, and CloudWatch must be able
   * to use the key. Where one is missing, alarms fire and nobody is told.
   */
  private letAlarmsPublish(key: Key): void {
    const principals: IPrincipal[] = [new ServicePrincipal("cloudwatch.amazonaws.com")];
    const { stackName } = Stack.of(this);
    const alarmsOfStack = `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:${stackName}-*`;
    const conditions = {
      ArnLike: { "aws:SourceArn": alarmsOfStack },
      StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID },
    };
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisStack",
        principals,
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions,
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisStack",
        principals,
        actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
        resources: ["*"],
        conditions,
      }),
    );
  }
}

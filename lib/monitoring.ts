import { Duration } from "aws-cdk-lib";
import { type IMetric, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { METRICS_NAMESPACE, metricNames } from "../lambdas/shared/runtime/metric-names.ts";
import { BridgeAlarm, type BridgeAlarmProps, MINUTE } from "./constructs/bridge-alarm.ts";
import { BridgeFunction } from "./constructs/bridge-function.ts";
import type { FlowProps } from "./function-environment.ts";

type AlarmOf = Omit<BridgeAlarmProps, "topic" | "stageName">;

export interface MonitoringProps extends Pick<FlowProps, "stage" | "storage" | "wakeUps" | "transfers"> {
  /** The name of the REST API. */
  readonly apiName: string;
}

/** Alarms by e-mail (L2): queues that grow, functions that stand still, tickets that are held, sides that fail. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const topic = this.topic(props);
    const stageName = props.stage.name;
    for (const [alarmId, alarm] of Object.entries(alarmsFor(props, this.functions()))) {
      new BridgeAlarm(this, alarmId, { ...alarm, topic, stageName });
    }
  }

  private functions(): BridgeFunction<object>[] {
    return (this.node.scope?.node.findAll() ?? []).filter((one) => one instanceof BridgeFunction);
  }

  /** Encrypted, so CloudWatch needs the key as well: without it, it fails to publish and nobody hears of it. */
  private topic({ stage, storage: { key } }: MonitoringProps): Topic {
    const topic = new Topic(this, "Alarms", { masterKey: key, enforceSSL: true, displayName: "Envision Bridge" });
    const cloudWatch = new ServicePrincipal("cloudwatch.amazonaws.com");
    topic.grantPublish(cloudWatch);
    key.grantEncryptDecrypt(cloudWatch);
    topic.addSubscription(new EmailSubscription(stage.config.alarmEmail));
    return topic;
  }
}

const alarmsFor = (props: MonitoringProps, functions: readonly BridgeFunction<object>[]): Record<string, AlarmOf> => ({
  ...queueAlarms(props),
  ...sideAlarms,
  ...heartbeats,
  ...apiAlarms(props.apiName),
  ...functionAlarms(functions),
});

/** A metric that a function publishes, by the name of its folder. */
const published = (name: string, service: string, statistic: string, period = MINUTE): IMetric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName: name, dimensionsMap: { service }, statistic, period });

const HOUR_SECONDS = 3600;

const queueAlarms = ({ wakeUps, transfers }: MonitoringProps): Record<string, AlarmOf> => ({
  ManyTicketsWait: {
    name: "More than 10 tickets wait for 30 minutes",
    impact: "Changes of either side reach the other one late.",
    severity: "page",
    metric: published(metricNames.ticketsWaiting, "sweeper", Stats.MINIMUM),
    threshold: 11,
    bad: { periods: 30, of: 30 },
    missingData: "all-is-well",
  },
  OldestWaits: {
    name: "A ticket waits for more than an hour",
    impact: "At least one change has not reached the other side for an hour.",
    severity: "page",
    metric: published(metricNames.oldestWaitingSeconds, "sweeper", Stats.MAXIMUM),
    threshold: HOUR_SECONDS,
    bad: { periods: 3, of: 5 },
    missingData: "all-is-well",
  },
  TicketsHeld: {
    name: "Tickets are held",
    impact: "The held tickets stand still in one direction until an operator acts; all others go on.",
    severity: "warn",
    metric: published(metricNames.lanesHeld, "sweeper", Stats.MAXIMUM),
    threshold: 1,
    bad: { periods: 15, of: 15 },
    missingData: "all-is-well",
  },
  Quarantined: {
    name: "Messages were kept apart",
    impact: "A message of Ensono's belongs to no ticket of yours, or cannot be read: what it says is not applied.",
    severity: "warn",
    metric: published(metricNames.messagesQuarantined, "poller", Stats.SUM),
    threshold: 1,
    bad: { periods: 1, of: 1 },
    missingData: "all-is-well",
  },
  ...Object.fromEntries(
    Object.entries({ ...wakeUps, ...transfers }).map(([name, { deadLetters }]) => [
      `DeadLetters-${name}`,
      {
        name: `Dead letters (${name})`,
        impact: "A function failed on the same wake-up again and again. Nothing is lost: the sweeper wakes again.",
        severity: "warn",
        metric: visible(deadLetters),
        threshold: 1,
        bad: { periods: 1, of: 1 },
        missingData: "all-is-well",
      } satisfies AlarmOf,
    ]),
  ),
});

const visible = (queue: IQueue): IMetric =>
  queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: Stats.MAXIMUM });

const sideAlarms: Record<string, AlarmOf> = {
  EnsonoFails: {
    name: "Ensono fails or refuses us",
    impact: "Nothing reaches Ensono's tickets but a probe a minute; all of it is kept, in order.",
    severity: "page",
    metric: published(metricNames.ensonoBreakerOpen, "sweeper", Stats.MAXIMUM),
    threshold: 1,
    bad: { periods: 5, of: 5 },
    missingData: "all-is-well",
  },
  ClientFails: {
    name: "Your ITSM fails or refuses us",
    impact: "Nothing reaches your ITSM but a probe a minute; all of it is kept, in order.",
    severity: "page",
    metric: published(metricNames.clientBreakerOpen, "sweeper", Stats.MAXIMUM),
    threshold: 1,
    bad: { periods: 5, of: 5 },
    missingData: "all-is-well",
  },
};

/** What does not report stands still: of these, no data are the worst data. */
const heartbeats: Record<string, AlarmOf> = {
  PollerStandsStill: {
    name: "Ensono's queue is not read",
    impact: "Nothing of Ensono's arrives; after 4 days its queue drops messages.",
    severity: "page",
    metric: published(metricNames.queueDrained, "poller", Stats.SUM, Duration.minutes(5)),
    threshold: 1,
    rings: "below",
    bad: { periods: 2, of: 2 },
    missingData: "stands-still",
  },
  SweeperStandsStill: {
    name: "The sweeper stands still",
    impact: "Nothing is tried again, and these alarms are blind.",
    severity: "page",
    metric: published(metricNames.lanesHeld, "sweeper", Stats.SAMPLE_COUNT, Duration.minutes(5)),
    threshold: 1,
    rings: "below",
    bad: { periods: 1, of: 1 },
    missingData: "stands-still",
  },
};

const apiAlarms = (apiName: string): Record<string, AlarmOf> => {
  const metric = (metricName: string): IMetric =>
    new Metric({
      namespace: "AWS/ApiGateway",
      metricName,
      dimensionsMap: { ApiName: apiName, Stage: "v1" },
      statistic: Stats.SUM,
      period: Duration.minutes(5),
    });
  return {
    ApiFails: {
      name: "The API fails",
      impact: "Your ITSM's events are not taken; it must send them again.",
      severity: "page",
      metric: metric("5XXError"),
      threshold: 5,
      bad: { periods: 1, of: 1 },
      missingData: "all-is-well",
    },
    ApiRefuses: {
      name: "The API refuses many requests",
      impact: "Your ITSM sends what the bridge cannot take: those events do not reach Ensono.",
      severity: "warn",
      metric: metric("4XXError"),
      threshold: 20,
      bad: { periods: 1, of: 1 },
      missingData: "all-is-well",
    },
    AuthenticationFails: {
      name: "Authentication fails",
      impact: "Somebody calls the API without a secret that counts: your ITSM after a rotation, or a stranger.",
      severity: "warn",
      metric: published(metricNames.authenticationFailures, "ingest", Stats.SUM, Duration.minutes(5)),
      threshold: 20,
      bad: { periods: 1, of: 1 },
      missingData: "all-is-well",
    },
  };
};

const functionAlarms = (functions: readonly BridgeFunction<object>[]): Record<string, AlarmOf> =>
  Object.fromEntries(
    functions.map((fn) => [
      `Errors-${fn.service}`,
      {
        name: `Function ${fn.service} fails`,
        impact: "It ended with an error of our own platform, or ran out of time; the sweeper has its work done again.",
        severity: "warn",
        metric: fn.metricErrors({ period: MINUTE }),
        threshold: 1,
        bad: { periods: 3, of: 5 },
        missingData: "all-is-well",
      } satisfies AlarmOf,
    ]),
  );

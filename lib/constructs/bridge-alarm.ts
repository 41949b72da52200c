import {
  Alarm,
  type AlarmBase,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarmRule,
  type IMetric,
  type TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { Notifications } from "../monitoring/notifications.ts";

/** `page`: somebody has to get up for it. `warn`: somebody has to look at it in the morning. */
export type Severity = "page" | "warn";

/** What whoever gets an alarm is told. */
export interface AlarmWords {
  /** Unique in its stack, and a heading of the runbook: words in lower case, joined by hyphens. */
  readonly name: string;
  /** What has happened, a sentence. */
  readonly what: string;
  /** What that means for tickets and people, a sentence. */
  readonly impact: string;
  readonly severity: Severity;
}

export interface MetricAlarmSpec extends AlarmWords {
  readonly metric: IMetric;
  readonly fires: {
    readonly when: ">" | ">=" | "<";
    readonly threshold: number;
    /** So many of the last so many periods. */
    readonly periods: number;
    readonly of: number;
  };
  /** Always on purpose: what it means when nobody tells. */
  readonly missingData: TreatMissingData;
  /** It pages by way of `bridge-down`, which several of its kind share, and not by itself. */
  readonly isPartOfBridgeDown?: true;
}

const comparisons = {
  ">": ComparisonOperator.GREATER_THAN_THRESHOLD,
  ">=": ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  "<": ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

interface Surroundings {
  readonly stackName: string;
  /** Where the runbook is; the alarm adds its own heading. */
  readonly runbook: string;
  readonly notifications: Notifications;
}

/** An alarm of the bridge: it says what happened, what that means, and where to read on, when it fires and when it clears. */
export class BridgeAlarm extends Construct {
  readonly alarm: Alarm;
  readonly spec: MetricAlarmSpec;

  constructor(scope: Construct, spec: MetricAlarmSpec, surroundings: Surroundings) {
    super(scope, idOf(spec));
    this.spec = spec;
    const { fires, metric, missingData } = spec;
    this.alarm = new Alarm(this, "Alarm", {
      alarmName: `${surroundings.stackName}-${spec.name}`,
      alarmDescription: descriptionOf(spec, surroundings),
      metric,
      comparisonOperator: comparisons[fires.when],
      threshold: fires.threshold,
      datapointsToAlarm: fires.periods,
      evaluationPeriods: fires.of,
      treatMissingData: missingData,
    });
    notify(this.alarm, spec.isPartOfBridgeDown === true ? "warn" : spec.severity, surroundings);
  }
}

/** An alarm that fires when a rule about other alarms holds. */
export class BridgeCompositeAlarm extends Construct {
  readonly alarm: CompositeAlarm;

  constructor(scope: Construct, words: AlarmWords & { rule: IAlarmRule }, surroundings: Surroundings) {
    super(scope, idOf(words));
    this.alarm = new CompositeAlarm(this, "Alarm", {
      compositeAlarmName: `${surroundings.stackName}-${words.name}`,
      alarmDescription: descriptionOf(words, surroundings),
      alarmRule: words.rule,
    });
    notify(this.alarm, words.severity, surroundings);
  }
}

/** Holds while the alarm is firing. */
export const fires = ({ alarm }: BridgeAlarm): IAlarmRule => AlarmRule.fromAlarm(alarm, AlarmState.ALARM);

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** CloudWatch takes no more. */
const LONGEST_DESCRIPTION = 1024;

const idOf = ({ name }: AlarmWords): string => {
  if (!NAME.test(name)) throw new Error(`alarm ${name}: expected words in lower case, joined by hyphens`);
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
};

const descriptionOf = ({ name, what, impact, severity }: AlarmWords, { runbook }: Surroundings): string => {
  const description = `${what} Impact: ${impact} Severity: ${severity}. Runbook: ${runbook}#${name}`;
  if (description.length <= LONGEST_DESCRIPTION) return description;
  throw new Error(
    `alarm ${name}: its description has ${description.length} characters, and CloudWatch takes ${LONGEST_DESCRIPTION}`,
  );
};

const notify = (alarm: AlarmBase, severity: Severity, { notifications }: Surroundings): void => {
  const actions = notifications.actionsFor(severity);
  alarm.addAlarmAction(...actions);
  alarm.addOkAction(...actions);
};

import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

/** What an alarm must say and do. The name is also its heading in the runbook. */
export interface BridgeAlarmProps {
  /** A sentence for a subject line: `Tickets are held`. */
  readonly name: string;
  /** What it means for users, in one sentence. */
  readonly impact: string;
  /** `page`: somebody must look now. `warn`: within the working day. */
  readonly severity: "page" | "warn";
  readonly metric: IMetric;
  /** Rings from this value on, or below it. */
  readonly threshold: number;
  readonly rings?: "at-or-above" | "below";
  /** How many of the metric's periods must be bad, and of how many. */
  readonly bad: { readonly periods: number; readonly of: number };
  /** What no data mean: that all is well, or that the thing which ought to report stands still. */
  readonly missingData: "all-is-well" | "stands-still";
  readonly topic: ITopic;
  readonly stageName: string;
}

export const RUNBOOK = "docs/runbook.md";

/** The heading's anchor, as common viewers of Markdown make it. */
export const anchorOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");

/** An alarm that tells what happened, whom it hurts and where to read on, and tells when it is over, too. */
export class BridgeAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: BridgeAlarmProps) {
    const { name, impact, severity, topic, stageName } = props;
    super(scope, id, {
      alarmName: `EnvisionBridge-${stageName} ${severity}: ${name}`,
      alarmDescription: `${impact} What to do: ${RUNBOOK}#${anchorOf(name)}`,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator:
        props.rings === "below"
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: props.bad.periods,
      evaluationPeriods: props.bad.of,
      treatMissingData:
        props.missingData === "all-is-well" ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    });
    const action = new SnsAction(topic);
    this.addAlarmAction(action);
    this.addOkAction(action);
  }
}

export const MINUTE = Duration.minutes(1);

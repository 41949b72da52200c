import { Stack } from "aws-cdk-lib";
import { AlarmRule } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { metricNames, metricsNamespace } from "../../lambdas/shared/runtime/metric-names.ts";
import type { BridgeStorage } from "../bridge-storage.ts";
import { BridgeAlarm, BridgeCompositeAlarm, fires, type MetricAlarmSpec } from "../constructs/bridge-alarm.ts";
import type { Stage } from "../stage.ts";
import { BridgeDashboard } from "./bridge-dashboard.ts";
import { counterpartAlarms, ensonoQueueAlarms, heartbeatAlarms, pausedAlarms } from "./counterpart-alarms.ts";
import { eventAlarms } from "./event-alarms.ts";
import { Notifications } from "./notifications.ts";
import { apiAlarms, functionAlarms, storageAlarms } from "./platform-alarms.ts";
import { SavedQueries } from "./saved-queries.ts";
import { fileAlarms, heldAlarms, waitingAlarms, wakeUpAlarms } from "./ticket-alarms.ts";
import { type Watched, watchedIn } from "./watched.ts";

/** In this repository. */
const RUNBOOK = "docs/runbook.md";

const specsFor = (watched: Watched): MetricAlarmSpec[] =>
  [
    waitingAlarms,
    wakeUpAlarms,
    heartbeatAlarms,
    ensonoQueueAlarms,
    counterpartAlarms,
    pausedAlarms,
    heldAlarms,
    fileAlarms,
    apiAlarms,
    functionAlarms,
    storageAlarms,
    eventAlarms,
  ].flatMap((alarms) => alarms(watched));

/** Alarms, whom they tell, the dashboard and the runbook's queries. Comes last in its stack: it watches all that is there. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, { stage, storage }: { stage: Stage; storage: BridgeStorage }) {
    super(scope, id);
    const { config } = stage;
    const stack = Stack.of(this);
    const watched = watchedIn(stack, stage, storage);
    const runbook = config.alarms.runbookUrl ?? RUNBOOK;
    const notifications = new Notifications(this, "Notifications", { stage });
    const surroundings = { stackName: stack.stackName, runbook, notifications };

    countErrorsLogged(watched);
    const alarms = specsFor(watched).map((spec) => new BridgeAlarm(this, spec, surroundings));
    const bridgeDown = new BridgeCompositeAlarm(
      this,
      {
        name: "bridge-down",
        what: "The bridge does not do its work in at least one direction; other alarms say where.",
        impact: "Tickets do not reach the other side, new incidents included.",
        severity: "page",
        rule: bridgeDownRule(alarms),
      },
      surroundings,
    );
    new SavedQueries(this, "Queries", watched);
    const all = [bridgeDown.alarm, ...alarms.map(({ alarm }) => alarm)];
    new BridgeDashboard(this, "Dashboard", { watched, alarms: all, runbook });
  }
}

/** What waits says nothing about the bridge while one of these fires: the client's own tool is down, or somebody stopped the work. */
const explained: Readonly<Record<string, readonly string[]>> = {
  "waiting-to-client": ["client-unreachable", "to-client-paused"],
  "waiting-to-ensono": ["to-ensono-paused"],
};

const bridgeDownRule = (alarms: readonly BridgeAlarm[]) => {
  const named = (name: string): BridgeAlarm => {
    const found = alarms.find(({ spec }) => spec.name === name);
    if (found === undefined) throw new Error(`there is no alarm ${name}`);
    return found;
  };
  const parts = alarms.filter(({ spec }) => spec.isPartOfBridgeDown === true);
  return AlarmRule.anyOf(
    ...parts.map((part) => {
      const by = explained[part.spec.name] ?? [];
      return by.length === 0
        ? fires(part)
        : AlarmRule.allOf(fires(part), ...by.map((name) => AlarmRule.not(fires(named(name)))));
    }),
  );
};

/** What breaks off in the middle of a batch is handed back to its queue: to Lambda, that is no error of the function. */
const countErrorsLogged = ({ functions, stage }: Watched): void => {
  for (const each of functions) {
    new MetricFilter(each, "ErrorsLogged", {
      logGroup: each.logGroup,
      filterPattern: FilterPattern.stringValue("$.level", "=", "ERROR"),
      metricNamespace: metricsNamespace(stage.name),
      metricName: metricNames.errorsLogged,
      metricValue: "1",
    });
  }
};

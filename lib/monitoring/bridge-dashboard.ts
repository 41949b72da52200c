import { Duration, Stack } from "aws-cdk-lib";
import {
  type AlarmBase,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { MetricKey } from "../../lambdas/shared/runtime/metric-names.ts";
import type { BridgeFunction } from "../constructs/bridge-function.ts";
import type { EntryEvents } from "../entry-events.ts";
import type { Measure, Watched } from "./watched.ts";

const WIDTH = 24;
const minute = { period: Duration.minutes(1) };

/** One row for each flow, one for what waits between them, one for the two other sides, and one for events for others. */
export class BridgeDashboard extends Dashboard {
  constructor(
    scope: Construct,
    id: string,
    { watched, alarms, runbook }: { watched: Watched; alarms: readonly AlarmBase[]; runbook: string },
  ) {
    super(scope, id, { dashboardName: Stack.of(scope).stackName, defaultInterval: Duration.hours(12) });
    const title = `# ${Stack.of(this).stackName}\nWhat each alarm means and what to do: ${runbook}`;
    this.addWidgets(new TextWidget({ markdown: title, width: WIDTH, height: 2 }));
    this.addWidgets(new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: WIDTH, height: 5 }));
    for (const [heading, graphs] of Object.entries(rows(watched))) {
      this.addWidgets(new TextWidget({ markdown: `## ${heading}`, width: WIDTH, height: 1 }));
      this.addWidgets(...graphs);
    }
  }
}

const rows = (watched: Watched): Record<string, IWidget[]> => ({
  "Ensono → client": ensonoToClient(watched),
  "Client → Ensono": clientToEnsono(watched),
  "Queues, holds and files": queuesAndHolds(watched),
  "Ensono and the client's ITSM": counterparts(watched),
  ...(watched.events && { "Events for others": eventsForOthers(watched, watched.events) }),
});

/** Four to a row. */
const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left: [...left], right: [...right], width: WIDTH / 4, height: 6, liveData: true });

const own =
  (watched: Watched, statistic: Measure["statistic"]) =>
  (...keys: readonly MetricKey[]): IMetric[] =>
    keys.map((key) => watched.own(key, { statistic, minutes: 1 }));

const named = ({ functions }: Watched, service: string): BridgeFunction<object>[] =>
  functions.filter((each) => each.service === service);

const work = (title: string, functions: readonly BridgeFunction<object>[]): GraphWidget =>
  graph(
    title,
    functions.flatMap((each) => [
      each.metricInvocations(minute),
      each.metricErrors(minute),
      each.metricThrottles(minute),
    ]),
    functions.map((each) => each.metricDuration({ statistic: "p99", ...minute })),
  );

const ensonoToClient = (watched: Watched): IWidget[] => {
  const [sum, most] = [own(watched, "Sum"), own(watched, "Maximum")];
  return [
    graph("Ensono's queue: runs that read it, and to its end", sum("queueRead", "queueDrained")),
    graph("Transactions", sum("transactionsStored", "transactionsKnown", "messagesQuarantined")),
    graph("Waiting, and the oldest (s)", most("waitingToClient"), most("oldestToClientSeconds")),
    work("Processor", named(watched, "processor")),
  ];
};

const clientToEnsono = (watched: Watched): IWidget[] => {
  const { api } = watched;
  const most = own(watched, "Maximum");
  return [
    graph(
      "API: calls, refused, failed; latency (p99)",
      [api.metricCount(minute), api.metricClientError(minute), api.metricServerError(minute)],
      [api.metricLatency({ statistic: "p99", ...minute })],
    ),
    graph("Events", own(watched, "Sum")("eventsAccepted", "authenticationFailures")),
    graph("Waiting, and the oldest (s)", most("waitingToEnsono"), most("oldestToEnsonoSeconds")),
    work("Forwarder", named(watched, "forwarder")),
  ];
};

const queuesAndHolds = (watched: Watched): IWidget[] => {
  const most = own(watched, "Maximum");
  const depth = { statistic: "Maximum", ...minute };
  return [
    graph(
      "Wake-ups",
      watched.queues.map((queue) => queue.metricApproximateNumberOfMessagesVisible(depth)),
      watched.deadLetterQueues.map((queue) =>
        queue.metricApproximateNumberOfMessagesVisible({ ...depth, label: "dead letters" }),
      ),
    ),
    graph("Held, and the oldest (s)", most("lanesHeld", "linkConflicts"), most("oldestHeldSeconds")),
    graph(
      "Files on their way, and the oldest (s)",
      most("filesToFetch", "filesToSend"),
      most("oldestFileToFetchSeconds", "oldestFileToSendSeconds"),
    ),
    graph("Sweeps", own(watched, "Sum")("sweeps", "lanesDue", "transfersDue"), most("oldestDueSeconds")),
  ];
};

const counterparts = (watched: Watched): IWidget[] => {
  const most = own(watched, "Maximum");
  return [
    graph(
      "Not called: down; paused",
      most("ensonoBreakerOpen", "ensonoQueueBreakerOpen", "clientBreakerOpen"),
      most("ensonoPaused", "ensonoQueuePaused", "clientPaused"),
    ),
    graph("How often Ensono gave out a message", most("mostReceives")),
    graph(
      "In doubt and owed (s); promised by the client",
      most("oldestInDoubtSeconds", "oldestOwedNumberSeconds"),
      most("numbersPromised"),
    ),
    graph("Words in no table; errors of our own", own(watched, "Sum")("valuesUnmapped", "errorsLogged")),
  ];
};

const eventsForOthers = (watched: Watched, { publisher, deadLetters }: EntryEvents): IWidget[] => {
  const sum = own(watched, "Sum");
  const most = { statistic: "Maximum", ...minute };
  return [
    graph("Published; batches put off", sum("eventsPublished"), sum("eventBatchesPutOff")),
    graph("How late (ms)", [publisher.metric("IteratorAge", most)]),
    graph("Given up; dead letters", sum("eventsGivenUp"), [deadLetters.metricApproximateNumberOfMessagesVisible(most)]),
    work("Publisher", [publisher]),
  ];
};

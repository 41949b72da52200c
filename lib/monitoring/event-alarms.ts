import { Duration } from "aws-cdk-lib";
import { TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { MetricAlarmSpec } from "../constructs/bridge-alarm.ts";
import type { Watched } from "./watched.ts";

/** Where nothing is published there is nothing to be late or lost. */
const missingData = TreatMissingData.NOT_BREACHING;
const five = { period: Duration.minutes(5) };

/** Events for others. Tickets do not wait for them, so none of this wakes anybody. */
export const eventAlarms = ({ events }: Watched): MetricAlarmSpec[] => {
  if (events === undefined) return [];
  return [
    {
      name: "events-late",
      what: "An event about a ticket has been waiting for more than an hour to be published on the event bus.",
      impact:
        "What you have built on the bridge's events lags behind. Tickets go on, and events are lost only after 23 hours.",
      severity: "warn",
      metric: events.publisher.metric("IteratorAge", { statistic: "Maximum", ...five }),
      fires: { when: ">", threshold: Duration.hours(1).toMilliseconds(), periods: 1, of: 1 },
      missingData,
    },
    {
      name: "events-given-up",
      what: "An event about a ticket could not be published, and lies in the queue of dead letters of the events.",
      impact: "What you have built on the bridge's events does not learn of it. The ticket itself went on.",
      severity: "warn",
      metric: events.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", ...five }),
      fires: { when: ">", threshold: 0, periods: 1, of: 1 },
      missingData,
    },
  ];
};

import { TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { MetricAlarmSpec } from "../constructs/bridge-alarm.ts";
import type { Watched } from "./watched.ts";

const { BREACHING, IGNORE, NOT_BREACHING } = TreatMissingData;

/** Signs of life. Where nobody tells anything, nobody works: a disabled schedule leaves no data at all. */
export const heartbeatAlarms = ({ own, stage }: Watched): MetricAlarmSpec[] => {
  const minutes = Math.max(5, Math.ceil((3 * stage.config.polling.everySeconds) / 60));
  return [
    {
      name: "queue-not-read",
      what: `Ensono's queue has not been read for ${minutes} minutes.`,
      impact: "Nothing of Ensono reaches you. Ensono keeps a message for four days, then it is lost.",
      severity: "page",
      metric: own("queueRead", { statistic: "Sum", minutes: 1 }),
      fires: { when: "<", threshold: 1, periods: minutes, of: minutes },
      missingData: BREACHING,
      isPartOfBridgeDown: true,
    },
    {
      name: "sweeper-stands-still",
      what: "The sweeper has not run for 5 minutes.",
      impact: "Nothing is tried again, lost wake-ups are not made up for, and most other alarms are blind.",
      severity: "page",
      metric: own("sweeps", { statistic: "Sum", minutes: 1 }),
      fires: { when: "<", threshold: 1, periods: 5, of: 5 },
      missingData: BREACHING,
      isPartOfBridgeDown: true,
    },
  ];
};

/** What can be seen of Ensono's own queue. */
export const ensonoQueueAlarms = ({ own }: Watched): MetricAlarmSpec[] => [
  {
    name: "queue-not-emptied",
    what: "Ensono's queue is read, but for 30 minutes no run came to its end.",
    impact: "More comes in than is read, or messages are read and cannot be deleted. Ensono's own alarms follow.",
    severity: "warn",
    metric: own("queueDrained", { statistic: "Maximum", minutes: 30 }),
    fires: { when: "<", threshold: 1, periods: 1, of: 1 },
    // Then it is not read either, which has its own alarm.
    missingData: NOT_BREACHING,
  },
  {
    name: "receive-count-rising",
    what: "Ensono has given out a message five times: it is read again and again, and not deleted.",
    impact: "None yet. After 20 times Ensono takes the message off the queue, and only its support can put it back.",
    severity: "warn",
    metric: own("mostReceives", { statistic: "Maximum", minutes: 5 }),
    fires: { when: ">=", threshold: 5, periods: 1, of: 1 },
    missingData: NOT_BREACHING,
  },
  {
    name: "receive-count-critical",
    what: "Ensono has given out a message twelve times without its being deleted.",
    impact:
      "After 20 times Ensono takes the message off the queue, and only its support can put it back: that is a few minutes away.",
    severity: "page",
    metric: own("mostReceives", { statistic: "Maximum", minutes: 5 }),
    fires: { when: ">=", threshold: 12, periods: 1, of: 1 },
    missingData: NOT_BREACHING,
    isPartOfBridgeDown: true,
  },
  {
    name: "message-quarantined",
    what: "A message of Ensono's queue was kept apart: it cannot be read and names no ticket, or is meant for another client.",
    impact: "What it says reached no ticket.",
    severity: "warn",
    metric: own("messagesQuarantined", { statistic: "Sum", minutes: 5 }),
    fires: { when: ">=", threshold: 1, periods: 1, of: 1 },
    missingData: NOT_BREACHING,
  },
];

/** Breakers: a side that failed five times in a row, or that refuses our key, is called once a minute only. */
export const counterpartAlarms = ({ own }: Watched): MetricAlarmSpec[] => {
  const open = { statistic: "Minimum", minutes: 5 } as const;
  return [
    {
      name: "ensono-unreachable",
      what: "For 5 minutes Ensono's API has refused or failed every call about tickets.",
      impact: "Your people's tickets do not reach Ensono. They wait, in order, and nothing is lost.",
      severity: "page",
      metric: own("ensonoBreakerOpen", open),
      fires: { when: ">=", threshold: 1, periods: 1, of: 1 },
      missingData: IGNORE,
      isPartOfBridgeDown: true,
    },
    {
      name: "ensono-queue-unreachable",
      what: "For 5 minutes Ensono's queue has refused or failed every call.",
      impact: "Nothing of Ensono reaches you. Ensono keeps a message for four days, then it is lost.",
      severity: "page",
      metric: own("ensonoQueueBreakerOpen", open),
      fires: { when: ">=", threshold: 1, periods: 1, of: 1 },
      missingData: IGNORE,
      isPartOfBridgeDown: true,
    },
    {
      name: "client-unreachable",
      what: "For 5 minutes your ITSM tool has refused or failed every delivery.",
      impact: "What Ensono does does not reach you. It waits, in order, and nothing is lost.",
      severity: "warn",
      metric: own("clientBreakerOpen", open),
      fires: { when: ">=", threshold: 1, periods: 1, of: 1 },
      missingData: IGNORE,
    },
    {
      name: "client-unreachable-for-long",
      what: "For 30 minutes your ITSM tool has refused or failed every delivery.",
      impact: "What Ensono does does not reach you, incidents of priority 1 included. Nothing is lost.",
      severity: "page",
      metric: own("clientBreakerOpen", open),
      fires: { when: ">=", threshold: 1, periods: 6, of: 6 },
      missingData: IGNORE,
    },
  ];
};

/** Directions that an operator has stopped. What waits meanwhile is safe, but somebody must remember it. */
export const pausedAlarms = ({ own }: Watched): MetricAlarmSpec[] => {
  const paused = { statistic: "Minimum", minutes: 5 } as const;
  const severity = "warn";
  const fires = { when: ">=", threshold: 1, periods: 1, of: 1 } as const;
  return [
    {
      name: "to-client-paused",
      what: "An operator has paused the direction from Ensono to your ITSM tool.",
      impact: "What Ensono does does not reach you until it is resumed. It waits, in order.",
      severity,
      metric: own("clientPaused", paused),
      fires,
      missingData: IGNORE,
    },
    {
      name: "to-ensono-paused",
      what: "An operator has paused the direction from your ITSM tool to Ensono.",
      impact: "Your people's tickets do not reach Ensono until it is resumed. They wait, in order.",
      severity,
      metric: own("ensonoPaused", paused),
      fires,
      missingData: IGNORE,
    },
  ];
};

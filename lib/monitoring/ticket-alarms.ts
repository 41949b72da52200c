import { Duration } from "aws-cdk-lib";
import { MathExpression, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { MetricAlarmSpec } from "../constructs/bridge-alarm.ts";
import type { Watched } from "./watched.ts";

/**
 * Gauges of the sweeper: should it stand still, an alarm stays as it is, neither firing nor clearing for want of news.
 * That it stands still is told by an alarm of its own.
 */
const { IGNORE, NOT_BREACHING } = TreatMissingData;

/** What a period of five minutes is in CloudWatch: a sweep that starts a second late is not missed. */
const FIVE = 5;
const HOUR = 3600;

/** The guide's two alarms ("QUEUE ALERTS"), for the ledger, which is where transactions and events wait. */
export const waitingAlarms = ({ own }: Watched): MetricAlarmSpec[] => [
  {
    name: "waiting-to-client",
    what: "More than 10 transactions of Ensono have been waiting for 30 minutes, those of held tickets not counted.",
    impact: "Your ITSM tool does not show what Ensono does with your tickets.",
    severity: "page",
    metric: own("waitingToClient", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: 10, periods: 6, of: 6 },
    missingData: IGNORE,
    isPartOfBridgeDown: true,
  },
  {
    name: "waiting-to-ensono",
    what: "More than 10 events of your ITSM tool have been waiting for 30 minutes, those of held tickets not counted.",
    impact: "Ensono does not see what your people open, comment and close.",
    severity: "page",
    metric: own("waitingToEnsono", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: 10, periods: 6, of: 6 },
    missingData: IGNORE,
    isPartOfBridgeDown: true,
  },
  {
    name: "oldest-to-client",
    what: "A transaction of Ensono has been waiting for more than an hour, though its ticket is not held.",
    impact: "At least one of your tickets is an hour behind what Ensono says of it.",
    severity: "page",
    metric: own("oldestToClientSeconds", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: HOUR, periods: 1, of: 1 },
    missingData: IGNORE,
  },
  {
    name: "oldest-to-ensono",
    what: "An event of your ITSM tool has been waiting for more than an hour, though its ticket is not held.",
    impact: "Ensono is at least an hour behind what your people wrote into at least one ticket.",
    severity: "page",
    metric: own("oldestToEnsonoSeconds", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: HOUR, periods: 1, of: 1 },
    missingData: IGNORE,
  },
];

/** Work that nobody takes up, though both sides are up and going (of one that is down or paused, the lanes stay due). */
export const wakeUpAlarms = ({ own }: Watched): MetricAlarmSpec[] => [
  {
    name: "work-not-taken-up",
    what: "For 15 minutes tickets have been due for more than 5 minutes, and neither side is down or paused.",
    impact:
      "Everything is late: wake-ups get lost, or the functions that work on tickets do not run or are not enough.",
    severity: "warn",
    metric: new MathExpression({
      expression: "due > 300 AND ensono + client + paused0 + paused1 < 1",
      usingMetrics: {
        due: own("oldestDueSeconds", { statistic: "Minimum", minutes: FIVE }),
        ensono: own("ensonoBreakerOpen", { statistic: "Maximum", minutes: FIVE }),
        client: own("clientBreakerOpen", { statistic: "Maximum", minutes: FIVE }),
        paused0: own("ensonoPaused", { statistic: "Maximum", minutes: FIVE }),
        paused1: own("clientPaused", { statistic: "Maximum", minutes: FIVE }),
      },
      period: Duration.minutes(FIVE),
    }),
    fires: { when: ">=", threshold: 1, periods: 3, of: 3 },
    missingData: IGNORE,
  },
];

/** Tickets that wait for a person. */
export const heldAlarms = ({ own }: Watched): MetricAlarmSpec[] => [
  {
    name: "tickets-held",
    what: "At least one ticket has been held for 15 minutes: waiting does not help it.",
    impact: "Nothing more of that ticket crosses the bridge in that direction; other tickets go on.",
    severity: "warn",
    metric: own("lanesHeld", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">=", threshold: 1, periods: 3, of: 3 },
    missingData: IGNORE,
  },
  {
    name: "tickets-held-for-long",
    what: "Five tickets or more are held, or one has been for four hours.",
    impact: "Several tickets stand still, which looks like one cause; or nobody has seen the first warning.",
    severity: "page",
    metric: new MathExpression({
      expression: `held >= 5 OR oldest >= ${4 * HOUR}`,
      usingMetrics: {
        held: own("lanesHeld", { statistic: "Minimum", minutes: FIVE }),
        oldest: own("oldestHeldSeconds", { statistic: "Minimum", minutes: FIVE }),
      },
      period: Duration.minutes(FIVE),
    }),
    fires: { when: ">=", threshold: 1, periods: 3, of: 3 },
    missingData: IGNORE,
  },
  {
    name: "numbers-in-conflict",
    what: "A ticket is held because its number, or the one it got on the other side, is linked to a third one already.",
    impact: "There may be two tickets for one matter, and each side may be working on another one.",
    severity: "warn",
    metric: own("linkConflicts", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">=", threshold: 1, periods: 1, of: 1 },
    missingData: IGNORE,
  },
  {
    name: "calls-in-doubt",
    what: "For more than 10 minutes nobody has known whether a call took effect.",
    impact: "One ticket waits until the bridge can find out. It does not risk to do it twice.",
    severity: "warn",
    metric: own("oldestInDoubtSeconds", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: 600, periods: 1, of: 1 },
    missingData: IGNORE,
  },
  {
    name: "numbers-owed",
    what: "One side has been owed the number of a ticket on the other side for more than 30 minutes.",
    impact:
      "People cannot find the ticket by the other side's number. Ensono may take it for one that you do not have.",
    severity: "warn",
    metric: own("oldestOwedNumberSeconds", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: 1800, periods: 1, of: 1 },
    missingData: IGNORE,
  },
  {
    name: "values-unmapped",
    what: "A ticket carried a word that is in no table of the configuration; the table's default was taken.",
    impact: "Status, priority or group may be wrong on the other side.",
    severity: "warn",
    metric: own("valuesUnmapped", { statistic: "Sum", minutes: 60 }),
    fires: { when: ">=", threshold: 1, periods: 1, of: 1 },
    missingData: NOT_BREACHING,
  },
];

/** Files on their way beside the tickets: the addresses that Ensono gives die two hours after it gave them. */
export const fileAlarms = ({ own }: Watched): MetricAlarmSpec[] => [
  {
    name: "file-not-fetched",
    what: "A file has been waiting for more than an hour to be copied into the bridge's bucket.",
    impact: "Its ticket waits for it. Ensono's address of it dies two hours after the file was announced.",
    severity: "warn",
    metric: own("oldestFileToFetchSeconds", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: HOUR, periods: 1, of: 1 },
    missingData: IGNORE,
  },
  {
    name: "file-about-to-be-lost",
    what: "A file has been waiting for more than 100 minutes to be copied; its address is good for 120.",
    impact: "After that the file can only be had from Ensono by hand.",
    severity: "page",
    metric: own("oldestFileToFetchSeconds", { statistic: "Minimum", minutes: 1 }),
    fires: { when: ">", threshold: 6000, periods: 2, of: 3 },
    missingData: IGNORE,
  },
  {
    name: "file-not-sent",
    what: "A file has been waiting for more than an hour to be sent to Ensono.",
    impact: "Its ticket waits for it. The file itself is safe in the bridge's bucket.",
    severity: "warn",
    metric: own("oldestFileToSendSeconds", { statistic: "Minimum", minutes: FIVE }),
    fires: { when: ">", threshold: HOUR, periods: 1, of: 1 },
    missingData: IGNORE,
  },
];

import { Stack } from "aws-cdk-lib";
import { CfnQueryDefinition, type ILogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Watched } from "./watched.ts";

/** A query of CloudWatch Logs Insights, to be found there under this name, and in the runbook with the same text. */
export interface SavedQuery {
  readonly name: string;
  /** Whose logs it looks through: the functions', or the API's. */
  readonly of: "functions" | "api";
  readonly text: string;
}

const lines = (...text: readonly string[]): string => text.join("\n");

export const savedQueries: readonly SavedQuery[] = [
  {
    name: "journal-of-a-ticket",
    of: "functions",
    text: lines(
      "fields @timestamp, service, message, journal.order, journal.step, journal.code, journal.reason, journal.message",
      "| filter journal.lane in ['ENSONO#e-CS0000000', 'CLIENT#INC0000000']",
      "| sort @timestamp asc",
      "| limit 1000",
    ),
  },
  {
    name: "busiest-tickets",
    of: "functions",
    text: lines(
      "filter message = 'finished'",
      "| stats count(*) as entries, earliest(@timestamp) as first, latest(@timestamp) as last, latest(journal.notes.0) as note by journal.lane",
      "| sort entries desc",
      "| limit 20",
    ),
  },
  {
    name: "held-tickets",
    of: "functions",
    text: lines(
      "filter message = 'held'",
      "| stats latest(@timestamp) as at, latest(journal.code) as code, latest(journal.reason) as reason by journal.lane",
      "| sort at desc",
    ),
  },
  {
    name: "failed-calls",
    of: "functions",
    text: lines(
      "filter message = 'failed'",
      "| stats count(*) as calls, latest(@timestamp) as last by journal.side, journal.code, journal.effect, journal.message",
      "| sort calls desc",
    ),
  },
  {
    name: "put-off-tickets",
    of: "functions",
    text: lines(
      "filter message = 'put off'",
      "| stats count(*) as times, latest(journal.reason) as reason, latest(@timestamp) as last by journal.lane",
      "| sort times desc",
      "| limit 100",
    ),
  },
  {
    name: "polls",
    of: "functions",
    text: lines(
      "fields @timestamp, outcome, stored, known, quarantined, undeleted, mostReceives",
      "| filter message = 'poll'",
      "| sort @timestamp desc",
      "| limit 120",
    ),
  },
  {
    name: "messages-not-deleted",
    of: "functions",
    text: lines(
      "filter message = 'not deleted'",
      "| stats count(*) as times, latest(journal.outcome) as outcome, latest(@timestamp) as last by journal.lane, journal.order",
      "| sort times desc",
    ),
  },
  {
    name: "messages-kept-apart",
    of: "functions",
    text: lines(
      "fields @timestamp, message, journal.lane, journal.order, journal.reason",
      "| filter message in ['quarantined', 'unreadable']",
      "| sort @timestamp desc",
    ),
  },
  {
    name: "unmapped-values",
    of: "functions",
    text: lines(
      "fields @timestamp, journal.lane, journal.order, journal.fields.0, journal.fields.1, journal.fields.2",
      "| filter message = 'not in the mapping table'",
      "| sort @timestamp desc",
    ),
  },
  {
    name: "files-on-their-way",
    of: "functions",
    text: lines(
      "filter message in ['transfer failed', 'transfer given up']",
      "| stats count(*) as times, latest(journal.message) as why, latest(journal.reason) as givenUpFor, latest(@timestamp) as last by journal.lane, journal.transfer, journal.kind",
      "| sort times desc",
    ),
  },
  {
    name: "sweeps",
    of: "functions",
    text: lines(
      "fields @timestamp, journal.due, journal.woken, journal.held, journal.oldestDueMs",
      "| filter message = 'swept'",
      "| sort @timestamp desc",
      "| limit 120",
    ),
  },
  {
    name: "events-not-published",
    of: "functions",
    text: lines(
      "filter message in ['events put off', 'event given up']",
      "| stats count(*) as times, latest(message) as what, latest(journal.reason) as reason, latest(@timestamp) as last by journal.item",
      "| sort times desc",
      "| limit 100",
    ),
  },
  {
    name: "errors",
    of: "functions",
    text: lines(
      "filter level = 'ERROR'",
      "| stats count(*) as times, latest(@timestamp) as last by service, message, error.name, error.message",
      "| sort times desc",
    ),
  },
  {
    name: "time-outs",
    of: "functions",
    text: lines(
      "fields @timestamp, @log, @message",
      "| filter @message like /Task timed out/",
      "| sort @timestamp desc",
      "| limit 50",
    ),
  },
  {
    name: "refused-requests",
    of: "functions",
    text: lines(
      "filter message = 'refused'",
      "| stats count(*) as times, latest(@timestamp) as last by status, field, problem",
      "| sort times desc",
    ),
  },
  {
    name: "api-calls",
    of: "api",
    text: lines(
      "filter status >= 400",
      "| stats count(*) as calls, max(latencyMs) as slowest, latest(@timestamp) as last by method, path, status, ip, errorType",
      "| sort calls desc",
    ),
  },
];

/** The queries of the runbook, ready in the account. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { functions, accessLogs }: Watched) {
    super(scope, id);
    const groups: Record<SavedQuery["of"], readonly ILogGroup[]> = {
      functions: functions.map(({ logGroup }) => logGroup),
      api: accessLogs,
    };
    for (const { name, of, text } of savedQueries) {
      new CfnQueryDefinition(this, name, {
        name: `${Stack.of(this).stackName}/${name}`,
        logGroupNames: groups[of].map(({ logGroupName }) => logGroupName),
        queryString: text,
      });
    }
  }
}

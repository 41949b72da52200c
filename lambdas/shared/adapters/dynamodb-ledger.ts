import type { Ledger } from "../ports.ts";
import { dynamoDbArrivals } from "./dynamodb-arrivals.ts";
import { dynamoDbEvidence } from "./dynamodb-evidence.ts";
import type { Store } from "./dynamodb-lanes.ts";
import { dynamoDbOperator } from "./dynamodb-operator.ts";
import { dynamoDbRuns } from "./dynamodb-runs.ts";
import { dynamoDbSettle } from "./dynamodb-settle.ts";
import { dynamoDbTable, type TableOptions } from "./dynamodb-table.ts";

const SECONDS_A_DAY = 24 * 60 * 60;

/**
 * The ledger in one DynamoDB table (design: "The ledger"). Finished entries and evidence expire after `retentionDays`; heads,
 * unfinished entries and what is in quarantine never do.
 */
export const dynamoDbLedger = ({ retentionDays, ...table }: TableOptions & { retentionDays: number }): Ledger => {
  const store: Store = {
    table: dynamoDbTable(table),
    expiry: (endedAt) => Math.floor(endedAt / 1000) + retentionDays * SECONDS_A_DAY,
  };
  return {
    ...dynamoDbArrivals(store),
    ...dynamoDbRuns(store),
    ...dynamoDbSettle(store),
    ...dynamoDbOperator(store),
    ...dynamoDbEvidence(store),
  };
};

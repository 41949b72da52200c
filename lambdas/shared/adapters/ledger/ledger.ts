import { deflateRawSync } from "node:zlib";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Ledger } from "../../ports.ts";
import { listAttention } from "./attention.ts";
import { evidenceKeeper } from "./evidence.ts";
import { laneIntake } from "./intake.ts";
import { entryOf, headOf, isNew, openLane, putItem } from "./lane.ts";
import { operatorActs } from "./operator.ts";
import { laneRun } from "./run.ts";
import { keys, type Table } from "./table.ts";

/**
 * The ledger on one DynamoDB table (ports: `Ledger`; layout: `dynamodb-table.ts`). Finished entries and evidence expire after
 * `retentionDays`; heads, and what is quarantined, stay.
 *
 * @throws what the SDK throws when the table cannot be reached, or says no more often than the SDK tries.
 */
export const dynamoDbLedger = ({ retentionDays, ...table }: Table & { retentionDays: number }): Ledger => ({
  ...laneIntake(table, retentionDays),
  ...laneRun(table, retentionDays),
  ...operatorActs(table, retentionDays),
  ...evidenceKeeper(table, retentionDays),
  ...listAttention(table),
  open: (lane) => openLane(table, lane),
  headOf: (lane) => headOf(table, lane),
  entry: (lane, order) => entryOf(table, lane, order),
  async quarantine({ id, reason, raw }, now) {
    const item = marshall({ reason, receivedAt: now, packed: deflateRawSync(raw) });
    await putItem(table, { ...keys.quarantine(id), ...item }, isNew);
  },
});

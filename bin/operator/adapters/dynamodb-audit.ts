import * as z from "zod";
import { equal, startsWith } from "../../../lambdas/shared/adapters/dynamodb-expressions.ts";
import { keyOf } from "../../../lambdas/shared/adapters/dynamodb-items.ts";
import { dynamoDbTable, type TableOptions } from "../../../lambdas/shared/adapters/dynamodb-table.ts";
import { arrivalOrder, type Lane } from "../../../lambdas/shared/domain/lane.ts";
import { PARTITION_KEY, SORT_KEY } from "../../../lambdas/shared/table-layout.ts";
import type { AuditEntry, AuditLog } from "../ports.ts";

const SORT = "AUDIT#";
/** Commands that concern no ticket lie by themselves. */
const OF_NO_TICKET = "AUDIT";

const itemSchema = z.object({
  id: z.string(),
  at: z.number(),
  who: z.string(),
  command: z.string(),
  why: z.string(),
  outcome: z.string().optional(),
});

/** One item for each lane that a command concerns, in that lane's partition, so that the ticket's trace finds it. */
export const dynamoDbAudit = (options: TableOptions): AuditLog => {
  const table = dynamoDbTable(options);

  const write = async ({ id, ...entry }: AuditEntry, lanes: readonly Lane[]): Promise<void> => {
    for (const partition of lanes.length === 0 ? [OF_NO_TICKET] : lanes) {
      await table.update(keyOf(partition, SORT + arrivalOrder(entry.at, id)), { set: { id, ...entry } });
    }
  };

  return {
    begin: write,
    end: write,

    async of(lane = undefined) {
      const where = [equal(PARTITION_KEY, lane ?? OF_NO_TICKET), startsWith(SORT_KEY, SORT)];
      const found: AuditEntry[] = [];
      for await (const page of table.query({ where })) found.push(...page.map((item) => itemSchema.parse(item)));
      return found;
    },
  };
};

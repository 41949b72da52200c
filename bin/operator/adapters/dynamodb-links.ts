import type { Change } from "../../../lambdas/shared/adapters/dynamodb-expressions.ts";
import { type HeadState, headKey, pack } from "../../../lambdas/shared/adapters/dynamodb-items.ts";
import { readHead, unchanged } from "../../../lambdas/shared/adapters/dynamodb-lanes.ts";
import { dynamoDbTable, type TableOptions, untilUndisturbed } from "../../../lambdas/shared/adapters/dynamodb-table.ts";
import { areLinked, withoutLink } from "../../../lambdas/shared/domain/unlink.ts";
import type { Links } from "../ports.ts";

export const dynamoDbLinks = (options: TableOptions): Links => {
  const table = dynamoDbTable(options);
  const store = { table, expiry: () => 0 };

  return {
    unlink: (ensono, client) =>
      untilUndisturbed(async () => {
        const [one, other] = await Promise.all([readHead(ensono, store), readHead(client, store)]);
        if (!areLinked(one.head, other.head)) return false;
        const writes = [one, other].map((state) => ({ key: headKey(state.head.lane), change: apart(state) }));
        return (await table.transact(writes)).length === 0 || undefined;
      }),
  };
};

/** Runs that are under way know the lane as linked, and must not go on. */
const apart = (state: HeadState): Change => {
  const after = withoutLink(state.head);
  return {
    set: { marks: pack({ sent: after.sent, said: after.said }) },
    add: { fence: 1 },
    remove: Object.keys(state.head).filter((name) => !(name in after)),
    when: unchanged(state),
  };
};

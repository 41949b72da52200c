import { setTimeout as delay } from "node:timers/promises";
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { PARTITION_KEY } from "../table-layout.ts";
import {
  absent,
  type Change,
  type Condition,
  either,
  type Item,
  type Key,
  toKeyCondition,
  toPut,
  toUpdate,
} from "./dynamodb-expressions.ts";

export interface TableOptions {
  readonly client: Pick<DynamoDBClient, "send">;
  readonly tableName: string;
  /** Spreads the repeats of writes that got in each other's way; a number in [0, 1). */
  readonly random?: () => number;
}

export interface Query {
  readonly where: readonly Condition[];
  /** An index is read eventually consistent, the table itself consistent. */
  readonly index?: string;
  /** How many items to read at once. */
  readonly pageSize?: number;
}

export interface Update {
  readonly key: Key;
  readonly change: Change;
}

/** One write of a transaction. */
export type Write = Update | { readonly insert: Item };

/** The ledger's table, without any knowledge of what is in it. What it reads is still to be parsed. */
export interface Table {
  /** Strongly consistent; undefined where there is no such item. */
  get(key: Key): Promise<unknown>;
  /** Pages of items in the order of their sort keys. */
  query(query: Query): AsyncGenerator<readonly unknown[], void, void>;
  /**
   * Writes a new item. Gives the one that is there already instead, and leaves it, unless `unless` holds for it.
   * Idempotent, but a repeat of the SDK's own gives the item just written.
   */
  insert(item: Item, unless?: Condition): Promise<unknown>;
  /** Resolves to false where the conditions do not hold. */
  update(key: Key, change: Change): Promise<boolean>;
  /** All writes or none. Gives the places of those whose conditions do not hold: none means written. */
  transact(writes: readonly Write[]): Promise<readonly number[]>;
}

const MOST_TRIES = 7;
const FIRST_PAUSE_MS = 20;

/** Takes AWS's client. Throws what it throws, once throttling and conflicts with other transactions have lasted too long. */
export const dynamoDbTable = ({ client, tableName, random = Math.random }: TableOptions): Table => {
  const target = { TableName: tableName };

  /** The SDK repeats throttled calls; those that a transaction of somebody else got in the way of are left to us. */
  const patiently = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    for (let tried = 1; ; tried++) {
      try {
        return await call();
      } catch (error) {
        if (tried === MOST_TRIES || !isContention(error)) throw error;
        await delay(random() * FIRST_PAUSE_MS * 2 ** tried);
      }
    }
  };

  return {
    async get(key) {
      const { Item } = await client.send(new GetItemCommand({ ...target, Key: marshall(key), ConsistentRead: true }));
      return Item && unmarshall(Item);
    },

    async *query({ where, index, pageSize }) {
      const query = {
        ...target,
        ...toKeyCondition(where),
        ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
        Limit: pageSize,
      };
      let start: QueryCommandOutput["LastEvaluatedKey"];
      do {
        const page: QueryCommandOutput = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: start }));
        yield (page.Items ?? []).map((item) => unmarshall(item));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    },

    async insert(item, unless) {
      const put = {
        ...target,
        ...toPut(item, [isNew(unless)]),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      } as const;
      try {
        await patiently(() => client.send(new PutItemCommand(put)));
        return undefined;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException && error.Item) return unmarshall(error.Item);
        throw error;
      }
    },

    async update(key, change) {
      try {
        await patiently(() => client.send(new UpdateItemCommand({ ...target, ...toUpdate(key, change) })));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    async transact(writes) {
      const TransactItems = writes.map((write) =>
        "insert" in write
          ? { Put: { ...target, ...toPut(write.insert, [isNew()]) } }
          : { Update: { ...target, ...toUpdate(write.key, write.change) } },
      );
      try {
        await patiently(() => client.send(new TransactWriteItemsCommand({ TransactItems })));
        return [];
      } catch (error) {
        const failed = reasonsOf(error).flatMap((code, place) => (code === CONDITION_FAILED ? [place] : []));
        if (failed.length === 0) throw error;
        return failed;
      }
    },
  };
};

const isNew = (unless?: Condition): Condition =>
  unless === undefined ? absent(PARTITION_KEY) : either(absent(PARTITION_KEY), unless);

const CONDITION_FAILED = "ConditionalCheckFailed";
const passing = new Set(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);

const reasonsOf = (error: unknown): readonly string[] =>
  error instanceof TransactionCanceledException
    ? (error.CancellationReasons ?? []).map(({ Code = "None" }) => Code)
    : [];

const isContention = (error: unknown): boolean => {
  const reasons = reasonsOf(error);
  return (
    error instanceof TransactionConflictException ||
    (!reasons.includes(CONDITION_FAILED) && reasons.some((code) => passing.has(code)))
  );
};

const MOST_ATTEMPTS = 20;

/** Repeats what reads, computes and writes, as long as it gives undefined: somebody else wrote in between. */
export const untilUndisturbed = async <Result extends object | string | boolean>(
  attempt: () => Promise<Result | undefined>,
): Promise<Result> => {
  for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new Error(`An item of the ledger changed ${MOST_ATTEMPTS} times while it was being written; try again later`);
};

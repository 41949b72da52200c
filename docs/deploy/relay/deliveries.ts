import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { type NoticeAnswer, noticeAnswerSchema } from "../../../lambdas/shared/domain/client-contract.ts";

/** What the relay remembers of deliveries, by their webhook-id. */
export interface Deliveries {
  /**
   * Begins a delivery. `new`: it has never come. `done`: it has, with this answer. `begun`: it was begun and never ended,
   * so nobody knows what it did. `told`: so it was, the bridge has been told of that, and now it is begun once more.
   */
  begin(id: string): Promise<{ was: "new" | "begun" | "told" } | { was: "done"; answer: NoticeAnswer }>;
  /** Remembers that the bridge was told that the outcome is unknown. */
  told(id: string): Promise<void>;
  done(id: string, answer: NoticeAnswer): Promise<void>;
  /** Nothing was done: it may begin anew. */
  forget(id: string): Promise<void>;
}

const itemSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("begun") }),
  z.object({ state: z.literal("told") }),
  z.object({ state: z.literal("done"), answer: noticeAnswerSchema }),
]);
type Item = z.infer<typeof itemSchema>;

/** Longer than the bridge tries for (retry.giveUpDays: 60 at most). */
const KEPT_SECONDS = 90 * 24 * 3600;

export const dynamoDbDeliveries = (deps: {
  client: Pick<DynamoDBClient, "send">;
  tableName: string;
  clock: () => number;
}): Deliveries => {
  const { client, tableName: TableName } = deps;
  const put = (id: string, item: Item, condition?: string) =>
    client.send(
      new PutItemCommand({
        TableName,
        Item: marshall({ id, ...item, expiresAt: Math.floor(deps.clock() / 1000) + KEPT_SECONDS }, marshalling),
        ...(condition !== undefined && { ConditionExpression: condition }),
      }),
    );

  return {
    async begin(id) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: marshall({ id }), ConsistentRead: true }),
      );
      if (Item === undefined) {
        // The bridge sends a delivery to one place at a time; should it ever not, one of the two fails here, before any call.
        await put(id, { state: "begun" }, "attribute_not_exists(id)");
        return { was: "new" };
      }
      const known = itemSchema.parse(unmarshall(Item));
      if (known.state === "told") await put(id, { state: "begun" });
      return known.state === "done" ? { was: "done", answer: known.answer } : { was: known.state };
    },
    async told(id) {
      await put(id, { state: "told" });
    },
    async done(id, answer) {
      await put(id, { state: "done", answer });
    },
    async forget(id) {
      await client.send(new DeleteItemCommand({ TableName, Key: marshall({ id }) }));
    },
  };
};

const marshalling = { removeUndefinedValues: true };

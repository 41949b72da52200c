import { type AttributeValue, BatchWriteItemCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";

/**
 * `npx node docs/deploy/copy-table.ts FROM TO`: copies all items of one DynamoDB table into another, for the restore drill of
 * docs/deploy/operations.md. Items of TO under the same key are overwritten, others stay. Safe to repeat.
 */

type Item = Record<string, AttributeValue>;

const MOST_TRIES = 10;

/** Writes up to 25 items, what the table was too busy for once more. */
const write = async (client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> => {
  let left = items.map((Item) => ({ PutRequest: { Item } }));
  for (let tries = 0; left.length > 0; tries += 1) {
    if (tries === MOST_TRIES) throw new Error(`${table}: ${left.length} items were refused ${MOST_TRIES} times`);
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
    left = (answer.UnprocessedItems?.[table] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item === undefined ? [] : [{ PutRequest: { Item: PutRequest.Item } }],
    );
  }
};

/** Gives how many items were copied. */
export const copyTable = async (client: DynamoDBClient, from: string, to: string): Promise<number> => {
  let copied = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName: from, ConsistentRead: true })) {
    for (let at = 0; at < Items.length; at += 25) await write(client, to, Items.slice(at, at + 25));
    copied += Items.length;
  }
  return copied;
};

if (import.meta.main) {
  const [from, to] = process.argv.slice(2);
  if (from === undefined || to === undefined || from === to) {
    throw new Error("expected two tables: npx node docs/deploy/copy-table.ts FROM TO");
  }
  console.log(`${await copyTable(new DynamoDBClient({}), from, to)} items copied from ${from} to ${to}`);
}

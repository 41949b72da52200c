import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoDbLedger } from "../lambdas/shared/adapters/dynamodb-ledger.ts";
import { dynamoDbPollLog } from "../lambdas/shared/adapters/dynamodb-poll-log.ts";
import type { Cloud } from "./emulators/cloud.ts";

const MANY = 100_000;
const FAR = Number.MAX_SAFE_INTEGER;

/** Looks into the ledger of a running sandbox, with the same adapter that the functions use. */
export const watchLedger = (cloud: Cloud) => {
  const { region, credentials, endpoints, tableNames } = cloud;
  const [tableName] = Object.values(tableNames);
  if (tableName === undefined) throw new Error("the template has no table");
  const client = new DynamoDBClient({ region, credentials, endpoint: endpoints.dynamodb });
  const ledger = dynamoDbLedger({ client, tableName, retentionDays: 35 });
  const pollLog = dynamoDbPollLog({ client, tableName });
  return {
    ledger,
    /** When the last run that read Ensono's queue to its end had begun. */
    emptiedFrom: () => pollLog.emptiedFrom(),
    /** How many lanes have work waiting, now or later. */
    unfinished: async (): Promise<number> => {
      const sides = await Promise.all([ledger.due("ensono", FAR, MANY), ledger.due("client", FAR, MANY)]);
      return sides.flat().length;
    },
    /** The lanes that are held, with the reason. */
    held: async (): Promise<{ lane: string; reason: string }[]> => {
      const lanes = await ledger.held(MANY);
      const heads = await Promise.all(lanes.map(({ lane }) => ledger.headOf(lane)));
      return heads.flatMap((head) =>
        head?.held === undefined ? [] : [{ lane: head.lane, reason: `${head.held.code}: ${head.held.reason}` }],
      );
    },
  };
};

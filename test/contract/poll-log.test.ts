import { dynamoDbPollLog } from "../../lambdas/shared/adapters/dynamodb-poll-log.ts";
import { onEachDynamoDb } from "../support/dynamodb.ts";
import { inMemoryPollLog } from "../support/fakes/in-memory-poll-log.ts";
import { pollLogContract } from "./poll-log.contract.ts";

pollLogContract("the fake", async () => inMemoryPollLog());

onEachDynamoDb((engine, newTable) => {
  pollLogContract(engine, async () => dynamoDbPollLog(await newTable()));
});

import { dynamoDbBreaker } from "../../lambdas/shared/adapters/dynamodb-breaker.ts";
import { onEachDynamoDb } from "../support/dynamodb.ts";
import { inMemoryBreaker } from "../support/fakes/in-memory-breaker.ts";
import { breakerContract, breakerOptions } from "./breaker.contract.ts";

breakerContract("the fake", async () => inMemoryBreaker(breakerOptions));

onEachDynamoDb((engine, newTable) => {
  breakerContract(engine, async () => dynamoDbBreaker({ ...(await newTable()), ...breakerOptions }));
});

import { dynamoDbAudit } from "../../bin/operator/adapters/dynamodb-audit.ts";
import { dynamoDbInspection } from "../../bin/operator/adapters/dynamodb-inspection.ts";
import { dynamoDbLinks } from "../../bin/operator/adapters/dynamodb-links.ts";
import { dynamoDbLedger } from "../../lambdas/shared/adapters/dynamodb-ledger.ts";
import { dynamoDbTransfers } from "../../lambdas/shared/adapters/dynamodb-transfers.ts";
import { onEachDynamoDb } from "../support/dynamodb.ts";
import { inMemoryLedger } from "../support/fakes/in-memory-ledger.ts";
import { inMemoryOperator } from "../support/fakes/in-memory-operator.ts";
import { inMemoryTransfers } from "../support/fakes/in-memory-transfers.ts";
import { RETENTION_DAYS } from "./ledger-under-contract.ts";
import { operatorContract } from "./operator.contract.ts";

operatorContract("the fakes", async () => {
  const ledger = inMemoryLedger({ retentionDays: RETENTION_DAYS });
  const transfers = inMemoryTransfers();
  return { ledger, transfers, ...inMemoryOperator(ledger, transfers) };
});

onEachDynamoDb((engine, newTable) => {
  operatorContract(engine, async () => {
    const table = await newTable();
    return {
      ledger: dynamoDbLedger({ ...table, retentionDays: RETENTION_DAYS }),
      transfers: dynamoDbTransfers({ ...table, retentionDays: RETENTION_DAYS }),
      inspection: dynamoDbInspection(table),
      links: dynamoDbLinks(table),
      audit: dynamoDbAudit(table),
    };
  });
});

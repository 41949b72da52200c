import { dynamoDbPollLog } from "../../shared/adapters/dynamodb-poll-log.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { wakeUpBatch } from "../../shared/runtime/wake-up-batch.ts";
import { ensonoApi, fileTransfers, laneWalking, transferWakeUps } from "../../shared/wiring.ts";
import type { Env } from "./env.ts";
import { forwardEvents } from "./forward-events.ts";

export const createHandler = (env: Env, aws: AwsClients, config: BridgeConfig) => {
  const told = telemetry();
  const { workInProgressWord } = config.ensono;
  const deps = {
    ...laneWalking(env, aws, told),
    ensono: ensonoApi(env, aws, { workInProgressWord }),
    transfers: fileTransfers(env, aws),
    transferWakeUps: transferWakeUps(env, aws),
    pollLog: dynamoDbPollLog({ client: aws.dynamoDb, tableName: env.TABLE_NAME }),
    config,
    environment: env.ENSONO_ENVIRONMENT,
  };
  return wakeUpBatch((lane, timeLeft) => forwardEvents(lane, { ...deps, timeLeft }), told);
};

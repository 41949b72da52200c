import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Env as SweeperEnv } from "../lambdas/upkeep/sweeper/env.ts";
import { BridgeFunction } from "./constructs/bridge-function.ts";
import {
  type FlowProps,
  fetchQueueEnvironment,
  ledgerEnvironment,
  retryEnvironment,
  sendQueueEnvironment,
  wakeToClientEnvironment,
  wakeToEnsonoEnvironment,
} from "./function-environment.ts";

/** What keeps the flows going: the sweeper, the only retry clock there is. */
export class Upkeep extends Construct {
  constructor(scope: Construct, id: string, props: FlowProps) {
    super(scope, id);
    const { stage, storage, wakeUps, transfers } = props;
    const sweeper = new BridgeFunction<SweeperEnv>(this, "Sweeper", {
      folder: "upkeep/sweeper",
      description: "Wakes the lanes and files whose time has come",
      timeout: Duration.seconds(55),
      stage,
      key: storage.key,
      environment: {
        ...ledgerEnvironment(props),
        ...retryEnvironment(props),
        ...wakeToClientEnvironment(props),
        ...wakeToEnsonoEnvironment(props),
        ...fetchQueueEnvironment(props),
        ...sendQueueEnvironment(props),
      },
    });
    storage.grantLedger(sweeper, "GetItem", "Query");
    storage.grantAttention(sweeper);
    wakeUps.toClient.grantSending(sweeper);
    wakeUps.toEnsono.grantSending(sweeper);
    transfers.fetch.grantSending(sweeper);
    transfers.send.grantSending(sweeper);
    sweeper.runEvery(Duration.minutes(1));
  }
}

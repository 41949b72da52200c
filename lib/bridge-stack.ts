import { type App, CfnOutput, Stack, Tags } from "aws-cdk-lib";
import { BridgeStorage } from "./bridge-storage.ts";
import { ClientToEnsonoFlow } from "./client-to-ensono-flow.ts";
import { BridgeFunction } from "./constructs/bridge-function.ts";
import { TransferQueue } from "./constructs/transfer-queue.ts";
import { WakeUpQueue } from "./constructs/wake-up-queue.ts";
import { EnsonoToClientFlow } from "./ensono-to-client-flow.ts";
import { EntryEvents } from "./entry-events.ts";
import { FunctionNetwork } from "./function-network.ts";
import { FunctionTraces } from "./function-traces.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import type { Stage } from "./stage.ts";
import { Upkeep } from "./upkeep.ts";

/** All of one stage: the storage, the two flows and what keeps them going. */
export class BridgeStack extends Stack {
  constructor(app: App, stage: Stage) {
    super(app, `EnvisionBridge-${stage.name}`, {
      description: `Envision Bridge (${stage.name}): keeps the client's tickets and Ensono's in step`,
      terminationProtection: stage.isProduction,
    });
    Tags.of(this).add("application", "envision-bridge");
    Tags.of(this).add("stage", stage.name);

    const storage = new BridgeStorage(this, "Storage", { stage });
    const wakeUps = {
      toClient: new WakeUpQueue(this, "WakeToClient", { key: storage.key }),
      toEnsono: new WakeUpQueue(this, "WakeToEnsono", { key: storage.key }),
    };
    const transfers = {
      fetch: new TransferQueue(this, "FilesToFetch", { key: storage.key }),
      send: new TransferQueue(this, "FilesToSend", { key: storage.key }),
    };
    const shared = { stage, storage, wakeUps, transfers };
    new EnsonoToClientFlow(this, "EnsonoToClient", shared);
    const { apiUrl } = new ClientToEnsonoFlow(this, "ClientToEnsono", shared);
    new Upkeep(this, "Upkeep", shared);
    if (stage.config.events.enabled) new EntryEvents(this, "Events", shared);
    new Monitoring(this, "Monitoring", { stage, storage });

    const functions = this.node.findAll().filter((one) => one instanceof BridgeFunction);
    const { network, tracing } = stage.settings;
    if (network.vpc) new FunctionNetwork(this, "Network", { stage, vpc: network.vpc, key: storage.key, functions });
    if (tracing) new FunctionTraces(this, "Traces", functions);

    new CfnOutput(this, "ApiUrl", { value: apiUrl, description: "The bridge's API for your ITSM tool" });
    new CfnOutput(this, "TableName", { value: storage.table.tableName, description: "The ledger" });
    for (const [name, secret] of Object.entries(storage.secrets)) {
      new CfnOutput(this, name, { value: secret.secretArn, description: "For aws secretsmanager --secret-id" });
    }
  }
}

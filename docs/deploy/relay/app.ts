import { App } from "aws-cdk-lib";
import cdkJson from "../../../cdk.json" with { type: "json" };
import relays from "./relay.config.ts";
import { RelayStack } from "./relay-stack.ts";
import { toolOptionsSchema } from "./tools/tools.ts";

/** `npx cdk deploy --app "node docs/deploy/relay/app.ts" EnvisionBridgeRelay-<stage>`: a relay for each stage of relay.config.ts. */
const app = new App({ analyticsReporting: false, context: cdkJson.context });
for (const [stage, options] of Object.entries(relays)) new RelayStack(app, stage, toolOptionsSchema.parse(options));
app.synth();

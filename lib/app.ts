import { App } from "aws-cdk-lib";
import cdkJson from "../cdk.json" with { type: "json" };
import { type BridgeConfig, ConfigurationError } from "../lambdas/shared/domain/config.ts";
import { BridgeStack } from "./bridge-stack.ts";
import { type Stage, stageNamed } from "./stage.ts";

/**
 * The CDK app: one stack a stage, `EnvisionBridge-<stage>`. Stages are those given, else the one of the context
 * (`-c stage=dev`), else all of the configuration. The flags of cdk.json count without the CDK's command line as well,
 * so that whoever synthesises gets the stack that `cdk deploy` deploys.
 *
 * @throws ConfigurationError when the configuration does not have such a stage.
 */
export const bridgeApp = (options: {
  config: BridgeConfig;
  stages?: readonly string[];
  outdir?: string;
  context?: Readonly<Record<string, unknown>>;
}): App => {
  const app = new App({
    analyticsReporting: false,
    context: { ...cdkJson.context, ...options.context },
    ...(options.outdir !== undefined && { outdir: options.outdir }),
  });
  const stageOfContext: unknown = app.node.tryGetContext("stage");
  const chosen = stageOfContext === undefined ? Object.keys(options.config.stages) : [String(stageOfContext)];
  for (const name of options.stages ?? chosen) new BridgeStack(app, requireStage(options.config, name));
  return app;
};

const requireStage = (config: BridgeConfig, name: string): Stage => {
  const stage = stageNamed(config, name);
  if (stage) return stage;
  const known = Object.keys(config.stages).join(", ");
  throw new ConfigurationError(`stage: expected one of the stages of bridge.config.ts (${known}), got "${name}"`);
};

import { RemovalPolicy } from "aws-cdk-lib";
import type { BridgeConfig } from "../lambdas/shared/domain/config.ts";

/** One stage of the configuration: what one stack is built from. */
export interface Stage {
  readonly name: string;
  readonly config: BridgeConfig;
  readonly settings: BridgeConfig["stages"][string];
  /** True when it talks to Ensono's production: the stack resists deletion, and its data outlives it. */
  readonly isProduction: boolean;
  readonly removalPolicy: RemovalPolicy;
}

export const stageNamed = (config: BridgeConfig, name: string): Stage | undefined => {
  const settings = config.stages[name];
  if (!settings) return undefined;
  const isProduction = settings.environment === "prod";
  const removalPolicy = isProduction ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  return { name, config, settings, isProduction, removalPolicy };
};

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BridgeConfig } from "../lambdas/shared/domain/config.ts";
import { bridgeApp } from "../lib/app.ts";

export interface Synthesised {
  readonly template: unknown;
  readonly assetDirectory: string;
}

/** Synthesises one stage, as `cdk synth` does, and gives its template and where its bundles lie. */
export const synthesise = (config: BridgeConfig, stage: string, outdir: string): Synthesised => {
  const assembly = bridgeApp({ config, stages: [stage], outdir }).synth();
  const [stack] = assembly.stacks;
  if (stack === undefined) throw new Error(`the stage ${stage} has no stack`);
  return { template: JSON.parse(readFileSync(join(outdir, stack.templateFile), "utf8")), assetDirectory: outdir };
};

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../lambdas/shared/domain/config.ts";
import { bridgeApp } from "../../lib/app.ts";
import { configWith } from "./synthesised.ts";

const root = join(import.meta.dirname, "..", "..");
const config = configWith();
const stacksOf = (options: { stages?: string[]; context?: Record<string, unknown> }) =>
  bridgeApp({ config, ...options, context: { "aws:cdk:bundling-stacks": [], ...options.context } })
    .node.children.filter(Stack.isStack)
    .map(({ stackName }) => stackName);

describe("stages", () => {
  it("become a stack each", () => {
    expect(stacksOf({})).toEqual(["EnvisionBridge-dev", "EnvisionBridge-live"]);
  });

  it("can be chosen by the context or by the caller", () => {
    expect(stacksOf({ context: { stage: "live" } })).toEqual(["EnvisionBridge-live"]);
    expect(stacksOf({ stages: ["dev"] })).toEqual(["EnvisionBridge-dev"]);
  });

  it("must be in the configuration", () => {
    const unknown = () => stacksOf({ context: { stage: "test" } });
    expect(unknown).toThrow(ConfigurationError);
    expect(unknown).toThrow('expected one of the stages of bridge.config.ts (dev, live), got "test"');
  });

  it("need no account or region to be synthesised", () => {
    const app = bridgeApp({ config, stages: ["dev"], context: { "aws:cdk:bundling-stacks": [] } });
    expect(app.synth().manifest.missing ?? []).toEqual([]);
  });
});

describe("command line", () => {
  /** Runs the CDK app as the CDK's command line does; with `configuration` in the place of bridge.config.ts. */
  const run = (options: { context?: object; configuration?: string }) => {
    const hooks = `import { registerHooks } from "node:module";
      registerHooks({
        load: (url, context, next) =>
          url.endsWith("/bridge.config.ts")
            ? { format: "module", source: ${JSON.stringify(options.configuration)}, shortCircuit: true }
            : next(url, context),
      });`;
    const imported = options.configuration ? ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`] : [];
    return spawnSync(process.execPath, [...imported, join(root, "bin", "envision-bridge.ts")], {
      encoding: "utf8",
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(options.context ?? {}) },
    });
  };

  it("names the stages there are when it is given another one", () => {
    const { status, stderr } = run({ context: { stage: "nowhere" } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^stage: expected one of the stages of bridge\.config\.ts \(.+\), got "nowhere"\n$/);
  });

  it("tells what is wrong with the configuration, a line a field, without a stack trace", () => {
    const configuration = `
      import { defineBridge } from "./lambdas/shared/domain/config.ts";
      export default defineBridge({ ensono: { origin: "http://ensono.example" } });`;
    const { status, stderr } = run({ configuration });
    expect(status).toBe(1);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toContain("bridge.config.ts: ensono.origin: expected an https:// address");
    for (const line of lines) expect(line).toMatch(/^bridge\.config\.ts: \S+: /);
  });
});

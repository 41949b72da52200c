import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type App, Stack } from "aws-cdk-lib";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, it } from "vitest";
import bridge from "../../bridge.config.ts";
import { type AcceptedFinding, acceptedFindings } from "../../lib/accepted-findings.ts";
import { bridgeApp } from "../../lib/app.ts";
import { acceptFindings, withChecks } from "../../lib/checks.ts";
import { variants } from "./variants.ts";

const unbundled = { "aws:cdk:bundling-stacks": [] };
const appOf = (name: string): App => {
  const { stage, config } = variants[name] ?? {};
  if (stage === undefined || config === undefined) throw new Error(`there is no variant "${name}"`);
  return bridgeApp({ config, stages: [stage], context: unbundled });
};
const stackOf = (app: App): Stack => {
  const stack = app.node.children.find(Stack.isStack);
  if (stack === undefined) throw new Error("the app has no stack");
  return stack;
};

describe("the rules of AWS Solutions", () => {
  const needed = new Set<AcceptedFinding>();

  it.each(Object.keys(variants))("find nothing, but for what is accepted: %s", (name) => {
    const found = acceptFindings(appOf(name));
    expect(found.open).toEqual([]);
    for (const entry of found.needed) needed.add(entry);
  });

  it("need every entry of what is accepted", () => {
    const unneeded = acceptedFindings.filter((entry) => !needed.has(entry));
    expect(unneeded.map(({ finding, at }) => `${finding} at ${at}`)).toEqual([]);
  });

  it("find nothing in the stages of the configuration as it stands", () => {
    expect(() => withChecks(bridgeApp({ config: bridge, context: unbundled })).synth()).not.toThrow();
  });

  it("fail the synthesis on anything else", () => {
    const app = appOf("production");
    new Queue(stackOf(app), "Careless");
    expect(() => withChecks(app).synth()).toThrow(/AwsSolutions-SQS4/);
  });

  it("fail the synthesis on something else at a resource of which a finding is accepted", () => {
    const app = appOf("production");
    const files = stackOf(app)
      .node.findAll()
      .find((construct) => construct instanceof Bucket);
    files?.policy?.node.tryRemoveChild("Resource");
    expect(() => withChecks(app).synth()).toThrow(/AwsSolutions-S10/);
  });

  it("fail the synthesis on a finding that is accepted elsewhere only", () => {
    const app = appOf("production");
    new Bucket(stackOf(app), "Storage2", { enforceSSL: true });
    expect(() => withChecks(app).synth()).toThrow(/AwsSolutions-S1\b/);
  });
});

describe("what is accepted", () => {
  it("has a reason in words, and names one finding and its resources from their beginning to their end", () => {
    for (const { finding, at, reason } of acceptedFindings) {
      expect(reason).toMatch(/^[A-Z].{40,}\.$/);
      for (const { source } of [finding, at]) expect(source).toMatch(/^\^[^^]+\$$/);
    }
  });

  it("stands in the template, at its resource", () => {
    const app = withChecks(appOf("production"));
    const { Resources } = app.synth().getStackByName("EnvisionBridge-live").template;
    const [bucket] = Object.values<{ Type: string; Metadata?: object }>(Resources).filter(
      ({ Type }) => Type === "AWS::S3::Bucket",
    );
    expect(bucket?.Metadata).toMatchObject({
      cdk_nag: { rules_to_suppress: [{ id: "AwsSolutions-S1", reason: expect.stringContaining("journal") }] },
    });
  });
});

it("the CDK app checks what it synthesises", () => {
  const root = join(import.meta.dirname, "..", "..");
  // A finding out of the blue: nothing is accepted any more.
  const hooks = `import { registerHooks } from "node:module";
    registerHooks({
      load: (url, context, next) =>
        url.endsWith("/accepted-findings.ts")
          ? { format: "module", source: "export const acceptedFindings = [];", shortCircuit: true }
          : next(url, context),
    });`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`, join(root, "bin", "envision-bridge.ts")],
    {
      encoding: "utf8",
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ ...unbundled, stage: "prod" }) },
    },
  );
  expect(status).not.toBe(0);
  expect(stderr).toContain("AwsSolutions-SMG4");
});

import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { expect, it } from "vitest";
import { RelayStack } from "../../docs/deploy/relay/relay-stack.ts";
import { toolOptionsSchema } from "../../docs/deploy/relay/tools/tools.ts";
import { pageNamed } from "../support/deploy-guide.ts";
import { environmentOf, resourcesOf, rightsOf } from "./synthesised.ts";

const options = toolOptionsSchema.parse({ tool: "zendesk", url: "https://acme.zendesk.com/" });
const app = new App({ context: { "aws:cdk:bundling-stacks": [] } });
const template = Template.fromStack(new RelayStack(app, "dev", options));
const [relay] = resourcesOf(template, "AWS::Lambda::Function");
if (relay === undefined) throw new Error("the relay has no function");

it("has the output and the secrets that its page names", () => {
  const { text } = pageNamed("relay");
  expect(Object.keys(template.findOutputs("*"))).toContain("RelayUrl");
  for (const { Properties } of resourcesOf(template, "AWS::SecretsManager::Secret")) {
    expect(text).toContain(`--secret-id ${String(Properties.Name)}`);
  }
});

it("answers within the 20 s that the bridge waits, and never runs beside its own second try after 30 s", () => {
  expect(relay.Properties.Timeout).toBeLessThan(20);
});

it("knows its tool, and no key: those are secrets", () => {
  const { TOOL = "", ...others } = environmentOf(template, relay);
  expect(toolOptionsSchema.parse(JSON.parse(TOOL))).toEqual(options);
  expect(Object.keys(others).toSorted()).toEqual(["TABLE_NAME", "TOOL_KEY_SECRET_ID", "WEBHOOK_SECRET_ID"]);
});

it("may touch its table's items and read its two secrets, and nothing else", () => {
  const actions = rightsOf(template, relay).flatMap(({ Action }) => Action);
  expect(
    actions.filter((action) => !/^(?:dynamodb:(?:Get|Put|Delete)Item|secretsmanager:\w+|logs:\w+)$/.test(action)),
  ).toEqual([]);
  expect(actions.filter((action) => action.startsWith("secretsmanager:")).toSorted()).toEqual(
    expect.arrayContaining(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]),
  );
});

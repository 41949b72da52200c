import { describe, expect, it } from "vitest";
import bridge from "../../../bridge.config.ts";
import { type BridgeConfigInput, ConfigurationError, defineBridge } from "../../../lambdas/shared/domain/config.ts";

/** The default configuration with one setting changed, by its path. */
const withSetting = (path: string, value: unknown): BridgeConfigInput => {
  const set = (part: unknown, [name = "", ...rest]: string[]): unknown => ({
    ...Object(part),
    [name]: rest.length === 0 ? value : set(Object(part)[name], rest),
  });
  return set(bridge, path.split(".")) as BridgeConfigInput;
};

it("the default configuration is valid, and completed", () => {
  expect(bridge).toMatchObject({
    ensono: { workInProgressWord: "workingprogress" },
    client: { lateNumberHours: 24 },
    retry: { firstSeconds: 60, longestSeconds: 1800, giveUpDays: 14, breakerFailures: 5, probeSeconds: 60 },
  });
});

it("[Q1] [E13] what is left out has the guide's values: the queue is read each minute, retries go on for 14 days", () => {
  const { polling: _, retry: __, ...rest } = bridge;
  expect(defineBridge(rest)).toMatchObject({
    polling: { everySeconds: 60 },
    retry: { firstSeconds: 60, longestSeconds: 1800, giveUpDays: 14 },
  });
});

describe("a fault is told by its field and what was expected", () => {
  it.each([
    ["[E1]", "ensono.clientStack", "TestClient57", "lower-case"],
    ["[E1]", "stages.dev.environment", "test", '"dev", "echo", "cert" or "prod"'],
    ["[E2]", "ensono.origin", "http://smconnect.ensono.com", "https://"],
    ["[E2]", "stages.prod.clientWebhookUrl", "itsm.example.com", "https://"],
    ["[E9]", "mappings.toEnsono.priority.otherwise", "5", '"4"'],
    ["[I6]", "mappings.toEnsono.ticketType.values.Problem", "problem", '"Request"'],
    ["[I6] [C1]", "mappings.toEnsono.ticketType.otherwise", "Change", '"Incident" or "Request"'],
    ["[E10]", "mappings.toEnsono.status.values.New", "new", "workingprogress"],
    ["[E10]", "mappings.toClient.status.closed", undefined, "string"],
    ["[E13]", "retry.firstSeconds", 10, "60 to 120"],
    ["[R2]", "retry.probeSeconds", 10, "one probe a minute"],
    ["[Q1]", "polling.everySeconds", 45, "30, 60, 120"],
    ["[Q5]", "retentionDays", 7, "at least 14"],
    ["[T9]", "policies.timeZone", "Mars/Olympus", "IANA"],
    ["[I2]", "policies.scope.toEnsono", "all", "a function"],
    ["[I12]", "client.authentication", "basic", "bearer"],
    ["[L2]", "alarmEmail", "nobody", "e-mail"],
    ["[L2]", "alarms.webhookUrl", "http://chat.example/hook", "https://"],
    ["[L2]", "alarms.topicArns", ["on-call"], "the ARN of an SNS topic"],
    ["[L2]", "alarms.pagerTopicArns", ["arn:aws:sqs:eu-west-1:123456789012:on-call"], "the ARN of an SNS topic"],
    ["", "stages", {}, "at least one stage"],
  ])("%s %s", (_, path, value, expected) => {
    expect(() => defineBridge(withSetting(path, value))).toThrow(ConfigurationError);
    expect(() => defineBridge(withSetting(path, value))).toThrow(`bridge.config.ts: ${path}`);
    expect(() => defineBridge(withSetting(path, value))).toThrow(expected);
  });

  it("a misspelt setting is named", () => {
    expect(() => defineBridge(withSetting("client.bridgeActor", ["x"]))).toThrow(/client: .*bridgeActor/);
  });

  it("[R1] searching needs an address to search at, on every stage", () => {
    expect(() => defineBridge(withSetting("client.offers", "search"))).toThrow(
      /stages\.dev\.clientSearchUrl.*\n.*stages\.echo/,
    );
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  type MetricKey,
  metricNames,
  type Publisher,
  publishersOf,
} from "../../lambdas/shared/runtime/metric-names.ts";
import { readTemplate } from "../../sandbox/emulators/template.ts";
import { alarmsOf } from "./alarms-of.ts";
import {
  bridgeFunctions,
  configWith,
  environmentOf,
  functionNamed,
  referenced,
  resourcesOf,
  statementsOf,
  templateOf,
} from "./synthesised.ts";

const dev = templateOf("dev");
const alarms = alarmsOf(dev);
const names = Object.keys(alarms);
const [topic] = resourcesOf(dev, "AWS::SNS::Topic");
const [bridgeDown] = resourcesOf(dev, "AWS::CloudWatch::CompositeAlarm");
const alarm = (name: string) => {
  const found = alarms[name];
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
};

describe("the guide's two alarms", () => {
  it.each(["client", "ensono"])("[L2] more than 10 waiting for 30 minutes, towards %s", (side) => {
    const { comparison, threshold, periods, periodsToAlarm, periodSeconds } = alarm(`waiting-to-${side}`);
    expect({ comparison, threshold }).toEqual({ comparison: "GreaterThanThreshold", threshold: 10 });
    expect(periodsToAlarm).toBe(periods);
    expect(periods * periodSeconds).toBe(30 * 60);
  });

  it.each(["client", "ensono"])("[L2] the oldest waits for more than an hour, towards %s", (side) => {
    expect(alarm(`oldest-to-${side}`)).toMatchObject({ comparison: "GreaterThanThreshold", threshold: 3600 });
  });
});

describe.each(names)("%s", (name) => {
  const of = alarm(name);

  it("[L2] says what happened, what that means, how urgent it is, and where to read on", () => {
    expect(of.description).toMatch(
      new RegExp(`^[A-Z].{20,}\\. Impact: [A-Z].{20,}\\. Severity: (page|warn)\\. Runbook: docs/runbook\\.md#${name}$`),
    );
    expect(of.description.length).toBeLessThanOrEqual(1024);
  });

  it("[L2] tells when it fires and when it clears", () => {
    expect(of.alarmActions).toEqual([topic?.id]);
    expect(of.okActions).toEqual([topic?.id]);
  });

  it("has no more metrics than an alarm may have, all of one period", () => {
    const metrics = Object.values(of.metrics);
    expect(metrics.length).toBeLessThan(10);
    for (const { periodSeconds } of metrics) expect(periodSeconds).toBe(of.periodSeconds);
    expect(of.periodsToAlarm).toBeLessThanOrEqual(of.periods);
    expect(of.periods * of.periodSeconds, "CloudWatch looks back a day").toBeLessThanOrEqual(86_400);
  });

  it("counts what nobody tells as intended", () => {
    const heartbeats = ["queue-not-read", "sweeper-stands-still"];
    const isGauge = Object.values(of.metrics).some(({ dimensions }) => dimensions.service === "sweeper");
    const intended = heartbeats.includes(name) ? "breaching" : isGauge ? "ignore" : "notBreaching";
    expect(of.missingData).toBe(intended);
  });
});

it("no two alarms share a name, which CloudWatch would take for one", () => {
  const all = [...Object.values(alarms), ...Object.values(alarmsOf(templateOf("live")))].map(({ name }) => name);
  expect(new Set(all).size).toBe(all.length);
  expect(resourcesOf(dev, "AWS::CloudWatch::Alarm")).toHaveLength(names.length);
});

describe("metrics of the bridge's own", () => {
  const keys = Object.keys(metricNames).filter((key): key is MetricKey => key in metricNames);
  const keyOf = (name: string): MetricKey | undefined => keys.find((key) => metricNames[key] === name);
  const watched = names.flatMap((name) =>
    Object.values(alarm(name).metrics)
      .filter(({ namespace }) => !namespace.startsWith("AWS/"))
      .map((metric) => ({ alarm: name, ...metric })),
  );

  it.each(watched)("$alarm watches $name as it is published", ({ namespace, name, dimensions }) => {
    const key = keyOf(name);
    if (key === undefined) throw new Error(`${name} is in no list of names`);
    const publisher = publishersOf(key).find((one) => (dimensions.service ?? "logs") === one);
    if (publisher === undefined) throw new Error(`${name} is not published by ${dimensions.service}`);
    if (publisher === "logs") {
      expect(
        resourcesOf(dev, "AWS::Logs::MetricFilter").map(({ Properties }) => Properties.MetricTransformations),
      ).toContainEqual([{ MetricNamespace: namespace, MetricName: name, MetricValue: "1" }]);
    } else {
      expect(environmentOf(dev, functionNamed(dev, publisher))).toMatchObject({
        POWERTOOLS_METRICS_NAMESPACE: namespace,
        POWERTOOLS_SERVICE_NAME: publisher,
      });
    }
  });

  it.each(keys)("%s is published by whom it says", (key) => {
    for (const publisher of publishersOf(key)) {
      if (publisher !== "logs") expect(sourceOf(publisher)).toMatch(new RegExp(`metricNames\\.${key}\\b|\\b${key}:`));
    }
  });

  it("are all to be seen, in an alarm or on the dashboard", () => {
    const [dashboard] = resourcesOf(dev, "AWS::CloudWatch::Dashboard");
    const seen = JSON.stringify(dashboard?.Properties) + JSON.stringify(watched);
    expect(keys.map((key) => metricNames[key]).filter((name) => !seen.includes(name))).toEqual([]);
  });

  it("errors are counted in the logs of every function", () => {
    const filters = resourcesOf(dev, "AWS::Logs::MetricFilter").map(({ Properties }) => Properties);
    const groups = bridgeFunctions(dev).map((fn) => Object(fn.Properties.LoggingConfig).LogGroup);
    expect(filters.map(({ LogGroupName }) => LogGroupName)).toEqual(expect.arrayContaining(groups));
    for (const { FilterPattern } of filters) expect(FilterPattern).toBe('{ $.level = "ERROR" }');
  });
});

describe("what AWS measures", () => {
  const functions = bridgeFunctions(dev).map(({ id }) => id);
  const watchedBy = (name: string, dimension: string) =>
    Object.values(alarm(name).metrics).map(({ dimensions }) => dimensions[dimension]);

  it.each(["function-errors", "function-throttles", "function-time-outs"])("%s watches every function", (name) => {
    expect(watchedBy(name, "FunctionName").sort()).toEqual(functions.sort());
  });

  it("dead-letters watches every queue of dead letters", () => {
    const queues = resourcesOf(dev, "AWS::SQS::Queue").flatMap(({ Properties }) =>
      Properties.RedrivePolicy === undefined
        ? []
        : [referenced(dev, Object(Properties.RedrivePolicy).deadLetterTargetArn).id],
    );
    expect(queues).not.toEqual([]);
    expect(watchedBy("dead-letters", "QueueName").sort()).toEqual(queues.sort());
  });

  it("the API has a name that no other stage's has, because its metrics go by it", () => {
    const [api] = resourcesOf(dev, "AWS::ApiGateway::RestApi");
    expect(api?.Properties.Name).toBe("EnvisionBridge-dev");
    expect(watchedBy("api-failing", "ApiName")).toContain("EnvisionBridge-dev");
  });
});

describe("signs of life", () => {
  const minutesOf = (everySeconds: 30 | 60 | 180 | 300) =>
    alarmsOf(templateOf("dev", configWith({ polling: { everySeconds } })))["queue-not-read"]?.periods;

  it("[L2] are missed after three ticks of the poller, five minutes at the least", () => {
    expect([minutesOf(30), minutesOf(60), minutesOf(180), minutesOf(300)]).toEqual([5, 5, 9, 15]);
  });
});

describe("whom alarms tell", () => {
  const arn = (name: string) => `arn:aws:sns:eu-west-1:123456789012:${name}`;
  const told = templateOf(
    "dev",
    configWith({
      alarms: {
        topicArns: [arn("everything")],
        pagerTopicArns: [arn("on-call")],
        webhookUrl: "https://chat.example/hook",
        runbookUrl: "https://wiki.example/bridge",
      },
    }),
  );

  it("[L2] the e-mail address of the configuration, over TLS only", () => {
    expect(resourcesOf(dev, "AWS::SNS::Subscription").map(({ Properties }) => Properties)).toMatchObject([
      { Protocol: "email", Endpoint: "alarms@acme.example" },
    ]);
    const [policy] = resourcesOf(dev, "AWS::SNS::TopicPolicy");
    expect(statementsOf(policy?.Properties.PolicyDocument)).toContainEqual(
      expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    );
  });

  it("[L2] CloudWatch may publish, and use the key for it, for alarms of this stack only", () => {
    const [policy] = resourcesOf(dev, "AWS::SNS::TopicPolicy");
    const key = referenced(dev, topic?.Properties.KmsMasterKeyId);
    expect(key.Properties.EnableKeyRotation).toBe(true);
    const byAlarms = (document: unknown) =>
      statementsOf(document).filter(({ Condition }) =>
        JSON.stringify(Condition ?? {}).includes(":alarm:EnvisionBridge-dev-*"),
      );
    expect(byAlarms(policy?.Properties.PolicyDocument)).toMatchObject([{ Effect: "Allow", Action: ["sns:Publish"] }]);
    expect(byAlarms(key.Properties.KeyPolicy)).toMatchObject([
      { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey*"] },
    ]);
    for (const document of [policy?.Properties.PolicyDocument, key.Properties.KeyPolicy]) {
      const [statement] = byAlarms(document);
      expect(JSON.stringify(document)).toContain('"Principal":{"Service":"cloudwatch.amazonaws.com"}');
      expect(statement?.Condition).toMatchObject({ StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } });
    }
  });

  it("[L2] the topic has a key to itself: CloudWatch can use no other", () => {
    const open = resourcesOf(dev, "AWS::KMS::Key").filter(({ Properties }) =>
      JSON.stringify(Properties.KeyPolicy).includes("cloudwatch.amazonaws.com"),
    );
    expect(open.map(({ id }) => id)).toEqual([referenced(dev, topic?.Properties.KmsMasterKeyId).id]);
    const others = resourcesOf(dev, "AWS::DynamoDB::Table").map(({ Properties }) => Properties.SSESpecification);
    expect(JSON.stringify(others)).not.toContain(open[0]?.id);
  });

  it("an address of the configuration's by HTTPS", () => {
    expect(resourcesOf(told, "AWS::SNS::Subscription").map(({ Properties }) => Properties)).toContainEqual(
      expect.objectContaining({ Protocol: "https", Endpoint: "https://chat.example/hook" }),
    );
  });

  it("topics of the configuration: all alarms, or those for which somebody has to get up", () => {
    const calling = (name: string) =>
      Object.entries(alarmsOf(told))
        .filter(([, { alarmActions }]) => alarmActions.includes(arn(name)))
        .map(([one]) => one);
    expect(calling("everything")).toEqual(names);
    const [composite] = resourcesOf(told, "AWS::CloudWatch::CompositeAlarm");
    expect(composite?.Properties.AlarmActions).toContain(arn("on-call"));
    const rule = JSON.stringify(composite?.Properties.AlarmRule);
    const pages = names.filter((name) => alarm(name).description.includes("Severity: page"));
    const parts = pages.filter((name) => rule.includes(idOf(name)));
    expect(calling("on-call")).toEqual(pages.filter((name) => !parts.includes(name)));
    expect(parts).not.toEqual([]);
  });

  it("where their runbook is", () => {
    expect(alarmsOf(told)["tickets-held"]?.description).toMatch(
      /Runbook: https:\/\/wiki\.example\/bridge#tickets-held$/,
    );
  });
});

describe("bridge-down", () => {
  it("[L2] is one alarm that says that the bridge does not do its work", () => {
    expect(bridgeDown?.Properties).toMatchObject({
      AlarmName: "EnvisionBridge-dev-bridge-down",
      AlarmActions: [{ Ref: topic?.id }],
      OKActions: [{ Ref: topic?.id }],
    });
    expect(bridgeDown?.Properties.AlarmDescription).toMatch(/Severity: page\. Runbook: docs\/runbook\.md#bridge-down$/);
  });

  it("[L2] takes a full backlog for the client's own outage, or a pause, as long as that lasts", () => {
    const rule = ruleText(bridgeDown?.Properties.AlarmRule);
    expect(rule).toContain(
      "((ALARM(waiting-to-client) AND (NOT (ALARM(client-unreachable))) AND (NOT (ALARM(to-client-paused)))) OR ",
    );
    expect(rule).toContain("(ALARM(waiting-to-ensono) AND (NOT (ALARM(to-ensono-paused))))");
    expect(rule.match(/ALARM\([a-z-]+\)/g)?.sort()).toEqual(
      [
        ...["waiting-to-client", "client-unreachable", "waiting-to-ensono", "queue-not-read", "sweeper-stands-still"],
        ...["receive-count-critical", "ensono-unreachable", "ensono-queue-unreachable", "api-failing"],
        ...["to-client-paused", "to-ensono-paused"],
      ]
        .map((name) => `ALARM(${name})`)
        .sort(),
    );
  });

  /** The rule with the alarms' names in place of their ARNs. */
  const ruleText = (rule: unknown): string =>
    z
      .object({ "Fn::Join": z.tuple([z.literal(""), z.array(z.unknown())]) })
      .parse(rule)
      ["Fn::Join"][1].map((part) => (typeof part === "string" ? part.replaceAll('"', "") : nameOf(part)))
      .join("");

  const nameOf = (part: unknown): string =>
    String(referenced(dev, part).Properties.AlarmName).replace("EnvisionBridge-dev-", "");
});

it("the sandbox passes over all of it knowingly", () => {
  expect(() => readTemplate(dev.toJSON(), { region: "eu-west-1", sqsEndpoint: "http://127.0.0.1:9" })).not.toThrow();
});

describe("the dashboard", () => {
  const [dashboard] = resourcesOf(dev, "AWS::CloudWatch::Dashboard");
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);

  it("has a row for each flow, one for what waits, one for the other sides and one for events", () => {
    const headings = [...body.matchAll(/## (.+?)\\/g)].map(([, heading]) => heading);
    expect(headings).toEqual([
      "Ensono → client",
      "Client → Ensono",
      "Queues, holds and files",
      "Ensono and the client's ITSM",
      "Events for others",
    ]);
  });

  it("shows every alarm's state, and where the runbook is", () => {
    for (const name of names) expect(body).toContain(idOf(name));
    expect(body).toContain("docs/runbook.md");
  });
});

/** The logical id of an alarm. */
const idOf = (name: string): string => {
  const found = resourcesOf(dev, "AWS::CloudWatch::Alarm").find(
    ({ Properties }) => Properties.AlarmName === `EnvisionBridge-dev-${name}`,
  );
  if (!found) throw new Error(`there is no alarm ${name}`);
  return found.id;
};

const lambdas = join(import.meta.dirname, "..", "..", "lambdas");

/** All that a function is made of beside what it shares with others, and what it tells by. */
function sourceOf(publisher: Exclude<Publisher, "logs">): string {
  const folder = readdirSync(lambdas, { recursive: true, encoding: "utf8" }).find((path) =>
    path.endsWith(`/${publisher}`),
  );
  if (folder === undefined) throw new Error(`there is no function ${publisher}`);
  const files = readdirSync(join(lambdas, folder)).map((file) => join(lambdas, folder, file));
  const shared = join(lambdas, "shared", "runtime", "telemetry.ts");
  return [...files, shared].map((file) => readFileSync(file, "utf8")).join("\n");
}

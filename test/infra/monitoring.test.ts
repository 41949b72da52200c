import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { METRICS_NAMESPACE, metricNames } from "../../lambdas/shared/runtime/metric-names.ts";
import { anchorOf } from "../../lib/constructs/bridge-alarm.ts";
import { resourcesOf, templateOf } from "./synthesised.ts";

const template = templateOf("dev");
const alarmSchema = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
  Statistic: z.string(),
  Period: z.number(),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number(),
  ComparisonOperator: z.string(),
  TreatMissingData: z.string(),
  AlarmActions: z.array(z.unknown()),
  OKActions: z.array(z.unknown()),
});
const alarms = resourcesOf(template, "AWS::CloudWatch::Alarm").map(({ Properties }) => alarmSchema.parse(Properties));
const nameOf = ({ AlarmName }: { AlarmName: string }) => AlarmName.replace(/^EnvisionBridge-dev (?:page|warn): /, "");
const alarmNamed = (name: string) => {
  const found = alarms.find((alarm) => nameOf(alarm) === name);
  if (!found) throw new Error(`there is no alarm "${name}"`);
  return found;
};

const root = join(import.meta.dirname, "..", "..");
const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8");
const headings = [...runbook.matchAll(/^## (.*)$/gm)].map(([, heading]) => String(heading));

describe("alarms", () => {
  it("[L2] the guide's two: more than 10 waiting for 30 minutes, the oldest for more than an hour", () => {
    expect(alarmNamed("More than 10 tickets wait for 30 minutes")).toMatchObject({
      MetricName: "TicketsWaiting",
      Statistic: "Minimum",
      Threshold: 11,
      Period: 60,
      DatapointsToAlarm: 30,
      EvaluationPeriods: 30,
    });
    expect(alarmNamed("A ticket waits for more than an hour")).toMatchObject({
      MetricName: "OldestWaitingSeconds",
      Statistic: "Maximum",
      Threshold: 3600,
    });
  });

  it.each([
    ["Ensono's queue is not read", "QueueDrained"],
    ["The sweeper stands still", "LanesHeld"],
  ])("[L2] %s rings when nothing reports", (name, metric) => {
    expect(alarmNamed(name)).toMatchObject({
      MetricName: metric,
      TreatMissingData: "breaching",
      ComparisonOperator: "LessThanThreshold",
    });
  });

  it("[L2] all others take no data for good ones, on purpose", () => {
    const ringing = alarms.filter(({ TreatMissingData }) => TreatMissingData === "breaching").map(nameOf);
    expect(ringing.toSorted()).toEqual(["Ensono's queue is not read", "The sweeper stands still"]);
    expect(new Set(alarms.map(({ TreatMissingData }) => TreatMissingData))).toEqual(
      new Set(["breaching", "notBreaching"]),
    );
  });

  it("[L2] there is one for held tickets, both sides, dead letters of each queue, the API, and errors of each function", () => {
    const names = alarms.map(nameOf);
    expect(names).toEqual(
      expect.arrayContaining([
        "Tickets are held",
        "Messages were kept apart",
        "Ensono fails or refuses us",
        "Your ITSM fails or refuses us",
        "The API fails",
        "The API refuses many requests",
        "Authentication fails",
      ]),
    );
    expect(names.filter((name) => name.startsWith("Dead letters"))).toHaveLength(4);
    expect(names.filter((name) => name.startsWith("Function"))).toHaveLength(7);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(alarms.map((alarm) => [nameOf(alarm), alarm] as const))(
    "[L2] %s tells of its begin and end, and links its runbook section",
    (name, alarm) => {
      expect(alarm.AlarmActions).toHaveLength(1);
      expect(alarm.OKActions).toEqual(alarm.AlarmActions);
      expect(alarm.AlarmDescription).toContain(`docs/runbook.md#${anchorOf(name)}`);
      expect(headings).toContain(name);
    },
  );

  it("[L2] every section of the runbook is of an alarm, but for the guide's questions", () => {
    const others = headings.filter((heading) => !alarms.some((alarm) => nameOf(alarm) === heading));
    expect(others).toEqual(["Questions that Ensono's guide answers"]);
  });

  it("[L2] each metric of ours is one that a function publishes, under that function's name", () => {
    const known: string[] = Object.values(metricNames);
    const ours = alarms.filter(({ Namespace }) => Namespace === METRICS_NAMESPACE);
    expect(ours.length).toBeGreaterThan(6);
    for (const { MetricName, Dimensions } of ours) {
      expect(known).toContain(MetricName);
      const [dimension] = Dimensions;
      expect(Dimensions).toEqual([{ Name: "service", Value: expect.stringMatching(/^(?:poller|sweeper|ingest)$/) }]);
      const flow = { poller: "ensono-to-client", sweeper: "upkeep", ingest: "client-to-ensono" }[
        String(dimension?.Value)
      ];
      const handler = readFileSync(join(root, "lambdas", String(flow), String(dimension?.Value), "handler.ts"), "utf8");
      const key = Object.entries(metricNames).find(([, name]) => name === MetricName)?.[0];
      expect(handler).toContain(`metricNames.${key}`);
    }
  });
});

describe("the way to somebody's mailbox", () => {
  it("[L2] goes over an encrypted topic to the address of the config", () => {
    const [topic] = resourcesOf(template, "AWS::SNS::Topic");
    expect(topic?.Properties.KmsMasterKeyId).toBeDefined();
    expect(resourcesOf(template, "AWS::SNS::Subscription")).toMatchObject([
      { Properties: { Protocol: "email", Endpoint: "alarms@acme.example" } },
    ]);
  });

  it("[L2] CloudWatch may publish there, and use the key: without both, alarms fail in silence", () => {
    const policies = JSON.stringify(resourcesOf(template, "AWS::SNS::TopicPolicy"));
    expect(policies).toContain("cloudwatch.amazonaws.com");
    const statement = z.looseObject({ Principal: z.unknown(), Action: z.array(z.string()).or(z.string()) });
    const policy = z.object({ Statement: z.array(statement) });
    const ofCloudWatch = resourcesOf(template, "AWS::KMS::Key")
      .flatMap(({ Properties }) => policy.parse(Properties.KeyPolicy).Statement)
      .filter(({ Principal }) => JSON.stringify(Principal).includes("cloudwatch.amazonaws.com"));
    expect(ofCloudWatch.flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining(["kms:Decrypt", "kms:GenerateDataKey*"]),
    );
  });
});

import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  bridgeFunctions,
  type Resource,
  referenced,
  resourcesOf,
  type Statement,
  statementsOf,
} from "./synthesised.ts";
import { templateOfVariant, variants } from "./variants.ts";

/** What holds for every stack that the configuration can ask for, whatever is in it now or will be. */
describe.each(Object.entries(variants))("%s", (name, { stage }) => {
  const template = templateOfVariant(name);
  const of = (type: string) => resourcesOf(template, type);
  const isProduction = stage === "live";

  it("has resources of the kinds that are looked at here", () => {
    for (const type of [
      "SQS::Queue",
      "S3::Bucket",
      "DynamoDB::Table",
      "Lambda::Function",
      "Logs::LogGroup",
      "SNS::Topic",
    ]) {
      expect(of(`AWS::${type}`)).not.toEqual([]);
    }
  });

  it("encrypts by keys of the stage's own whatever can be encrypted by one", () => {
    const keys = of("AWS::KMS::Key");
    for (const { Properties } of keys) expect(Properties).toMatchObject({ EnableKeyRotation: true });
    const arnOf = (name: string) => {
      const found = keys.filter(({ id }) => id.startsWith(name));
      expect(found).toHaveLength(1);
      return JSON.stringify({ "Fn::GetAtt": [found[0]?.id, "Arn"] });
    };
    const [forStorage, forAlarms] = [arnOf("StorageKey"), arnOf("MonitoringNotificationsKey")];
    const fields = {
      "AWS::SQS::Queue": ["KmsMasterKeyId", forStorage],
      "AWS::SNS::Topic": ["KmsMasterKeyId", forAlarms],
      "AWS::SecretsManager::Secret": ["KmsKeyId", forStorage],
      "AWS::Logs::LogGroup": ["KmsKeyId", forStorage],
      "AWS::DynamoDB::Table": ["SSESpecification", forStorage],
      "AWS::S3::Bucket": ["BucketEncryption", forStorage],
      "AWS::Events::EventBus": ["KmsKeyIdentifier", forStorage],
    } as const;
    for (const [type, [field, key]] of Object.entries(fields)) {
      const without = of(type).filter(({ Properties }) => !JSON.stringify(Properties[field])?.includes(key));
      expect(without.map(({ id }) => id)).toEqual([]);
    }
  });

  it("refuses whoever comes without TLS, at every queue, bucket and topic", () => {
    const policies = ["AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"].flatMap(of);
    const protectedBy = (id: string) =>
      policies.some(
        ({ Properties }) =>
          [Properties.Queues, Properties.Topics, [Properties.Bucket]].some((of) =>
            JSON.stringify(of)?.includes(`"${id}"`),
          ) && statementsOf(Properties.PolicyDocument).some(refusesPlainText),
      );
    const resources = ["AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::SNS::Topic"].flatMap(of);
    expect(resources.filter(({ id }) => !protectedBy(id)).map(({ id }) => id)).toEqual([]);
  });

  it("has no bucket that could become public, and no policy that opens one", () => {
    for (const { Properties } of of("AWS::S3::Bucket")) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties).not.toHaveProperty("AccessControl");
    }
    expect(
      ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"].flatMap(of).flatMap(opened),
    ).toEqual([]);
  });

  it("hides a message for at least six time-outs of the function that it is given to", () => {
    const sources = of("AWS::Lambda::EventSourceMapping").filter(({ Properties }) => isQueue(template, Properties));
    expect(sources.length).toBeGreaterThanOrEqual(4);
    for (const { Properties } of sources) {
      const { Timeout } = referenced(template, Properties.FunctionName).Properties;
      const { VisibilityTimeout } = referenced(template, Properties.EventSourceArn).Properties;
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Number(Timeout));
    }
  });

  it("gives up what a function cannot take to dead letters of its own that wait for two weeks, FIFO where it is", () => {
    const queues = of("AWS::SQS::Queue");
    const isDeadLetters = ({ id }: Resource) => /DeadLetters/.test(id);
    // A tick of the half minute does nothing that the next one does not.
    const others = queues.filter((queue) => !isDeadLetters(queue) && !/HalfMinuteTicks/.test(queue.id));
    const lettersOf = others.map(({ Properties }) => {
      const { deadLetterTargetArn, maxReceiveCount } = redriveSchema.parse(Properties.RedrivePolicy);
      const letters = referenced(template, deadLetterTargetArn);
      expect(letters.Properties.FifoQueue).toBe(Properties.FifoQueue);
      expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
      return letters.id;
    });
    expect(new Set(lettersOf).size).toBe(others.length);
    const stream = of("AWS::Lambda::EventSourceMapping").filter(({ Properties }) => !isQueue(template, Properties));
    for (const { Properties } of stream) {
      const { Destination } = Object(Object(Properties.DestinationConfig).OnFailure);
      expect(isDeadLetters(referenced(template, Destination))).toBe(true);
    }
    for (const { Properties } of queues.filter(isDeadLetters)) {
      expect(Properties).toMatchObject({ MessageRetentionPeriod: 14 * 86_400 });
    }
  });

  it("wakes lanes by FIFO queues only, in which a ticket has a throughput of its own", () => {
    const wakeUps = of("AWS::SQS::Queue").filter(({ id }) => id.startsWith("WakeTo"));
    expect(wakeUps).toHaveLength(4);
    for (const { Properties } of wakeUps) expect(Properties.FifoQueue).toBe(true);
    for (const { Properties } of wakeUps.filter(({ id }) => !id.includes("DeadLetters"))) {
      expect(Properties).toMatchObject({
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
      });
    }
  });

  it("ends every log, and gives every function of ours a log of its own", () => {
    for (const { Properties } of of("AWS::Logs::LogGroup")) expect(Properties.RetentionInDays).toBeLessThanOrEqual(60);
    const groups = bridgeFunctions(template).map(({ Properties }) =>
      JSON.stringify(Object(Properties.LoggingConfig).LogGroup),
    );
    expect(new Set(groups).size).toBe(groups.length);
    expect(groups).not.toContain(undefined);
  });

  it("runs functions with a limit: the poller alone, and of those that queues feed no more than ten at a time", () => {
    const fed = of("AWS::Lambda::EventSourceMapping").filter(({ Properties }) => isQueue(template, Properties));
    for (const { Properties } of fed) {
      const { ReservedConcurrentExecutions } = referenced(template, Properties.FunctionName).Properties;
      const most = Number(ReservedConcurrentExecutions ?? Object(Properties.ScalingConfig).MaximumConcurrency);
      expect(most).toBeLessThanOrEqual(10);
    }
    const alone = bridgeFunctions(template).filter(({ Properties }) => Properties.ReservedConcurrentExecutions === 1);
    expect(alone.map(({ id }) => id)).toEqual([expect.stringMatching(/^EnsonoToClientPoller/)]);
  });

  it.runIf(isProduction)("keeps in production whatever has a state, and protects what can be protected", () => {
    const stateful = Object.entries(template.toJSON().Resources).filter(([, resource]) => hasState(resource));
    expect(stateful.length).toBeGreaterThan(8);
    for (const [id, resource] of stateful) {
      expect([id, resource]).toMatchObject([id, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" }]);
    }
    for (const { Properties } of of("AWS::DynamoDB::Table")) {
      expect(Properties).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
    expect(template.findResources("Custom::S3AutoDeleteObjects")).toEqual({});
  });

  it("gives no right to do everything, nor on everything but what knows no resources", () => {
    const statements = of("AWS::IAM::Policy").flatMap(({ Properties }) => statementsOf(Properties.PolicyDocument));
    const allowed = statements.filter(({ Effect }) => Effect === "Allow");
    expect(allowed.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
    const onEverything = allowed.filter(({ Resource }) => Resource.includes("*")).flatMap(({ Action }) => Action);
    expect(onEverything.filter((action) => !knowNoResources.has(action))).toEqual([]);
    const managed = of("AWS::IAM::Role").flatMap(({ Properties }) => Properties.ManagedPolicyArns ?? []);
    expect(JSON.stringify(managed)).not.toMatch(/Administrator|PowerUser|FullAccess/);
  });
});

/**
 * Says only that something has changed, so that nobody changes it unawares: `npx vitest run test/infra/invariants.test.ts -u` writes
 * it anew. What must hold stands above. The first stack has all its types and counts, the others what differs.
 */
it("stacks have these resources, by type and count", async () => {
  const countsIn = (name: string) => {
    const types = Object.values<{ Type: string }>(templateOfVariant(name).toJSON().Resources).map(({ Type }) => Type);
    return new Map([...Map.groupBy(types, (type) => type)].map(([type, { length }]) => [type, length]));
  };
  const [first = "", ...others] = Object.keys(variants);
  const plain = countsIn(first);
  const line = ([type, count]: [string, number]) => `  ${type} ${count}`;
  const differing = (counts: Map<string, number>): [string, number][] =>
    [...new Set([...plain.keys(), ...counts.keys()])]
      .map((type): [string, number] => [type, counts.get(type) ?? 0])
      .filter(([type, count]) => count !== (plain.get(type) ?? 0));
  const told = [
    `${first}:`,
    ...[...plain].map(line).toSorted(),
    ...others.flatMap((name) => ["", `${name}:`, ...differing(countsIn(name)).map(line).toSorted()]),
  ];
  await expect(`${told.join("\n")}\n`).toMatchFileSnapshot("resource-counts.txt");
});

/** Of AWS's list for functions in a VPC, and for those that X-Ray traces. */
const knowNoResources = new Set([
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
]);

const redriveSchema = z.object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.number() });

/** But for the web ACL's log: its name is given, and it would stand in the way of the next one's. */
const hasState = (resource: unknown): boolean =>
  !/^aws-waf-logs-/.test(Object(Object(resource).Properties).LogGroupName) &&
  /^AWS::(?:DynamoDB::Table|S3::Bucket|KMS::Key|SecretsManager::Secret|Logs::LogGroup|EC2::EIP)$/.test(
    Object(resource).Type,
  );

const isQueue = (template: Template, { EventSourceArn }: Resource["Properties"]): boolean =>
  referenced(template, EventSourceArn).Type === "AWS::SQS::Queue";

const refusesPlainText = ({ Effect, Condition }: Statement): boolean =>
  Effect === "Deny" && JSON.stringify(Condition) === JSON.stringify({ Bool: { "aws:SecureTransport": "false" } });

const openingSchema = z.object({
  Statement: z.array(z.object({ Effect: z.string(), Principal: z.unknown(), Condition: z.unknown().optional() })),
});

/** Statements by which anybody may do something. */
const opened = ({ id, Properties }: Resource): string[] =>
  openingSchema
    .parse(Properties.PolicyDocument)
    .Statement.filter(({ Effect, Principal, Condition }) => {
      const isAnybody = Principal === "*" || Object(Principal).AWS === "*";
      return Effect === "Allow" && isAnybody && Condition === undefined;
    })
    .map(() => id);

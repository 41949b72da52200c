import { describe, expect, it } from "vitest";
import { envSchema } from "../../lambdas/upkeep/event-publisher/env.ts";
import { eventPatternSchema, matchesPattern } from "../../sandbox/emulators/event-pattern.ts";
import { alarmsOf } from "./alarms-of.ts";
import {
  configWith,
  environmentOf,
  functionNamed,
  referenced,
  resourcesOf,
  rightsOf,
  statementsOf,
  templateOf,
} from "./synthesised.ts";

const dev = templateOf("dev");
const publisher = functionNamed(dev, "event-publisher");
const [bus] = resourcesOf(dev, "AWS::Events::EventBus");
const [key] = resourcesOf(dev, "AWS::KMS::Key");
const deadLetters = resourcesOf(dev, "AWS::SQS::Queue").find(({ id }) => id.startsWith("EventsDeadLetters"));
const [source] = resourcesOf(dev, "AWS::Lambda::EventSourceMapping").filter(({ Properties }) =>
  JSON.stringify(Properties.EventSourceArn).includes("StreamArn"),
);

describe("the event bus", () => {
  it("is named as the stack, encrypted by the stage's key, and told as an output", () => {
    expect(bus?.Properties).toMatchObject({
      Name: "EnvisionBridge-dev",
      KmsKeyIdentifier: { "Fn::GetAtt": [key?.id, "Arn"] },
      DeadLetterConfig: { Arn: { "Fn::GetAtt": [deadLetters?.id, "Arn"] } },
    });
    dev.hasOutput("*", { Value: { Ref: bus?.id } });
  });

  it("may use the key for itself alone", () => {
    const statements = statementsOf(key?.Properties.KeyPolicy).filter((statement) =>
      JSON.stringify(statement).includes("aws:events:event-bus:arn"),
    );
    expect(statements).toMatchObject([
      {
        Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
        Condition: { StringEquals: { "aws:SourceArn": expect.anything(), "aws:SourceAccount": expect.anything() } },
      },
    ]);
    expect(JSON.stringify(statements)).toContain(":event-bus/EnvisionBridge-dev");
  });

  it("takes events from the publisher only", () => {
    const policies = resourcesOf(dev, "AWS::Events::EventBusPolicy");
    const role = referenced(dev, publisher.Properties.Role).id;
    expect(policies).toMatchObject([
      {
        Properties: {
          Statement: {
            Effect: "Deny",
            Principal: { AWS: "*" },
            Action: "events:PutEvents",
            Resource: { "Fn::GetAtt": [bus?.id, "Arn"] },
            Condition: { ArnNotEquals: { "aws:PrincipalArn": { "Fn::GetAtt": [role, "Arn"] } } },
          },
        },
      },
    ]);
  });
});

describe("the publisher", () => {
  it("is fed from the ledger's stream, from its beginning, with what an entry was and is", () => {
    const [table] = resourcesOf(dev, "AWS::DynamoDB::Table");
    expect(table?.Properties.StreamSpecification).toEqual({ StreamViewType: "NEW_AND_OLD_IMAGES" });
    expect(source?.Properties).toMatchObject({
      EventSourceArn: { "Fn::GetAtt": [table?.id, "StreamArn"] },
      FunctionName: { Ref: publisher.id },
      StartingPosition: "TRIM_HORIZON",
    });
  });

  it("loses nothing: batches are tried again in parts for 23 hours, and then are dead letters", () => {
    expect(source?.Properties).toMatchObject({
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumRecordAgeInSeconds: 23 * 3600,
      DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [deadLetters?.id, "Arn"] } } },
    });
    expect(source?.Properties).not.toHaveProperty("MaximumRetryAttempts");
    expect(deadLetters?.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });

  it("runs for entries that end, are held or let go, and for nothing else of the ledger", () => {
    const { Filters } = Object(source?.Properties.FilterCriteria);
    const patterns = Filters.map(({ Pattern }: { Pattern: string }) => eventPatternSchema.parse(JSON.parse(Pattern)));
    const runsFor = (before: string | undefined, after: string | undefined, sk = "E#1", eventName = "MODIFY") =>
      patterns.some((pattern: Parameters<typeof matchesPattern>[0]) =>
        matchesPattern(pattern, {
          eventName,
          dynamodb: {
            Keys: { sk: { S: sk } },
            ...(before && { OldImage: { status: { S: before } } }),
            ...(after && { NewImage: { status: { S: after } } }),
          },
        }),
      );
    expect(runsFor("attempting", "done")).toBe(true);
    expect(runsFor("received", "held")).toBe(true);
    expect(runsFor("received", "skipped")).toBe(true);
    expect(runsFor("held", "received")).toBe(true);
    expect(runsFor("held", "attempting")).toBe(true);
    expect(runsFor("received", "attempting")).toBe(false);
    expect(runsFor("attempting", "received")).toBe(false);
    expect(runsFor("done", undefined, "E#1", "REMOVE")).toBe(false);
    expect(runsFor(undefined, "received", "E#1", "INSERT")).toBe(false);
    expect(runsFor("attempting", "done", "HEAD")).toBe(false);
  });

  it("may read heads, follow the stream, put events on this bus and keep dead letters, and no more", () => {
    const rights = rightsOf(dev, publisher);
    const logical = (resource: unknown) =>
      /"(?:Ref|Fn::GetAtt)":\[?"([A-Za-z]+?)[0-9A-F]{8}"/.exec(JSON.stringify(resource))?.[1];
    const granted = rights.flatMap(({ Action, Resource, Effect }) =>
      Action.flatMap((action) => Resource.map((resource) => `${Effect} ${action} ${logical(resource)}`)),
    );
    expect(granted.filter((right) => !/ (?:logs|kms):/.test(right)).sort()).toEqual([
      "Allow dynamodb:DescribeStream StorageLedger",
      "Allow dynamodb:GetItem StorageLedger",
      "Allow dynamodb:GetRecords StorageLedger",
      "Allow dynamodb:GetShardIterator StorageLedger",
      "Allow dynamodb:ListStreams StorageLedger",
      "Allow events:PutEvents EventsBus",
      "Allow sqs:SendMessage EventsDeadLetters",
    ]);
  });
});

describe("the configuration", () => {
  const textIn = (template: typeof dev) =>
    envSchema.parse(environmentOf(template, functionNamed(template, "event-publisher"))).TICKET_TEXT;

  it("has ticket text switched off, unless it says otherwise", () => {
    expect(textIn(dev)).toBe(false);
    expect(textIn(templateOf("dev", configWith({ events: { ticketText: true } })))).toBe(true);
  });

  it("can do without events: then there is no bus, no stream and no publisher", () => {
    const without = templateOf("dev", configWith({ events: { enabled: false } }));
    without.resourceCountIs("AWS::Events::EventBus", 0);
    expect(resourcesOf(without, "AWS::DynamoDB::Table")[0]?.Properties).not.toHaveProperty("StreamSpecification");
    expect(() => functionNamed(without, "event-publisher")).toThrow("no function");
    const about = (template: typeof dev) =>
      Object.keys(alarmsOf(template)).filter((name) => name.startsWith("events-"));
    expect([about(dev).length, about(without).length]).toEqual([2, 0]);
  });
});

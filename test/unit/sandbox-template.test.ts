// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how CloudFormation writes its placeholders.
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { readTemplate } from "../../sandbox/emulators/template.ts";

const place = { region: "eu-west-1", sqsEndpoint: "http://127.0.0.1:4566" };

const neighbours = {
  Table: { Type: "AWS::DynamoDB::GlobalTable" },
  NamedTable: { Type: "AWS::DynamoDB::Table", Properties: { TableName: { "Fn::Join": ["-", ["ledger", "dev"]] } } },
  Queue: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } },
  Bucket: { Type: "AWS::S3::Bucket" },
  Secret: { Type: "AWS::SecretsManager::Secret", Properties: { Name: "bridge/api-key" } },
  Function: { Type: "AWS::Lambda::Function" },
  Alarm: { Type: "AWS::CloudWatch::Alarm" },
};

function resolve(value: unknown): unknown {
  const template = readTemplate(
    {
      Resources: {
        ...neighbours,
        Reader: { Type: "AWS::Lambda::Function", Properties: { Environment: { Variables: { VALUE: value } } } },
      },
      Parameters: { Stage: { Type: "String", Default: "dev" } },
    },
    place,
  );
  const schema = z.object({
    Environment: z
      .object({ Variables: z.object({ VALUE: z.union([z.string(), z.array(z.string())]).optional() }) })
      .optional(),
  });
  const reader = template.resources(["AWS::Lambda::Function"], schema).find(({ logicalId }) => logicalId === "Reader");
  return reader?.properties.Environment?.Variables.VALUE;
}

describe("references in a template", () => {
  test.each([
    ["a plain value", "plain", "plain"],
    ["Ref of a table", { Ref: "Table" }, "Table"],
    ["Ref of a named table", { Ref: "NamedTable" }, "ledger-dev"],
    ["Ref of a FIFO queue", { Ref: "Queue" }, "http://127.0.0.1:4566/000000000000/Queue.fifo"],
    ["Ref of a bucket", { Ref: "Bucket" }, "bucket"],
    [
      "Ref of a secret",
      { Ref: "Secret" },
      "arn:aws:secretsmanager:eu-west-1:000000000000:secret:bridge/api-key-sndbox",
    ],
    ["Ref of a function", { Ref: "Function" }, "Function"],
    ["Ref of a parameter", { Ref: "Stage" }, "dev"],
    ["Ref of a pseudo parameter", { Ref: "AWS::Region" }, "eu-west-1"],
    ["Ref of no value", { Ref: "AWS::NoValue" }, undefined],
    ["GetAtt as a list", { "Fn::GetAtt": ["Queue", "Arn"] }, "arn:aws:sqs:eu-west-1:000000000000:Queue.fifo"],
    ["GetAtt as text", { "Fn::GetAtt": "Queue.QueueName" }, "Queue.fifo"],
    ["Join", { "Fn::Join": ["/", ["a", { Ref: "Table" }, { Ref: "AWS::NoValue" }, "b"]] }, "a/Table/b"],
    ["Split", { "Fn::Split": [",", "a,b"] }, ["a", "b"]],
    ["Select", { "Fn::Select": [1, { "Fn::Split": ["-", { Ref: "NamedTable" }] }] }, "dev"],
    ["Sub", { "Fn::Sub": "${AWS::Partition}:${Table}:${Queue.QueueName}:${!Kept}" }, "aws:Table:Queue.fifo:${Kept}"],
    ["Sub with variables", { "Fn::Sub": ["${Own}-${Table}", { Own: { Ref: "Stage" } }] }, "dev-Table"],
  ])("%s", (_, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test.each([
    ["a reference to what only AWS knows", { Ref: "Alarm" }, 'cannot resolve Ref "Alarm"'],
    ["one inside a join", { "Fn::Join": ["", ["x", { "Fn::GetAtt": ["Alarm", "Arn"] }]] }, "cannot resolve Fn::GetAtt"],
    ["one inside a text", { "Fn::Sub": "${Alarm.Arn}" }, "cannot resolve Fn::GetAtt"],
    ["an import from another stack", { "Fn::ImportValue": "other" }, "cannot resolve Fn::ImportValue"],
  ])("%s is an error that names the resource and the property", (_, value, reason) => {
    expect(() => resolve(value)).toThrow(`Reader (AWS::Lambda::Function), property Environment.Variables.VALUE: `);
    expect(() => resolve(value)).toThrow(reason);
  });

  test("a reference in a property that the sandbox does not read may point anywhere", () => {
    const Reader = {
      Type: "AWS::Lambda::Function",
      Properties: { Role: { "Fn::GetAtt": ["Gone", "Arn"] }, Handler: "i.h" },
    };
    const template = readTemplate({ Resources: { Reader } }, place);
    const [resource] = template.resources(["AWS::Lambda::Function"], z.object({ Handler: z.string() }));
    expect(resource?.properties).toEqual({ Handler: "i.h" });
  });
});

test("a resource type that could matter at run time is refused by name", () => {
  const Resources = { Rule: { Type: "AWS::Events::Rule" }, Role: { Type: "AWS::IAM::Role" } };
  expect(() => readTemplate({ Resources }, place)).toThrow("does not know AWS::Events::Rule (Rule)");
});

test("a conditional resource is refused when it would have to be interpreted", () => {
  const Resources = { Queue: { Type: "AWS::SQS::Queue", Condition: "Sometimes" } };
  expect(() => readTemplate({ Resources }, place).resources(["AWS::SQS::Queue"], z.unknown())).toThrow(
    "Queue (AWS::SQS::Queue)",
  );
});

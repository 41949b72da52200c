import { describe, expect, test } from "vitest";
import { type Permissions, readPermissions } from "../../sandbox/emulators/permissions/permissions.ts";
import { readTemplate } from "../../sandbox/emulators/template.ts";

const region = "eu-west-1";
const account = "000000000000";
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
const getAtt = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });

const allow = (Action: string, Resource: unknown, Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const send = allow("sqs:SendMessage", getAtt("Queue"));
const useKey = allow("kms:GenerateDataKey", getAtt("Key"));

const roleFor = (service: string) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
    },
  },
});
const accountUsesKey = {
  ...allow("kms:*", "*"),
  Principal: { AWS: `arn:aws:iam::${account}:root` },
};

/** A function whose role has these rights, and an encrypted queue. */
const permissionsWith = (rights: object[], others: object = {}): Promise<Permissions> => {
  const Resources = {
    Key: { Type: "AWS::KMS::Key", Properties: { KeyPolicy: { Statement: [accountUsesKey] } } },
    Queue: { Type: "AWS::SQS::Queue", Properties: { KmsMasterKeyId: getAtt("Key") } },
    Role: roleFor("lambda.amazonaws.com"),
    Policy: {
      Type: "AWS::IAM::Policy",
      Properties: { Roles: [{ Ref: "Role" }], PolicyDocument: { Statement: rights } },
    },
    Function: { Type: "AWS::Lambda::Function", Properties: { Role: getAtt("Role") } },
    ...others,
  };
  return readPermissions(readTemplate({ Resources }, { region, sqsEndpoint: "http://127.0.0.1:1" }), region);
};

const sending = { action: "sqs:SendMessage", resource: arn("sqs", "Queue"), keyActions: ["kms:GenerateDataKey"] };

const missing = async (permissions: Permissions, right = sending): Promise<string | undefined> => {
  const caller = permissions.callerOf("Function");
  if (caller === undefined) throw new Error("the function is no caller");
  return permissions.missing(caller, "sqs", [right]);
};
const missingWith = async (...rights: object[]) => missing(await permissionsWith(rights));

describe("the rights of a role of a template", () => {
  test("count by action, and by the key of what is encrypted with one", async () => {
    expect(await missingWith()).toBe(`sqs:SendMessage on resource: ${arn("sqs", "Queue")}`);
    expect(await missingWith(send)).toBe(`kms:GenerateDataKey on resource: ${arn("kms", "key/Key")}`);
    expect(await missingWith(send, useKey)).toBeUndefined();
  });

  test("count by resource", async () => {
    expect(await missingWith(allow("sqs:SendMessage", arn("sqs", "Other")), useKey)).toContain("sqs:SendMessage");
  });

  test("count by condition", async () => {
    const useKeyVia = (service: string) =>
      allow("kms:GenerateDataKey", getAtt("Key"), {
        StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` },
      });
    expect(await missingWith(send, useKeyVia("s3"))).toContain("kms:GenerateDataKey");
    expect(await missingWith(send, useKeyVia("sqs"))).toBeUndefined();
  });

  test("are overruled by what the resource's own policy denies; plain HTTP is AWS's concern and not this machine's", async () => {
    const denying = (Condition?: object) => ({
      QueuePolicy: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: {
          Queues: [{ Ref: "Queue" }],
          PolicyDocument: {
            Statement: { ...allow("sqs:*", getAtt("Queue"), Condition), Effect: "Deny", Principal: "*" },
          },
        },
      },
    });
    const overHttp = { Bool: { "aws:SecureTransport": "false" } };
    expect(await missing(await permissionsWith([send, useKey], denying(overHttp)))).toBeUndefined();
    expect(await missing(await permissionsWith([send, useKey], denying()))).toContain("sqs:SendMessage");
  });

  test("can be denied to the function's own code", async () => {
    const byItsCode = { Null: { "lambda:SourceFunctionArn": "false" } };
    const denied = { ...allow("sqs:SendMessage", "*", byItsCode), Effect: "Deny" };
    expect(await missingWith(send, useKey, denied)).toContain("sqs:SendMessage");
  });

  test("let a service in by the function's own policy, from the source that it names and no other", async () => {
    const source = arn("execute-api", "api/v1/POST/events");
    const Properties = {
      Action: "lambda:InvokeFunction",
      FunctionName: getAtt("Function"),
      Principal: "apigateway.amazonaws.com",
      SourceArn: source,
    };
    const { mayServiceInvoke } = await permissionsWith([], {
      Permission: { Type: "AWS::Lambda::Permission", Properties },
    });
    const fn = arn("lambda", "function:Function");
    expect(await mayServiceInvoke("apigateway.amazonaws.com", fn, source)).toBe(true);
    expect(await mayServiceInvoke("apigateway.amazonaws.com", fn, `${source}/more`)).toBe(false);
    expect(await mayServiceInvoke("s3.amazonaws.com", fn, source)).toBe(false);
  });

  test("are recorded as they are asked for, with who asked, each question once", async () => {
    const permissions = await permissionsWith([send]);
    await missing(permissions);
    await missing(permissions);
    const record = await permissions.record();
    expect(record.map(({ caller, action, allowed }) => ({ caller, action, allowed }))).toEqual([
      { caller: "lambda.amazonaws.com", action: "sts:AssumeRole", allowed: true },
      { caller: "Function", action: "sqs:SendMessage", allowed: true },
      { caller: "Function", action: "kms:GenerateDataKey", allowed: false },
    ]);
  });
});

describe("what cannot be judged is refused by name", () => {
  test("a condition that the sandbox has no value for", async () => {
    const tagged = { StringEquals: { "aws:PrincipalTag/team": "a" } };
    await expect(missingWith(allow("sqs:SendMessage", "*", tagged))).rejects.toThrow("aws:PrincipalTag/team");
  });

  test("a statement about all but something", async () => {
    const { Action: _, ...rest } = send;
    await expect(missingWith({ ...rest, NotAction: "sqs:DeleteQueue" })).rejects.toThrow("Action");
  });

  test("a role that its service may not assume", async () => {
    await expect(permissionsWith([], { Role: roleFor("ec2.amazonaws.com") })).rejects.toThrow(
      "lambda.amazonaws.com may not assume",
    );
  });

  test("an action that does not exist, and one that is not about such a resource", async () => {
    const permissions = await permissionsWith([send]);
    await expect(missing(permissions, { ...sending, action: "sqs:SendMessages" })).rejects.toThrow("sqs:SendMessages");
    const elsewhere = { ...sending, resource: arn("dynamodb", "table/Queue") };
    await expect(missing(permissions, elsewhere)).rejects.toThrow("cannot be judged");
  });

  test("a policy of a kind that the sandbox does not read", async () => {
    const Policy = { Type: "AWS::IAM::ManagedPolicy", Properties: {} };
    await expect(async () => permissionsWith([], { Policy })).rejects.toThrow("AWS::IAM::ManagedPolicy");
  });
});

import { describe, expect, test } from "vitest";
import { fulfils } from "../../sandbox/emulators/permissions/conditions.ts";
import { isAllowed } from "../../sandbox/emulators/permissions/evaluate.ts";
import type { Grant, Statement } from "../../sandbox/emulators/permissions/policies.ts";
import { matchesAction, matchesArn } from "../../sandbox/emulators/permissions/wildcards.ts";

const account = "000000000000";
const root = `arn:aws:iam::${account}:root`;
const roleArn = `arn:aws:iam::${account}:role/Role`;
const session = `arn:aws:sts::${account}:assumed-role/Role/Function`;
const queue = `arn:aws:sqs:eu-west-1:${account}:Queue`;
const bus = `arn:aws:events:eu-west-1:${account}:event-bus/bridge`;
const key = `arn:aws:kms:eu-west-1:${account}:key/Key`;

const ofRole = (Action: string, Resource: string, Effect: Statement["Effect"] = "Allow"): Grant => ({
  holder: roleArn,
  ofRole: true,
  statement: { Effect, Action, Resource },
});
const ofResource = (holder: string, Action: string, Principal: Statement["Principal"], more = {}): Grant => ({
  holder,
  ofRole: false,
  statement: { Effect: "Allow", Action, Resource: "*", ...(Principal === undefined ? {} : { Principal }), ...more },
});
const byRole = { principal: session, roleArn, context: {} };
const sending = { ...byRole, action: "sqs:SendMessage", resource: queue };
const publishing = { ...byRole, action: "events:PutEvents", resource: bus };
const onlyFor = (role: string) =>
  ofResource(
    bus,
    "events:PutEvents",
    { AWS: "*" },
    {
      Effect: "Deny",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": role } },
    },
  );
const decrypting = { ...byRole, action: "kms:Decrypt", resource: key };
const assuming = { principal: "lambda.amazonaws.com", action: "sts:AssumeRole", resource: roleArn, context: {} };

describe("who may do what, as IAM has it", () => {
  test.each([
    { what: "nothing is allowed by itself", asked: sending, rights: [], allowed: false },
    { what: "the role alone is enough", asked: sending, rights: [ofRole("sqs:SendMessage", queue)], allowed: true },
    { what: "another action", asked: sending, rights: [ofRole("sqs:ReceiveMessage", queue)], allowed: false },
    { what: "another queue", asked: sending, rights: [ofRole("sqs:SendMessage", `${queue}2`)], allowed: false },
    {
      what: "the queue's policy alone is enough, when it names the role",
      asked: sending,
      rights: [ofResource(queue, "sqs:*", { AWS: roleArn })],
      allowed: true,
    },
    {
      what: "the queue's policy names somebody else",
      asked: sending,
      rights: [ofResource(queue, "sqs:*", { AWS: `${roleArn}2` })],
      allowed: false,
    },
    {
      what: "the account as principal gives nobody the right by itself",
      asked: sending,
      rights: [ofResource(queue, "sqs:*", { AWS: root })],
      allowed: false,
    },
    {
      what: "what the role is denied counts before what it is allowed",
      asked: sending,
      rights: [ofRole("sqs:*", "*"), ofRole("sqs:SendMessage", queue, "Deny")],
      allowed: false,
    },
    {
      what: "what the queue denies counts before what the role is allowed",
      asked: sending,
      rights: [ofRole("sqs:*", "*"), ofResource(queue, "sqs:*", "*", { Effect: "Deny" })],
      allowed: false,
    },
    {
      what: "what is denied to all but this role",
      asked: publishing,
      rights: [ofRole("events:PutEvents", bus), onlyFor(roleArn)],
      allowed: true,
    },
    {
      what: "what is denied to all but another role",
      asked: publishing,
      rights: [ofRole("events:PutEvents", bus), onlyFor(`${roleArn}2`)],
      allowed: false,
    },
    {
      what: "a key is not used by the role's rights alone",
      asked: decrypting,
      rights: [ofRole("kms:Decrypt", key)],
      allowed: false,
    },
    {
      what: "a key that leaves it to the account is used by the role's rights",
      asked: decrypting,
      rights: [ofRole("kms:Decrypt", key), ofResource(key, "kms:*", { AWS: root })],
      allowed: true,
    },
    {
      what: "a key that leaves it to the account, of a role without the right",
      asked: decrypting,
      rights: [ofResource(key, "kms:*", { AWS: root })],
      allowed: false,
    },
    {
      what: "a role is assumed by the service that it trusts",
      asked: assuming,
      rights: [ofResource(roleArn, "sts:AssumeRole", { Service: "lambda.amazonaws.com" })],
      allowed: true,
    },
    {
      what: "a role is not assumed by another service",
      asked: assuming,
      rights: [ofResource(roleArn, "sts:AssumeRole", { Service: "ec2.amazonaws.com" })],
      allowed: false,
    },
  ])("$what: $allowed", async ({ asked, rights, allowed }) => {
    expect(await isAllowed(asked, rights)).toBe(allowed);
  });
});

test.each([
  ["sqs:SendMessage", "sqs:sendmessage", true],
  ["sqs:Send*", "sqs:SendMessageBatch", true],
  ["sqs:*", "sns:Publish", false],
  ["*", "sns:Publish", true],
  ["s3:GetObjec?", "s3:GetObject", true],
  ["s3.GetObject", "s3:GetObject", false],
])("the action %s stands for %s: %s", (pattern, action, matches) => {
  expect(matchesAction(pattern, action)).toBe(matches);
});

test.each([
  ["*", queue, true],
  [`${queue}`, `${queue}s`, false],
  ["arn:aws:s3:::files/attachments/*", "arn:aws:s3:::files/attachments/a/b.txt", true],
  ["arn:aws:s3:::files/attachments/*", "arn:aws:s3:::files/uploads/b.txt", false],
  ["arn:aws:s3:::files", "arn:aws:s3:::Files", false],
  // A wildcard stays in its part of the name, and the last part goes on to the end.
  ["arn:aws:sqs:*:Queue", queue, false],
  ["arn:aws:sqs:*:*:Queue", queue, true],
  ["arn:aws:logs:*:*:log-group:a:*", "arn:aws:logs:eu-west-1:0:log-group:a:log-stream:b", true],
  ["arn:aws:logs:*:*:log-group:a", "arn:aws:logs:eu-west-1:0:log-group:a:log-stream:b", false],
])("the resource %s stands for %s: %s", (pattern, arn, matches) => {
  expect(matchesArn(pattern, arn)).toBe(matches);
});

test.each([
  [{ StringEquals: { "kms:ViaService": "sqs" } }, { "kms:ViaService": "sqs" }, true],
  [{ StringEquals: { "KMS:viaservice": ["s3", "sqs"] } }, { "kms:ViaService": "sqs" }, true],
  [{ StringEquals: { "kms:ViaService": "SQS" } }, { "kms:ViaService": "sqs" }, false],
  [{ StringEquals: { "kms:ViaService": "sqs" } }, {}, false],
  [{ StringLike: { "aws:SourceAccount": "00*" } }, { "aws:SourceAccount": "0012" }, true],
  [{ ArnLike: { "aws:SourceArn": "arn:aws:sqs:*:*:Q*" } }, { "aws:SourceArn": queue }, true],
  [{ ArnLike: { "aws:SourceArn": "arn:aws:sqs:*" } }, { "aws:SourceArn": queue }, false],
  [{ ArnNotEquals: { "aws:SourceArn": ["arn:aws:sqs:*:*:Q*", "arn:aws:sns:*"] } }, { "aws:SourceArn": queue }, false],
  [{ ArnNotEquals: { "aws:SourceArn": "arn:aws:sns:*" } }, { "aws:SourceArn": queue }, true],
  [{ ArnNotEquals: { "aws:SourceArn": "arn:aws:sns:*" } }, {}, true],
  [{ Bool: { "aws:SecureTransport": false } }, { "aws:SecureTransport": "true" }, false],
  [{ Bool: { "aws:SecureTransport": "True" } }, { "aws:SecureTransport": "true" }, true],
  [{ NumericLessThan: { "s3:TlsVersion": 1.2 } }, { "s3:TlsVersion": "1.1" }, true],
  [{ NumericLessThan: { "s3:TlsVersion": 1.2 } }, { "s3:TlsVersion": "1.3" }, false],
  [{ Null: { "lambda:SourceFunctionArn": "false" } }, { "lambda:SourceFunctionArn": "arn" }, true],
  [{ Null: { "lambda:SourceFunctionArn": "false" } }, {}, false],
  [{ Null: { "lambda:SourceFunctionArn": true } }, {}, true],
  [{ StringEquals: { a: "1" }, Bool: { b: "true" } }, { a: "1", b: "false" }, false],
])("the condition %j is fulfilled by %j: %s", (condition, context, fulfilled) => {
  expect(fulfils(condition, context)).toBe(fulfilled);
});

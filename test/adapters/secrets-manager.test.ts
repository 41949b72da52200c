import {
  GetSecretValueCommand,
  InternalServiceError,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, it } from "vitest";
import { secretsManager } from "../../lambdas/shared/adapters/secrets-manager.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const client = new SecretsManagerClient({ region: "eu-west-1" });
const aws = mockClient(client);
const notThere = new ResourceNotFoundException({ message: "can't find the specified secret value", $metadata: {} });
const down = new InternalServiceError({ message: "down", $metadata: {} });

let now = 100 * DAY;
const secrets = () => secretsManager({ client, clock: () => now });

/** What Secrets Manager holds from now on. */
const holds = (current: string | undefined, previous?: string, rotatedAt = now) => {
  aws.reset();
  aws.on(GetSecretValueCommand, { SecretId: "key", VersionStage: "AWSCURRENT" }).resolves({
    ...(current !== undefined && { SecretString: current }),
    CreatedDate: new Date(rotatedAt),
  });
  const previousStage = aws.on(GetSecretValueCommand, { SecretId: "key", VersionStage: "AWSPREVIOUS" });
  if (previous === undefined) previousStage.rejects(notThere);
  else previousStage.resolves({ SecretString: previous });
};
const isDown = () => {
  aws.reset();
  aws.on(GetSecretValueCommand).rejects(down);
};
const looks = () => aws.commandCalls(GetSecretValueCommand, { VersionStage: "AWSCURRENT" }).length;

beforeEach(() => holds("one"));

describe("secrets", () => {
  it("[E3] gives the value, without blanks around it", async () => {
    holds(" one\n");
    expect(await secrets().read("key")).toEqual(["one"]);
  });

  it("[I12] gives the previous value after the current one while a rotation may be under way, and not for ever", async () => {
    holds("two", "one", now - 6 * DAY);
    expect(await secrets().read("key")).toEqual(["two", "one"]);
    holds("two", "one", now - 8 * DAY);
    expect(await secrets().read("key")).toEqual(["two"]);
  });

  it("[E3] reads once in five minutes, and picks a rotated value up after that", async () => {
    const { read } = secrets();
    await read("key");
    holds("two", "one");
    now += 5 * MINUTE - 1;
    expect(await read("key")).toEqual(["one"]);
    now += 1;
    expect(await read("key")).toEqual(["two", "one"]);
  });

  it("[E3] passes the cache when asked for fresh values", async () => {
    const { read } = secrets();
    await read("key");
    holds("two", "one");
    expect(await read("key", { fresh: true })).toEqual(["two", "one"]);
    expect(await read("key")).toEqual(["two", "one"]);
    expect(looks()).toBe(1);
  });

  it("[E3] looks once for all who ask at the same time", async () => {
    const { read } = secrets();
    await Promise.all([read("key", { fresh: true }), read("key", { fresh: true }), read("key")]);
    expect(looks()).toBe(1);
  });

  it("[R2] uses the last values for an hour while Secrets Manager is down, looking again now and then", async () => {
    const { read } = secrets();
    await read("key");
    isDown();
    now += 59 * MINUTE;
    expect(await read("key")).toEqual(["one"]);
    expect(await read("key")).toEqual(["one"]);
    expect(looks()).toBe(1);
    now += MINUTE;
    await expect(read("key")).rejects.toThrow("down");
    holds("two");
    expect(await read("key")).toEqual(["two"]);
  });

  it("throws what Secrets Manager says when there is no last value", async () => {
    isDown();
    await expect(secrets().read("key")).rejects.toThrow("down");
  });

  it.each([[undefined], ["  "]])("names the secret and the remedy when its value is %j", async (value) => {
    holds(value);
    await expect(secrets().read("key")).rejects.toThrow("secret key: expected a plain text; set the secret's value");
  });
});

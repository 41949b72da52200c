import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { awsAccount } from "../../bin/operator/adapters/aws-account.ts";
import { serveHttp } from "../support/local-servers.ts";

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/ops&amp;more/ada</Arn></GetCallerIdentityResult>
</GetCallerIdentityResponse>`;

const STACKS = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
  <StackName>EnvisionBridge-dev</StackName>
  <CreationTime>2026-11-01T10:00:00Z</CreationTime>
  <StackStatus>CREATE_COMPLETE</StackStatus>
  <Outputs>
    <member><Description>The ledger</Description><OutputKey>TableName</OutputKey><OutputValue>EnvisionBridge-dev-Ledger-1A</OutputValue></member>
    <member><OutputValue>https://x.example.com/v1/</OutputValue><OutputKey>ApiUrl</OutputKey></member>
  </Outputs>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

const error = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

/** AWS, as far as it answers so; and what it was asked. */
const answering = async (status: number, body: string) => {
  const asked: { authorization: string | undefined; body: URLSearchParams }[] = [];
  const { origin } = await serveHttp(async (request, response) => {
    asked.push({ authorization: request.headers.authorization, body: new URLSearchParams(await text(request)) });
    response.writeHead(status, { "content-type": "text/xml" }).end(body);
  });
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return { account: awsAccount({ region: "eu-west-1", credentials, endpoint: origin }), asked };
};

describe("the account that a bridge is deployed in", () => {
  it("says who is calling", async () => {
    const { account, asked } = await answering(200, IDENTITY);
    expect(await account.callerArn()).toBe("arn:aws:sts::123456789012:assumed-role/ops&more/ada");
    expect(asked[0]?.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sts\/aws4_request/);
  });

  it("does not take an answer without an ARN for one", async () => {
    const { account } = await answering(200, IDENTITY.replace(/<Arn>.*<\/Arn>/, ""));
    await expect(account.callerArn()).rejects.toThrow("AWS does not say who you are");
  });

  it("has a stack with outputs", async () => {
    const { account, asked } = await answering(200, STACKS);
    expect(await account.stackOutputs("EnvisionBridge-dev")).toEqual({
      TableName: "EnvisionBridge-dev-Ledger-1A",
      ApiUrl: "https://x.example.com/v1/",
    });
    expect(asked[0]?.body.get("StackName")).toBe("EnvisionBridge-dev");
  });

  it("has no such stack", async () => {
    const { account } = await answering(400, error("ValidationError", "Stack with id X does not exist"));
    expect(await account.stackOutputs("X")).toBeUndefined();
  });

  it.each([
    [400, "ValidationError", "1 validation error detected"],
    [403, "ExpiredToken", "The security token is expired"],
    [403, "AccessDenied", "User: ada is not authorized to perform: cloudformation:DescribeStacks"],
  ])("refuses with %i %s, under that name", async (status, name, message) => {
    const { account } = await answering(status, error(name, message));
    await expect(account.stackOutputs("X")).rejects.toMatchObject({ name, message });
  });
});

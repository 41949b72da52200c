import { text } from "node:stream/consumers";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsQueries } from "../../bin/operator/adapters/aws-query.ts";
import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { serveHttp } from "../support/local-servers.ts";

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::123456789012:assumed-role/ops&amp;more/ada</Arn>
    <UserId>AROA:ada</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
</GetCallerIdentityResponse>`;

const STACKS = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
  <StackName>EnvisionBridge-dev</StackName>
  <Tags><member><Key>stage</Key><Value>dev</Value></member></Tags>
  <Outputs>
    <member><Description>The ledger</Description><OutputKey>TableName</OutputKey><OutputValue>EnvisionBridge-dev-Ledger-1A</OutputValue></member>
    <member><OutputValue>https://x.example.com/v1/</OutputValue><OutputKey>ApiUrl</OutputKey></member>
  </Outputs>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

const error = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

/** AWS, as far as it answers so; and what it was asked. */
const answering = async (status: number, body: string) => {
  const asked: { headers: Record<string, unknown>; body: URLSearchParams }[] = [];
  const { origin } = await serveHttp(async (request, response) => {
    asked.push({ headers: request.headers, body: new URLSearchParams(await text(request)) });
    response.writeHead(status, { "content-type": "text/xml" }).end(body);
  });
  const client = new DynamoDBClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" },
  });
  onTestFinished(() => client.destroy());
  const queries = awsQueries({
    signer: client.config,
    region: "eu-west-1",
    call: httpCaller({ clock: Date.now }),
    endpoint: () => origin,
  });
  return { queries, asked };
};

describe("the two calls of AWS's query protocol", () => {
  it("ask who is calling, signed for the service and the region", async () => {
    const { queries, asked } = await answering(200, IDENTITY);
    expect(await queries.callerArn()).toBe("arn:aws:sts::123456789012:assumed-role/ops&more/ada");
    expect(Object.fromEntries(asked[0]?.body ?? [])).toEqual({ Action: "GetCallerIdentity", Version: "2011-06-15" });
    expect(asked[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sts\/aws4_request, SignedHeaders=/,
      ),
      "x-amz-security-token": "token",
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    });
  });

  it("ask for a stack's outputs, in whatever order their parts stand", async () => {
    const { queries, asked } = await answering(200, STACKS);
    expect(await queries.stackOutputs("EnvisionBridge-dev")).toEqual({
      TableName: "EnvisionBridge-dev-Ledger-1A",
      ApiUrl: "https://x.example.com/v1/",
    });
    expect(asked[0]?.body.get("StackName")).toBe("EnvisionBridge-dev");
    expect(asked[0]?.headers.authorization).toContain("/cloudformation/aws4_request");
  });

  it.each([
    [
      400,
      error("ValidationError", "Stack with id X does not exist"),
      "ValidationError",
      "Stack with id X does not exist",
    ],
    [403, error("ExpiredToken", "The security token is expired"), "ExpiredToken", "The security token is expired"],
    [503, "no XML at all", "503", "AWS answered 503"],
  ])("tell what AWS refuses, by its code: %i", async (status, body, code, message) => {
    const { queries } = await answering(status, body);
    await expect(queries.stackOutputs("X")).rejects.toMatchObject({ name: "AwsQueryError", code, message });
  });

  it("do not take an answer without an ARN for one", async () => {
    const { queries } = await answering(200, "<html></html>");
    await expect(queries.callerArn()).rejects.toMatchObject({ code: "InvalidResponse" });
  });
});

import { describe, expect, it } from "vitest";
import { goodUntil, readS3Error, saysExpired } from "../../../lambdas/shared/domain/pre-signed-urls.ts";

const SINCE = Date.UTC(2026, 10, 2, 15, 4, 5);
const url = (query: string) => `https://b.s3.us-east-2.amazonaws.com/a.pdf?${query}`;

describe("[T8] a pre-signed URL", () => {
  it.each([
    ["X-Amz-Date=20181025T192345Z&X-Amz-Expires=120&X-Amz-Signature=a", Date.UTC(2018, 9, 25, 19, 25, 45)],
    ["x-amz-expires=7200&x-amz-date=20230208T161740Z", Date.UTC(2023, 1, 8, 18, 17, 40)],
    ["AWSAccessKeyId=A&Expires=1700000000&Signature=a", 1_700_000_000_000],
  ])("says when it dies: %s", (query, dies) => {
    expect(goodUntil(url(query), SINCE)).toBe(dies);
  });

  it.each([
    "",
    "X-Amz-Expires=120",
    "X-Amz-Date=20181025T192345Z",
    "X-Amz-Date=soon&X-Amz-Expires=120",
    "Expires=never",
  ])("else is taken to live two hours: %s", (query) => {
    expect(goodUntil(url(query), SINCE)).toBe(SINCE + 7_200_000);
  });

  it.each([
    ["X-Amz-Date=20181399T192345Z&X-Amz-Expires=120", SINCE + 7_200_000],
    ["X-Amz-Date=20181025T192345Z&X-Amz-Expires=-5", SINCE + 7_200_000],
  ])("with nonsense in it counts as one that says nothing: %s", (query, dies) => {
    expect(goodUntil(url(query), SINCE)).toBe(dies);
  });
});

describe("[E13] an answer of S3", () => {
  const xml = (code: string, message: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>1</RequestId></Error>`;

  it.each([
    ["AccessDenied", "Request has expired", true],
    ["AccessDenied", "Request has\n  expired", true],
    ["ExpiredToken", "The provided token has expired.", true],
    ["AccessDenied", "Access Denied", false],
    ["SignatureDoesNotMatch", "The request signature we calculated does not match", false],
  ])("%s, %s: has expired is %s", (code, message, expected) => {
    const error = readS3Error(xml(code, message));
    expect(error?.code).toBe(code);
    expect(error && saysExpired(error)).toBe(expected);
  });

  it.each(["", "Forbidden", "<html>Not found</html>", '{"message":"Forbidden"}'])("is no XML error: %s", (body) => {
    expect(readS3Error(body)).toBeUndefined();
  });
});

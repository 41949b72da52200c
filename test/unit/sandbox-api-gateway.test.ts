import { afterEach, describe, expect, test, vi } from "vitest";
import { startRestApi } from "../../sandbox/emulators/api-gateway.ts";
import { findRoute, type RestApi } from "../../sandbox/emulators/api-routes.ts";
import type { InvocationResult } from "../../sandbox/emulators/lambda.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function apiThat(answer: InvocationResult | "never", settings: Partial<RestApi> = {}) {
  const invoke = vi.fn(async (_event: unknown) => (answer === "never" ? new Promise<never>(() => undefined) : answer));
  const route = {
    method: "POST",
    resource: "/events",
    resourceId: "r1",
    timeoutMilliseconds: 50,
    functionArn: "arn:aws:lambda:eu-west-1:000000000000:function:any",
    target: { invoke },
  };
  const api = await startRestApi({ id: "api", stage: "prod", binaryMediaTypes: [], routes: [route], ...settings });
  cleanups.push(api.stop);
  return { invoke, url: api.url };
}

const succeeded = (payload: unknown): InvocationResult => ({ kind: "succeeded", payload });
const post = (url: string, init: RequestInit = {}) => fetch(url, { method: "POST", ...init });

describe("routes", () => {
  const routes = [
    "ANY /{proxy+}",
    "GET /tickets/{id}",
    "GET /tickets/open",
    "ANY /tickets/{id}",
    "GET /",
    "GET /{a}/{b}/c",
  ]
    .map((text) => text.split(" "))
    .map(([method = "", resource = ""]) => ({ method, resource }));

  test.each([
    ["GET", "/tickets/open", "GET /tickets/open", {}],
    ["GET", "/tickets/CS1", "GET /tickets/{id}", { id: "CS1" }],
    ["PUT", "/tickets/CS1", "ANY /tickets/{id}", { id: "CS1" }],
    ["GET", "/tickets/a%2Fb", "GET /tickets/{id}", { id: "a%2Fb" }],
    ["GET", "/tickets/CS1/", "GET /tickets/{id}", { id: "CS1" }],
    ["GET", "/", "GET /", {}],
    ["GET", "/x/y/c", "GET /{a}/{b}/c", { a: "x", b: "y" }],
    ["GET", "/x/y/d", "ANY /{proxy+}", { proxy: "x/y/d" }],
  ])("%s %s is served by %s", (method, path, expected, pathParameters) => {
    const match = findRoute(routes, method, path);
    expect(`${match?.route.method} ${match?.route.resource}`).toBe(expected);
    expect(match?.pathParameters).toEqual(pathParameters);
  });

  test("what nothing serves has no route", () => {
    expect(findRoute(routes, "POST", "/")).toBeUndefined();
  });
});

test("the function gets the proxy event of API Gateway", async () => {
  const { invoke, url } = await apiThat(succeeded({ statusCode: 200 }));
  await post(`${url}/events?tag=a&tag=b%20c`, { body: "{}", headers: { "X-Trace": "1", authorization: "Bearer x" } });
  expect(invoke).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({
      resource: "/events",
      path: "/events",
      httpMethod: "POST",
      headers: expect.objectContaining({ "X-Trace": "1", authorization: "Bearer x" }),
      multiValueHeaders: expect.objectContaining({ "X-Trace": ["1"] }),
      queryStringParameters: { tag: "b c" },
      multiValueQueryStringParameters: { tag: ["a", "b c"] },
      pathParameters: null,
      requestContext: expect.objectContaining({
        stage: "prod",
        path: "/prod/events",
        requestId: expect.any(String),
        identity: expect.objectContaining({ sourceIp: "127.0.0.1" }),
      }),
      body: "{}",
      isBase64Encoded: false,
    }),
  );
});

test("status, headers and body of the result are sent", async () => {
  const headers = { "content-type": "text/plain", "retry-after": 3 };
  const multiValueHeaders = { "x-many": ["a", "b"] };
  const { url } = await apiThat(succeeded({ statusCode: 429, headers, multiValueHeaders, body: "später" }));
  const response = await post(`${url}/events`);
  expect([response.status, await response.text()]).toEqual([429, "später"]);
  expect(Object.fromEntries(response.headers)).toMatchObject({ ...headers, "retry-after": "3", "x-many": "a, b" });
});

test("binary bodies travel as base64 both ways where the template declares the media type", async () => {
  const bytes = Buffer.from([0, 255, 128]);
  const result = succeeded({ statusCode: 200, body: bytes.toString("base64"), isBase64Encoded: true });
  const { invoke, url } = await apiThat(result, { binaryMediaTypes: ["image/png"] });
  const response = await post(`${url}/events`, {
    body: bytes,
    headers: { "content-type": "image/png", accept: "image/png" },
  });
  expect(invoke).toHaveBeenCalledWith(expect.objectContaining({ body: "AP+A", isBase64Encoded: true }));
  expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
});

const failed: InvocationResult = { kind: "failed", error: { errorType: "Error", errorMessage: "secret", trace: [] } };

test.each([
  ["an unknown route", "/other", succeeded({ statusCode: 200 }), "", 403, "Missing Authentication Token"],
  ["a body over 10 MB", "/events", succeeded({ statusCode: 200 }), "x".repeat(10_485_761), 413, "Request Too Long"],
  ["a failed function", "/events", failed, "", 502, "Internal server error"],
  ["a result without status", "/events", succeeded({ body: "x" }), "", 502, "Internal server error"],
  ["a body that is no text", "/events", succeeded({ statusCode: 200, body: {} }), "", 502, "Internal server error"],
  ["no concurrency left", "/events", { kind: "throttled" } as const, "", 500, "Internal server error"],
  ["a function that takes too long", "/events", "never" as const, "", 504, "Endpoint request timed out"],
])("%s is answered by API Gateway itself", async (_, path, result, body, status, message) => {
  const { url } = await apiThat(result);
  const response = await post(url + path, { body });
  expect([response.status, await response.json()]).toEqual([status, { message }]);
});

test("a taken port is named", async () => {
  const { url } = await apiThat(succeeded({ statusCode: 200 }));
  const port = Number(new URL(url).port);
  const second = startRestApi({ id: "api", stage: "prod", binaryMediaTypes: [], routes: [] }, port);
  await expect(second).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}`);
});

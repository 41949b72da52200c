import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { APIGatewayProxyEvent } from "aws-lambda";
import * as z from "zod";
import { findRoute, type PathParameters, type RestApi, type Route } from "./api-routes.ts";
import { accountId } from "./identities.ts";
import type { InvocationResult } from "./lambda.ts";
import { type LoopbackServer, serveOnLoopback } from "./loopback-server.ts";

const scalarSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const proxyResultSchema = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), scalarSchema).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalarSchema)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
});

const maximumBodyBytes = 10 * 1024 * 1024;

/**
 * Serves a REST API with Lambda proxy integrations as API Gateway does, its own error answers included.
 * The paths carry no stage prefix: `http://127.0.0.1:PORT/tickets`, as behind a custom domain.
 */
export function startRestApi(api: RestApi, port?: number): Promise<LoopbackServer> {
  return serveOnLoopback((request, response) => {
    answer(api, request, response).catch(() => response.destroy());
  }, port);
}

async function answer(api: RestApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://sandbox");
  const requestId = randomUUID();
  response.setHeader("x-amzn-RequestId", requestId);
  const match = findRoute(api.routes, request.method ?? "GET", url.pathname);
  if (match === undefined) return refuse(response, 403, "Missing Authentication Token");
  const body = await readBody(request);
  if (body === undefined) return refuse(response, 413, "Request Too Long");

  const event = toProxyEvent({ api, request, url, requestId, body, ...match });
  const expiry = new AbortController();
  const result = await Promise.race([
    match.route.target.invoke(event),
    delay(match.route.timeoutMilliseconds, "expired" as const, { signal: expiry.signal }),
  ]);
  expiry.abort();
  if (result === "expired") return refuse(response, 504, "Endpoint request timed out");
  reply(api, request, response, result);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    // Read to the end in any case: a sender that is still writing would not see the answer.
    if (size <= maximumBodyBytes) chunks.push(chunk);
  }
  return size > maximumBodyBytes ? undefined : Buffer.concat(chunks);
}

interface ProxyRequest {
  readonly api: RestApi;
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly requestId: string;
  readonly body: Buffer;
  readonly route: Route;
  readonly pathParameters: PathParameters;
}

function toProxyEvent({ api, request, url, requestId, body, route, pathParameters }: ProxyRequest) {
  const headers = grouped(pairs(request.rawHeaders));
  const query = grouped([...url.searchParams]);
  const isBase64Encoded = isBinary(api.binaryMediaTypes, request.headers["content-type"]);
  const time = new Date();
  const httpMethod = request.method ?? "GET";
  return {
    resource: route.resource,
    path: url.pathname,
    httpMethod,
    headers: last(headers),
    multiValueHeaders: headers,
    queryStringParameters: orNull(last(query)),
    multiValueQueryStringParameters: orNull(query),
    pathParameters: orNull(pathParameters),
    stageVariables: null,
    requestContext: {
      accountId,
      apiId: api.id,
      authorizer: null,
      domainName: request.headers.host,
      extendedRequestId: requestId,
      httpMethod,
      identity: { ...noIdentity, sourceIp: "127.0.0.1", userAgent: request.headers["user-agent"] ?? null },
      path: `/${api.stage}${url.pathname}`,
      protocol: "HTTP/1.1",
      requestId,
      requestTime: time.toUTCString(),
      requestTimeEpoch: time.getTime(),
      resourceId: route.resourceId,
      resourcePath: route.resource,
      stage: api.stage,
    },
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? "base64" : "utf8"),
    isBase64Encoded,
  } satisfies APIGatewayProxyEvent;
}

const noIdentity = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
} as const;

function reply(api: RestApi, request: IncomingMessage, response: ServerResponse, result: InvocationResult): void {
  const proxyResult = proxyResultSchema.safeParse(result.kind === "succeeded" ? result.payload : undefined);
  if (!proxyResult.success) {
    refuse(response, result.kind === "throttled" ? 500 : 502, "Internal server error");
    return;
  }
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = proxyResult.data;
  response.statusCode = statusCode;
  response.setHeader("content-type", "application/json");
  for (const [name, value] of Object.entries({ ...headers, ...multiValueHeaders })) response.setHeader(name, value);
  const decode = isBase64Encoded && isBinary(api.binaryMediaTypes, request.headers.accept);
  response.end(Buffer.from(body ?? "", decode ? "base64" : "utf8"));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}

function isBinary(binaryMediaTypes: readonly string[], header: string | undefined): boolean {
  const mediaType = header?.split(/[,;]/)[0]?.trim() ?? "";
  return binaryMediaTypes.some((type) => type === "*/*" || type === mediaType);
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as [string, string]] : [],
  );
}

function grouped(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const [name, value] of entries) groups[name] = [...(groups[name] ?? []), value];
  return groups;
}

/** Of a repeated name API Gateway keeps the last value beside the multi-value form. */
function last(groups: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, values.at(-1) ?? ""]));
}

function orNull<Value extends object>(value: Value): Value | null {
  return Object.keys(value).length === 0 ? null : value;
}

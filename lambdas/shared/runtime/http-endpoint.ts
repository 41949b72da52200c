import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type { Problem } from "../domain/client-contract.ts";
import type { Telemetry } from "./telemetry.ts";

/** A request that is answered with a problem: the caller's fault, in words that the caller can act on. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: 400 | 401 | 404 | 409 | 413 | 415;
  readonly field: string | undefined;

  constructor(status: HttpProblem["status"], message: string, field?: string) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

export interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const toResult = ({ status, body, headers = {} }: Reply): APIGatewayProxyResult => ({
  statusCode: status,
  headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  body: JSON.stringify(body),
});

/** The one place where an error becomes an HTTP status. Nothing of our own faults reaches the caller but that it may try again. */
const problemReply = (error: unknown, { logger }: Telemetry): Reply => {
  if (error instanceof HttpProblem) {
    const { status, message, field } = error;
    logger.info("refused", { status, problem: message, field });
    const body: Problem = { error: message, ...(field === undefined ? {} : { field }) };
    return { status, body };
  }
  logger.error("a request failed", { error });
  const body: Problem = { error: "The event could not be stored. Nothing was taken: send it again." };
  return { status: 503, body, headers: { "retry-after": "30" } };
};

/** A handler of a REST API: routes a request, answers in JSON, and never lets an error through. */
export const httpEndpoint = (route: (event: APIGatewayProxyEvent) => Promise<Reply>, told: Telemetry) =>
  middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(injectLambdaContext(told.logger, { clearState: true }))
    .use(logMetrics(told.metrics))
    .use({
      onError: (request) => {
        request.response = toResult(problemReply(request.error, told));
      },
    })
    .handler(async (event: APIGatewayProxyEvent) => toResult(await route(event)));

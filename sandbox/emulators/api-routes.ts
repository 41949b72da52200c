import * as z from "zod";
import type { Invocable } from "./lambda.ts";
import type { Template } from "./template.ts";

/** What the sandbox reads of AWS::ApiGateway::RestApi. */
const restApiSchema = z.object({
  BinaryMediaTypes: z.array(z.string()).default([]),
  Body: z.undefined("the sandbox reads an API from its resources and methods only").optional(),
});

/** What the sandbox reads of AWS::ApiGateway::Stage. */
const stageSchema = z.object({ StageName: z.string() });

/** What the sandbox reads of AWS::ApiGateway::Resource. */
const resourceSchema = z.object({ ParentId: z.string(), PathPart: z.string() });

/** What the sandbox reads of AWS::ApiGateway::Method. */
const methodSchema = z.object({
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.literal("NONE", "the sandbox knows no authorizers").default("NONE"),
  ApiKeyRequired: z.literal(false, "the sandbox knows no API keys").optional(),
  Integration: z.object({
    Type: z.literal("AWS_PROXY", "the sandbox knows the Lambda proxy integration only"),
    Uri: z
      .string()
      .regex(/functions\/arn:.+\/invocations$/)
      .transform((uri) => uri.slice(uri.indexOf("functions/") + "functions/".length, -"/invocations".length)),
    TimeoutInMillis: z.number().default(29_000),
  }),
});

export interface Route {
  /** `ANY` for all. */
  readonly method: string;
  /** As in the template, for example `/tickets/{id}` or `/files/{proxy+}`. */
  readonly resource: string;
  readonly resourceId: string;
  readonly timeoutMilliseconds: number;
  readonly functionArn: string;
  readonly target: Invocable;
}

export interface RestApi {
  readonly id: string;
  readonly stage: string;
  readonly binaryMediaTypes: readonly string[];
  readonly routes: readonly Route[];
}

export type PathParameters = Record<string, string>;

/**
 * The REST API of a template: its routes from its resources and methods. A template without one gives an API
 * without routes.
 *
 * @param functionOf gives the function with an ARN.
 * @throws when there are several, for the sandbox serves one address.
 */
export function readRestApi(template: Template, functionOf: (arn: string) => Invocable): RestApi {
  const apis = template.resources(["AWS::ApiGateway::RestApi"], restApiSchema);
  if (apis.length > 1) {
    throw new Error(`The sandbox serves one REST API, not ${apis.map(({ logicalId }) => logicalId).join(" and ")}.`);
  }
  const stages = template.resources(["AWS::ApiGateway::Stage"], stageSchema);
  const resources = template.resources(["AWS::ApiGateway::Resource"], resourceSchema);
  const methods = template.resources(["AWS::ApiGateway::Method"], methodSchema);

  function pathOf(resourceId: string): string {
    const resource = resources.find(({ ref }) => ref === resourceId);
    return resource ? `${pathOf(resource.properties.ParentId)}/${resource.properties.PathPart}` : "";
  }

  return {
    id: apis[0]?.ref ?? "none",
    stage: stages[0]?.properties.StageName ?? "none",
    binaryMediaTypes: apis[0]?.properties.BinaryMediaTypes ?? [],
    routes: methods.map(({ properties: { HttpMethod, ResourceId, Integration } }) => ({
      method: HttpMethod,
      resource: pathOf(ResourceId) || "/",
      resourceId: ResourceId,
      timeoutMilliseconds: Integration.TimeoutInMillis,
      functionArn: Integration.Uri,
      target: functionOf(Integration.Uri),
    })),
  };
}

/** The most specific match: segment by segment a literal before `{id}` before `{proxy+}`, a method before ANY. */
export function findRoute<Candidate extends Pick<Route, "method" | "resource">>(
  routes: readonly Candidate[],
  method: string,
  path: string,
): { route: Candidate; pathParameters: PathParameters } | undefined {
  const [best] = routes
    .filter((route) => route.method === method || route.method === "ANY")
    .map((route) => ({ route, pathParameters: matchPath(route.resource, path) }))
    .filter((match) => match.pathParameters !== undefined)
    .sort((one, other) => rank(one.route).localeCompare(rank(other.route)));
  return best?.pathParameters && { route: best.route, pathParameters: best.pathParameters };
}

function rank({ resource, method }: Pick<Route, "method" | "resource">): string {
  const segments = resource.split("/").map((segment) => (segment.endsWith("+}") ? 2 : segment.startsWith("{") ? 1 : 0));
  return `${segments.join("")} ${method === "ANY" ? 1 : 0}`;
}

/** API Gateway leaves path parameters percent-encoded. */
function matchPath(resource: string, path: string): PathParameters | undefined {
  const wanted = resource.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  const greedy = wanted.at(-1)?.endsWith("+}") ?? false;
  if (greedy ? given.length < wanted.length : given.length !== wanted.length) return undefined;
  const parameters: PathParameters = {};
  for (const [index, segment] of wanted.entries()) {
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    const value = segment.endsWith("+}") ? given.slice(index).join("/") : given[index];
    if (name === undefined ? segment !== value : value === undefined) return undefined;
    if (name !== undefined && value !== undefined) parameters[name] = value;
  }
  return parameters;
}

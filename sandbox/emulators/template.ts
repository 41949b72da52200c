import * as z from "zod";
import { accountId, type Identity, identities, type Place } from "./identities.ts";
import { noValue, type References, resolveIntrinsics, Unresolved } from "./intrinsics.ts";

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      Condition: z.string().optional(),
    }),
  ),
  Parameters: z.record(z.string(), z.object({ Type: z.string(), Default: z.unknown().optional() })).default({}),
});
type Resource = z.infer<typeof templateSchema>["Resources"][string];

/** What exists only in an account: observation, networks, names, metadata. It has no effect on what the functions do, nor on their rights. */
const withoutEffectHere = [
  /^AWS::(Logs|CloudWatch|SNS|WAFv2|XRay|EC2|Route53|Budgets|ResourceGroups|ApplicationInsights|SSM|CDK)::/,
  /^AWS::(KMS::Alias|Scheduler::ScheduleGroup|Lambda::EventInvokeConfig)$/,
  /^AWS::ApiGateway::(Account|Deployment|RequestValidator|Model|GatewayResponse|DomainName|BasePathMapping|UsagePlan|ApiKey|UsagePlanKey)$/,
  /^(Custom::|AWS::CloudFormation::CustomResource$)/,
];

export interface InterpretedResource<Properties> extends Identity {
  readonly logicalId: string;
  /** Empty for the parts of an API, which have none. */
  readonly arn: string;
  readonly properties: Properties;
}

export interface Template {
  /**
   * The resources of the given types with the properties that the schema names, references resolved.
   *
   * @param where leaves out others of the same type; it is given their properties as they stand, references unresolved.
   * @throws when a property does not fit, or holds a reference that cannot be resolved; the error names both.
   */
  resources<Schema extends z.ZodType>(
    types: readonly string[],
    schema: Schema,
    where?: (properties: Readonly<Record<string, unknown>>) => boolean,
  ): InterpretedResource<z.infer<Schema>>[];
}

/**
 * Reads a synthesised CloudFormation template: what its resources are called in the sandbox, and how they refer to
 * each other. Only properties that somebody asks for are interpreted; a reference elsewhere may point anywhere.
 *
 * @throws when the template has a resource type that could matter at run time and that the sandbox does not know.
 */
export function readTemplate(input: unknown, place: Place): Template {
  const template = templateSchema.parse(input);
  const unknown = Object.entries(template.Resources).filter(([, { Type }]) => !isKnown(Type));
  if (unknown.length > 0) {
    const names = unknown.map(([logicalId, { Type }]) => `${Type} (${logicalId})`).join(", ");
    throw new Error(`The sandbox does not know ${names}: teach it in sandbox/emulators, or leave the resource out.`);
  }

  const pseudoParameters: Readonly<Record<string, unknown>> = {
    "AWS::Region": place.region,
    "AWS::AccountId": accountId,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": place.stackName ?? "sandbox",
    "AWS::StackId": `arn:aws:cloudformation:${place.region}:${accountId}:stack/${place.stackName ?? "sandbox"}/0`,
    "AWS::NoValue": noValue,
  };
  const references: References = {
    ref: (name) => pseudoParameters[name] ?? identityOf(name)?.ref ?? parameter(name),
    getAtt: (logicalId, attribute) => identityOf(logicalId)?.attributes[attribute],
  };

  function parameter(name: string): unknown {
    const { Type, Default } = template.Parameters[name] ?? {};
    return Type?.startsWith("AWS::SSM::") ? undefined : Default;
  }

  function identityOf(logicalId: string): Identity | undefined {
    const resource = template.Resources[logicalId];
    const identify = resource && identities[resource.Type];
    return identify?.({ logicalId, properties: ownNames(resource) }, place);
  }

  // A name may be joined from parameters or other names; whatever else the resource refers to is of no concern here.
  function ownNames(resource: Resource | undefined): Record<string, unknown> {
    const named = Object.entries(resource?.Properties ?? {}).filter(([key]) => /Name$|^FifoQueue$/.test(key));
    return Object.fromEntries(named.map(([key, value]) => [key, resolveIntrinsics(value, references)]));
  }

  return {
    resources: (types, schema, where = () => true) =>
      Object.entries(template.Resources)
        .filter(([, { Type, Properties }]) => types.includes(Type) && where(Properties))
        .map(([logicalId, resource]) => {
          const identity = identityOf(logicalId);
          if (identity === undefined || resource.Condition !== undefined) {
            throw new Error(`${logicalId} (${resource.Type}): the sandbox knows no conditional resources.`);
          }
          const arn = identity.attributes.Arn ?? "";
          return { logicalId, arn, ...identity, properties: interpret(logicalId, resource, schema, references) };
        }),
  };
}

function isKnown(type: string): boolean {
  return type in identities || withoutEffectHere.some((pattern) => pattern.test(type));
}

function interpret<Schema extends z.ZodType>(
  logicalId: string,
  resource: Resource,
  schema: Schema,
  references: References,
): z.infer<Schema> {
  const resolved = resolveIntrinsics(resource.Properties, references);
  const result = schema.safeParse(resolved);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const value = path.reduce<unknown>((part, key) => (isIndexable(part) ? part[key] : part), resolved);
    const reason = value instanceof Unresolved ? `the sandbox cannot resolve ${value.reference}` : message;
    return `${logicalId} (${resource.Type}), property ${path.join(".")}: ${reason}`;
  });
  throw new Error(problems.join("\n"));
}

function isIndexable(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Unresolved);
}

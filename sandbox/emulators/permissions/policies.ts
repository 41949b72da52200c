import * as z from "zod";
import type { Template } from "../template.ts";

/** An element of a statement that may be one or several. */
const oneOrMore = z.union([z.array(z.string()), z.string().transform((one) => [one])]);
const never = z.undefined("the sandbox knows no NotAction, NotResource or NotPrincipal").optional();

const statementSchema = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore,
  Resource: oneOrMore.optional(),
  Principal: z.union([z.literal("*"), z.record(z.string(), oneOrMore)]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  NotAction: never,
  NotResource: never,
  NotPrincipal: never,
});
const documentSchema = z.object({
  Statement: z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(statementSchema)),
});

const roleSchema = z.object({
  AssumeRolePolicyDocument: documentSchema,
  Policies: z.array(z.object({ PolicyDocument: documentSchema })).default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
});
const policySchema = z.object({ Roles: z.array(z.string()), PolicyDocument: documentSchema });
const busPolicySchema = documentSchema.extend({ EventBusName: z.string() });
const permissionSchema = z.object({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: z.string().optional(),
});

/** A statement about one action, one resource and one principal; in a role's policy the principal is the role. */
export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string;
  readonly Resource?: string;
  readonly Principal?: "*" | Readonly<Record<string, string>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The smallest part of a policy that can be taken away. */
export interface Grant {
  /** The ARN of the role that has the right, or of the resource whose own policy gives it. */
  readonly holder: string;
  /** Of a role's policy; otherwise it is the resource, or the role as something to be assumed, that lets others in. */
  readonly ofRole: boolean;
  readonly statement: Statement;
}

export interface Policies {
  readonly grants: readonly Grant[];
  /** Policies of AWS's own, whose text is not in the template. What only they allow is refused here. */
  readonly managed: readonly { readonly role: string; readonly policyArn: string }[];
}

/**
 * All rights that a template gives: by the policies of its roles, and by those of its queues, buckets, topics, buses, keys,
 * functions and, about who may assume them, roles.
 *
 * @throws when a statement says what the sandbox does not understand.
 */
export const readPolicies = (template: Template): Policies => {
  const roles = template.resources(["AWS::IAM::Role"], roleSchema);
  const grants = [
    ...roles.flatMap(({ arn, properties }) => [
      ...grantsOf(arn, false, properties.AssumeRolePolicyDocument),
      ...properties.Policies.flatMap(({ PolicyDocument }) => grantsOf(arn, true, PolicyDocument)),
    ]),
    ...template
      .resources(["AWS::IAM::Policy"], policySchema)
      .flatMap(({ properties }) =>
        roles
          .filter(({ name }) => properties.Roles.includes(name))
          .flatMap(({ arn }) => grantsOf(arn, true, properties.PolicyDocument)),
      ),
    ...resourceGrants(template),
  ];
  const managed = roles.flatMap(({ arn, properties }) =>
    properties.ManagedPolicyArns.map((policyArn) => ({ role: arn, policyArn })),
  );
  return { grants, managed };
};

const resourceGrants = (template: Template): Grant[] => {
  const named = (type: string) => template.resources([type], z.unknown());
  const [queues, buckets] = [named("AWS::SQS::Queue"), named("AWS::S3::Bucket")];
  const buses = named("AWS::Events::EventBus");
  const of = (found: { arn: string } | undefined, document: Document) => grantsOf(found?.arn ?? "", false, document);
  return [
    ...template
      .resources(["AWS::KMS::Key"], z.object({ KeyPolicy: documentSchema }))
      .flatMap(({ arn, properties }) => grantsOf(arn, false, properties.KeyPolicy)),
    ...template
      .resources(["AWS::SQS::QueuePolicy"], z.object({ Queues: z.array(z.string()), PolicyDocument: documentSchema }))
      .flatMap(({ properties: { Queues, PolicyDocument } }) =>
        Queues.flatMap((url) =>
          of(
            queues.find(({ ref }) => ref === url),
            PolicyDocument,
          ),
        ),
      ),
    ...template
      .resources(["AWS::S3::BucketPolicy"], z.object({ Bucket: z.string(), PolicyDocument: documentSchema }))
      .flatMap(({ properties: { Bucket, PolicyDocument } }) =>
        of(
          buckets.find(({ ref }) => ref === Bucket),
          PolicyDocument,
        ),
      ),
    ...template
      .resources(["AWS::SNS::TopicPolicy"], z.object({ Topics: z.array(z.string()), PolicyDocument: documentSchema }))
      .flatMap(({ properties: { Topics, PolicyDocument } }) =>
        Topics.flatMap((arn) => grantsOf(arn, false, PolicyDocument)),
      ),
    ...template.resources(["AWS::Events::EventBusPolicy"], busPolicySchema).flatMap(({ properties }) =>
      of(
        buses.find(({ ref }) => ref === properties.EventBusName),
        properties,
      ),
    ),
    ...template
      .resources(["AWS::Lambda::Permission"], permissionSchema)
      .map(({ properties }) => permission(properties)),
  ];
};

/** What Lambda makes of a permission: a statement of the function's policy. */
const permission = ({ Action, FunctionName, Principal, ...source }: z.infer<typeof permissionSchema>): Grant => ({
  holder: FunctionName,
  ofRole: false,
  statement: {
    Effect: "Allow",
    Action,
    Resource: FunctionName,
    Principal: { Service: Principal },
    Condition: {
      ...(source.SourceArn === undefined ? {} : { ArnLike: { "aws:SourceArn": source.SourceArn } }),
      ...(source.SourceAccount === undefined ? {} : { StringEquals: { "aws:SourceAccount": source.SourceAccount } }),
    },
  },
});

type Document = z.infer<typeof documentSchema>;

const grantsOf = (holder: string, ofRole: boolean, { Statement }: Document): Grant[] =>
  Statement.flatMap(({ Effect, Action, Resource, Principal, Condition }) => {
    const resources = (Resource ?? [undefined]).map((one) => (one === undefined ? {} : { Resource: one }));
    const condition = Condition === undefined ? {} : { Condition };
    return Action.flatMap((action) =>
      resources.flatMap((resource) =>
        principalsOf(Principal).map((principal) => ({
          holder,
          ofRole,
          statement: { Effect, Action: action, ...resource, ...principal, ...condition },
        })),
      ),
    );
  });

const principalsOf = (
  principal: z.infer<typeof statementSchema>["Principal"],
): { Principal?: NonNullable<Statement["Principal"]> }[] => {
  if (principal === undefined) return [{}];
  if (principal === "*") return [{ Principal: principal }];
  return Object.entries(principal).flatMap(([kind, names]) => names.map((name) => ({ Principal: { [kind]: name } })));
};

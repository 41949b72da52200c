import { type App, CfnResource, Stack, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { type AcceptedFinding, acceptedFindings } from "./accepted-findings.ts";

/**
 * Has `cdk synth` fail on whatever the rules "AWS Solutions" of cdk-nag find in a stack, but for what is accepted with a reason. The
 * reasons stand in the template as well, at the resources that they are about.
 */
export const withChecks = (app: App): App => {
  acceptFindings(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { writeSuppressionsToCloudFormation: true }));
  return app;
};

/**
 * Acknowledges each accepted finding, by its exact name and at the one resource that has it: what else the rules may find there
 * later still counts.
 *
 * @returns the entries that accepted nothing.
 */
export const acceptFindings = (
  app: App,
  accepted: readonly AcceptedFinding[] = acceptedFindings,
): readonly AcceptedFinding[] => {
  const needed = new Set<AcceptedFinding>();
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  const findings = violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath = "" }) => ({ ruleName, constructPath })),
  );
  const resources = new Map(app.node.findAll().map((construct) => [construct.node.path, construct]));
  for (const { ruleName, constructPath } of findings) {
    const resource = resources.get(constructPath);
    if (!CfnResource.isCfnResource(resource)) continue;
    const path = constructPath.slice(Stack.of(resource).node.path.length + 1);
    const entry = accepted.find(({ finding, at }) => finding.test(ruleName) && at.test(path));
    if (entry === undefined) continue;
    needed.add(entry);
    Validations.of(resource).acknowledge({ id: ruleName, reason: entry.reason });
  }
  return accepted.filter((entry) => !needed.has(entry));
};

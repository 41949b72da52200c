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

/** What the rules find in an app. */
export interface Findings {
  /** What nobody has accepted: the finding and the path of its resource. */
  readonly open: readonly string[];
  /** The entries that accepted something. */
  readonly needed: ReadonlySet<AcceptedFinding>;
}

/**
 * Acknowledges each accepted finding, by its exact name and at the one resource that has it: what else the rules may find there
 * later still counts.
 */
export const acceptFindings = (app: App): Findings => {
  const needed = new Set<AcceptedFinding>();
  const open: string[] = [];
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  const findings = violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath = "" }) => ({ ruleName, constructPath })),
  );
  const resources = new Map(app.node.findAll().map((construct) => [construct.node.path, construct]));
  for (const { ruleName, constructPath } of findings) {
    const resource = resources.get(constructPath);
    const entry = CfnResource.isCfnResource(resource) ? entryFor(ruleName, resource) : undefined;
    if (resource === undefined || entry === undefined) {
      open.push(`${ruleName} at ${constructPath}`);
      continue;
    }
    needed.add(entry);
    Validations.of(resource).acknowledge({ id: ruleName, reason: entry.reason });
  }
  return { open, needed };
};

const entryFor = (ruleName: string, resource: CfnResource): AcceptedFinding | undefined => {
  const path = resource.node.path.slice(Stack.of(resource).node.path.length + 1);
  return acceptedFindings.find(({ finding, at }) => finding.test(ruleName) && at.test(path));
};

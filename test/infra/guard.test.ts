import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CfnGuardValidator } from "@cdklabs/cdk-validator-cfnguard";
import { App } from "aws-cdk-lib";
import { afterAll, describe, expect, it } from "vitest";
import { productionWithOptions, templateOfVariant } from "./variants.ts";

/**
 * A second opinion: cfn-guard, which the package brings along as a program, with the rules of AWS Control Tower. Some of these are made for
 * other uses than ours; what is not followed is named here, with the reason.
 */
const accepted: readonly { control: string; at: RegExp; reason: string }[] = [
  {
    control: "CT.APIGATEWAY.PR.1",
    at: /^ClientToEnsonoApiDeploymentStage/,
    reason: "access logs tell of every call; execution logs would be neither encrypted by our key nor ever deleted",
  },
  { control: "CT.APIGATEWAY.PR.2", at: /^ClientToEnsonoApiDeploymentStage/, reason: "tracing is an option" },
  {
    control: "CT.CLOUDWATCH.PR.2",
    at: /Logs\w{8}$/,
    reason: "it asks for a year; logs tell how things went for two months, and what was done is in the ledger",
  },
  {
    control: "CT.KMS.PR.3",
    at: /^(?:StorageKey|MonitoringNotificationsKey)/,
    reason: "no role of ours may create grants; who else may is for the account's administrators to say",
  },
  {
    control: "CT.LAMBDA.PR.2",
    at: /^ClientToEnsonoApi\w+ApiPermission/,
    reason: "they do name the one route of the one API; the rule does not read an ARN that is joined from parts",
  },
  {
    control: "CT.LAMBDA.PR.3",
    at: /^(?:EnsonoToClient|ClientToEnsono|Upkeep|Events|CustomS3AutoDeleteObjects)/,
    reason: "a VPC is an option; the CDK's own function, which empties the bucket when a stack goes, needs none",
  },
  { control: "CT.S3.PR.2", at: /^StorageFiles/, reason: "the ledger's journal tells of every file" },
  {
    control: "CT.S3.PR.4",
    at: /^StorageFiles/,
    reason: "nobody waits for files: who puts one there notes it in the ledger",
  },
  { control: "CT.S3.PR.9", at: /^StorageFiles/, reason: "files are copies, and must go when their time is over" },
  { control: "CT.S3.PR.11", at: /^StorageFiles/, reason: "nothing is ever changed there" },
  { control: "CT.SQS.PR.1", at: /DeadLetters\w{8}$/, reason: "they are the queues of dead letters themselves" },
  {
    control: "CT.SQS.PR.1",
    at: /^EnsonoToClientHalfMinuteTicks/,
    reason: "a tick that did not run the poller is followed by the next one",
  },
];

const rulesFolder = join(
  dirname(createRequire(import.meta.url).resolve("@cdklabs/cdk-validator-cfnguard/package.json")),
  "rules/control-tower/cfn-guard",
);
const folder = mkdtempSync(join(tmpdir(), "guard-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the rules find in a template: control and resource. Rules on types of which it has no resource are left out. */
const findingsIn = (template: object): string[] => {
  const path = join(folder, "template.json");
  const written = JSON.stringify(template);
  writeFileSync(path, written);
  const rules = globSync("**/*.guard", { cwd: rulesFolder })
    .map((rule) => join(rulesFolder, rule))
    .filter((rule) =>
      [...readFileSync(rule, "utf8").matchAll(/AWS::\w+::\w+/g)].some(([type]) => written.includes(`"${type}"`)),
    );
  const { violations } = new CfnGuardValidator({ controlTowerRulesEnabled: false, rules }).validate({
    templatePaths: [path],
    appConstruct: new App(),
  });
  return violations
    .flatMap(({ description = "", violatingResources }) => {
      const control = /CT\.\w+\.PR\.\d+/.exec(description)?.[0] ?? description;
      const resources = new Set(violatingResources.flatMap(({ resourceLogicalId }) => resourceLogicalId ?? []));
      // The package adds an empty one where a rule has several clauses; a finding on nothing else is not lost.
      return [...(resources.size > 0 ? resources : ["nowhere"])].map((resource) => `${control} ${resource}`);
    })
    .toSorted();
};

const isAccepted = (finding: string): boolean => {
  const [control, resource = ""] = finding.split(" ");
  return accepted.some((entry) => entry.control === control && entry.at.test(resource));
};

// The package brings the program for Linux and macOS.
describe.runIf(process.platform !== "win32")("the rules of Control Tower", () => {
  // Together they have every resource of every variant; the rules look at one resource at a time.
  const checked = ["polling every 30 seconds", "alarms to everywhere", ...productionWithOptions];
  const found = new Map(checked.map((name) => [name, findingsIn(templateOfVariant(name).toJSON())]));

  it.each(checked)("find nothing, but for what is accepted: %s", (name) => {
    expect(found.get(name)?.filter((finding) => !isAccepted(finding))).toEqual([]);
  });

  it("need every entry of what is accepted", () => {
    const all = [...found.values()].flat();
    const unneeded = accepted.filter(
      ({ control, at }) =>
        !all.some((finding) => finding.startsWith(`${control} `) && at.test(finding.split(" ")[1] ?? "")),
    );
    expect(unneeded).toEqual([]);
  });

  it("do find what is wrong", () => {
    const Careless = { Type: "AWS::DynamoDB::Table", Properties: { PointInTimeRecoverySpecification: {} } };
    expect(findingsIn({ AWSTemplateFormatVersion: "2010-09-09", Resources: { Careless } })).toEqual([
      "CT.DYNAMODB.PR.1 Careless",
      "CT.DYNAMODB.PR.2 Careless",
    ]);
  });
});

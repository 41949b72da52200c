import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Key } from "aws-cdk-lib/aws-kms";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { CfnLoggingConfiguration, CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import type { Stage } from "../stage.ts";
import { logGroupProps } from "./bridge-function.ts";
import { encryptLogGroups } from "./log-encryption.ts";

/** Groups of AWS's rules, and which rules of theirs only count what they would block. */
const managedRules = [
  { name: "AWSManagedRulesAmazonIpReputationList", counting: [] },
  {
    name: "AWSManagedRulesCommonRuleSet",
    counting: [
      // Not every tool says what it is.
      "NoUserAgent_HEADER",
      // Tickets tell of scripts, paths and addresses, and are longer than 8 KB: what looks like an attack is what they are about.
      "SizeRestrictions_BODY",
      "CrossSiteScripting_BODY",
      "GenericLFI_BODY",
      "GenericRFI_BODY",
      "EC2MetaDataSSRF_BODY",
    ],
  },
  {
    name: "AWSManagedRulesKnownBadInputsRuleSet",
    counting: ["JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"],
  },
];

const TOO_MANY_REQUESTS = 429;

export interface WebAclProps {
  readonly stage: Stage;
  /** Encrypts the log. */
  readonly key: Key;
  readonly requestsPerFiveMinutes: number;
}

/**
 * A web ACL before the API: AWS's rules on who calls and how, and a limit for each address. What is in a body is no reason to
 * refuse it, because a refused event is a change that does not reach Ensono.
 */
export class WebAcl extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const acl = new CfnWebACL(this, "Acl", {
      description: `Before the API of ${stackName}`,
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      visibilityConfig: visible(stackName),
      rules: [tooMany(props.requestsPerFiveMinutes), ...managedRules.map(managed)],
    });
    this.arn = acl.attrArn;
    this.logRefusals(props);
  }

  /** By which rule a call was refused, and not more: what rules count in bodies would be logged with the words that they found. */
  private logRefusals({ stage, key }: WebAclProps): void {
    // WAF takes no log group of another name.
    const logGroupName = `aws-waf-logs-${Stack.of(this).stackName}`;
    encryptLogGroups(key, logGroupName);
    const logs = new LogGroup(this, "Logs", {
      ...logGroupProps({ stage, key }),
      logGroupName,
      // In production, too: left behind, it would stand in the way of the next web ACL, whose log has the same name.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    const logArn = Stack.of(this).formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: logs.logGroupName,
      arnFormat,
    });
    new CfnLoggingConfiguration(this, "Logging", {
      resourceArn: this.arn,
      logDestinationConfigs: [logArn],
      redactedFields: [{ singleHeader: { Name: "authorization" } }],
      loggingFilter: {
        DefaultBehavior: "DROP",
        Filters: [
          { Behavior: "KEEP", Requirement: "MEETS_ANY", Conditions: [{ ActionCondition: { Action: "BLOCK" } }] },
        ],
      },
    });
  }
}

/** Samples are of whole headers: the bearer token of a tool that cannot sign would be in them. */
const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false,
});

/** Answered as the API's own limit is, so that a tool which sends again after a while does so here, too. */
const tooMany = (limit: number): CfnWebACL.RuleProperty => ({
  name: "TooManyFromOneAddress",
  priority: 0,
  action: { block: { customResponse: { responseCode: TOO_MANY_REQUESTS } } },
  statement: { rateBasedStatement: { aggregateKeyType: "IP", limit, evaluationWindowSec: 300 } },
  visibilityConfig: visible("TooManyFromOneAddress"),
});

const managed = ({ name, counting }: (typeof managedRules)[number], index: number): CfnWebACL.RuleProperty => ({
  name,
  priority: index + 1,
  overrideAction: { none: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: "AWS",
      name,
      ...(counting.length > 0 && {
        ruleActionOverrides: counting.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      }),
    },
  },
  visibilityConfig: visible(name),
});

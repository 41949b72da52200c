/** A finding of cdk-nag that stays, and why. */
export interface AcceptedFinding {
  /** The whole name of the finding, as cdk-nag gives it. */
  readonly finding: RegExp;
  /** The path of the resource within its stack, from its beginning to its end. */
  readonly at: RegExp;
  readonly reason: string;
}

const API = "ClientToEnsono/Api";
const FUNCTION_ROLE = String.raw`(?:EnsonoToClient|ClientToEnsono|Upkeep)/\w+Role/DefaultPolicy/Resource`;

/**
 * What the rules "AWS Solutions" find and we keep, all on this page. An entry that accepts nothing any more turns a test red, and so does
 * a finding that no entry accepts.
 */
export const acceptedFindings: readonly AcceptedFinding[] = [
  {
    finding: /^AwsSolutions-S1$/,
    at: /^Storage\/Files\/Resource$/,
    reason:
      "Only the functions and their links touch the files, one key each, and the ledger's journal tells of each file. Server access logs would need a second bucket, and say less.",
  },
  {
    finding: /^AwsSolutions-SMG4$/,
    at: /^Storage\/(?:EnsonoApiKey|ClientWebhook|ClientApi)Secret\/Resource$/,
    reason:
      "Each is agreed with another party: Ensono issues the key, and the ITSM tool holds the other two. Nothing in AWS can rotate them alone. A new value counts within five minutes, and the API takes the last one beside it.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::<StorageFiles\w+\.Arn>\/(?:attachments|uploads)\/\*\]$/,
    at: new RegExp(`^${FUNCTION_ROLE}$`),
    reason:
      "The files of tickets to come: of their keys only the folder is known, and no function may touch a folder that is not its own.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::<(?:EnsonoToClientPoller|UpkeepSweeper)\w+\.Arn>:\*\]$/,
    at: /^SchedulerRoleForTarget-\w+\/DefaultPolicy\/Resource$/,
    reason: "The versions of the one function that the scheduler's role invokes.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^Traces\/Rights\/Resource$/,
    reason:
      "X-Ray's two actions, which know no resources. They have this policy to themselves, and can do nothing but hand in traces.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^Network\/Rights\/Resource$/,
    reason:
      "What Lambda does to bring a function into a VPC, on network interfaces that do not exist yet: AWS asks for it on all. They have this policy to themselves, and it denies them to the functions' own code.",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::<StorageLedger\w+\.Arn>\/stream\/\*\]$/,
    at: /^Events\/PublisherRole\/DefaultPolicy\/Resource$/,
    reason: "The stream of the one table. Its name is the time at which it was switched on, which nobody knows before.",
  },
  {
    finding: /^AwsSolutions-SQS3$/,
    at: /^Events\/DeadLetters\/Resource$/,
    reason:
      "It is a queue of dead letters itself: of the event bus and of the stream's reader, which the rule does not look at.",
  },
  {
    finding: /^AwsSolutions-SQS3$/,
    at: /^EnsonoToClient\/HalfMinuteTicks\/Resource$/,
    reason: "A tick lives a minute and carries nothing. One that did not run the poller is followed by the next.",
  },
  {
    finding:
      /^AwsSolutions-IAM4\[Policy::arn:<AWS::Partition>:iam::aws:policy\/service-role\/AmazonAPIGatewayPushToCloudWatchLogs\]$/,
    at: new RegExp(`^${API}/CloudWatchRole/Resource$`),
    reason:
      "The role by which API Gateway writes the logs of all APIs of the account and region, with the policy that AWS keeps for it. No function can take it.",
  },
  {
    finding: /^AwsSolutions-APIG2$/,
    at: new RegExp(`^${API}/Resource$`),
    reason:
      "The function checks, after it has authenticated: a signature is over the raw body, and its answer names the field that is wrong. A check before that would tell strangers what is expected.",
  },
  {
    finding: /^AwsSolutions-APIG3$/,
    at: new RegExp(`^${API}/DeploymentStage\\.v1/Resource$`),
    reason:
      "A web ACL is the stage's choice (network.webAcl), for it costs more than all the rest of a small bridge. The API has one caller, which signs, and a limit on its rate.",
  },
  {
    finding: /^AwsSolutions-APIG6$/,
    at: new RegExp(`^${API}/DeploymentStage\\.v1/Resource$`),
    reason:
      "Every call is in the access log, encrypted and with an end. API Gateway's execution logs lie in a group of its own making: not encrypted by the stage's key, never ending, and with headers in them once somebody turns them up.",
  },
  {
    finding: /^AwsSolutions-(?:APIG4|COG4)$/,
    at: new RegExp(
      `^${API}/Default/(?:events/POST|attachments/POST|tickets/\\{ensonoTicketNumber\\}/client-number/PUT)/Resource$`,
    ),
    reason:
      "The function authorises each call by Standard Webhooks signature or bearer token: a signature is over the raw body, which no authoriser of API Gateway is shown.",
  },
  {
    finding: /^AwsSolutions-(?:APIG4|COG4)$/,
    at: new RegExp(`^${API}/Default/health/GET/Resource$`),
    reason: "Answers whether the API is there and reaches its store, and nothing else.",
  },
];

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import config from "../../bridge.config.ts";
import type { AccessRecord } from "../../sandbox/emulators/permissions/permissions.ts";
import { inWords, refusedWithout, unneeded } from "../support/least-privilege.ts";
import { type RunningSandbox, startBoth } from "../support/sandbox.ts";
import { useEverything } from "../support/use-everything.ts";

/**
 * Rights that the story does not need, and why they are given all the same. Each pattern is about whole lines as `inWords` has
 * them; one that fits nothing any more is a fault as well.
 */
const givenAllTheSame: readonly { readonly rights: RegExp; readonly because: string }[] = [
  ...Object.entries({
    EnsonoToClientPoller: "EnsonoToClientHalfMinuteTicks",
    EnsonoToClientProcessor: "WakeToClientQueue\\.fifo",
    EnsonoToClientAttachmentStager: "FilesToFetchQueue",
    ClientToEnsonoForwarder: "WakeToEnsonoQueue\\.fifo",
    ClientToEnsonoAttachmentSender: "FilesToSendQueue",
  }).map(([consumer, queue]) => ({
    rights: new RegExp(`^${consumer}Role: sqs:GetQueueAttributes on ${queue}$`),
    because: "Lambda refuses to create an event source whose role may not ask for the queue's attributes.",
  })),
  {
    rights: /^EventsPublisherRole: dynamodb:ListStreams on StorageLedger\/stream\/\*$/,
    because: "Lambda refuses to create an event source whose role may not list the table's streams.",
  },
  {
    rights: /^StorageKey lets events\.amazonaws\.com \(.*event-bus\/EnvisionBridge-dev.*\): kms:/,
    because: "EventBridge encrypts the bus with it, and what it cannot deliver there, by itself.",
  },
  {
    rights: /^EventsDeadLetters lets events\.amazonaws\.com \(event-bus\/EnvisionBridge-dev\): sqs:SendMessage/,
    because: "EventBridge keeps there what it cannot encrypt or decrypt; the emulated bus does neither.",
  },
  {
    rights: /^SchedulerRoleForTarget\w+: lambda:InvokeFunction on \w+:\*$/,
    because: "The CDK names the versions of the function, of which there are none, with the function.",
  },
  {
    rights: /^StorageKey lets logs\.[a-z0-9-]+\.amazonaws\.com \(EnvisionBridge-dev-\*\): kms:/,
    because: "CloudWatch Logs encrypts the log groups with it, by itself; its documentation asks for these five.",
  },
  {
    rights:
      /^MonitoringNotifications(?:Key|Topic) lets cloudwatch\.amazonaws\.com \(alarm:EnvisionBridge-dev-\*, \d+\): (?:kms|sns):/,
    because: "An alarm publishes to the encrypted topic; no alarm rings in this story.",
  },
  {
    rights: /^MonitoringNotificationsKey lets root: kms:\*$/,
    because: "Without the account in its policy a key cannot be managed by anybody any more.",
  },
  {
    rights: /^StorageKey lets root \(secretsmanager\.[a-z0-9-]+\.amazonaws\.com\): kms:/,
    because: "The CDK repeats for Secrets Manager what the account may do with its key anyway.",
  },
  {
    rights: /^storagefiles lets CustomS3AutoDeleteObjectsCustomResourceProviderRole: s3:/,
    because:
      "Outside production the bucket is emptied when the stack goes, by a function of the CDK's that runs only then.",
  },
  {
    rights: /^CustomS3AutoDeleteObjectsCustomResourceProviderRole: .*AWSLambdaBasicExecutionRole$/,
    because: "The same function's log.",
  },
  {
    rights: /^ClientToEnsonoApiCloudWatchRole: .*AmazonAPIGatewayPushToCloudWatchLogs$/,
    because: "API Gateway writes access logs with it; it is the account's role for all of its APIs.",
  },
  {
    rights: /^ClientToEnsonoApiCloudWatchRole lets apigateway\.amazonaws\.com: sts:AssumeRole$/,
    because: "The same role.",
  },
];

/** Five that an attack or a careless change would go for, and whom each would stop. */
const shown = [
  ["EnsonoToClientPollerRole: dynamodb:PutItem on StorageLedger", "EnsonoToClientPoller"],
  [
    "EnsonoToClientAttachmentStagerRole: s3:AbortMultipartUpload on storagefiles/attachments/*",
    "EnsonoToClientAttachmentStager",
  ],
  ["ClientToEnsonoAttachmentSenderRole: s3:ListBucket on storagefiles", "ClientToEnsonoAttachmentSender"],
  [
    "ClientToEnsonoForwarderRole (sqs.eu-west-1.amazonaws.com): kms:GenerateDataKey on StorageKey",
    "ClientToEnsonoForwarder",
  ],
  ["UpkeepSweeperRole: sqs:SendMessage on FilesToSendQueue", "UpkeepSweeper"],
] as const;

describe("least privilege: what the functions do in both flows, held against the rights of the synthesised stack", () => {
  let running: RunningSandbox & { stop(): Promise<void> };
  let record: readonly AccessRecord[];
  beforeAll(async () => {
    // With half-minute polling there is a queue more, which a schedule sends to.
    running = await startBoth({ config: { ...config, polling: { ...config.polling, everySeconds: 30 } } });
    await useEverything(running);
    record = await running.cloud.accessRecord();
  });
  afterAll(() => running.stop());

  const allowing = () => running.cloud.policies.grants.filter(({ statement }) => statement.Effect === "Allow");

  test("every call is allowed by its caller's role, with action, resource and condition; no function is left out", () => {
    expect(record.filter(({ allowed, quietly }) => !allowed && !quietly)).toEqual([]);
    const callers = new Set(record.map(({ caller }) => caller));
    const { functions } = running.cloud;
    const own = functions.filter(({ logicalId }) => !logicalId.startsWith("Custom"));
    expect([...callers]).toEqual(expect.arrayContaining(own.map(({ logicalId }) => logicalId)));
  });

  test("each right is needed by what was done, or listed with a reason; each reason is about a right", async () => {
    const found = await unneeded(running.cloud.policies, record);
    const isListed = (right: string) => givenAllTheSame.some(({ rights }) => rights.test(right));
    expect(found.filter((right) => !isListed(right))).toEqual([]);
    expect(givenAllTheSame.filter(({ rights }) => !found.some((right) => rights.test(right)))).toEqual([]);
  });

  test.each(shown)("without the right «%s», %s is refused", async (right, caller) => {
    const grants = allowing().filter((grant) => inWords(grant) === right);
    expect(grants).not.toEqual([]);
    for (const grant of grants) {
      const refused = await refusedWithout(grant, running.cloud.policies, record);
      expect(refused.map((request) => request.caller.replace(/[0-9A-F]{8}$/, ""))).toContain(caller);
    }
  });
});

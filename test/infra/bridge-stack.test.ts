import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { configWith, functionNamed, referenced, resourcesOf, statementsOf, templateOf } from "./synthesised.ts";

const dev = templateOf("dev");
const live = templateOf("live");

describe("storage", () => {
  it("keeps the ledger in one on-demand table with recovery to any point in time and expiry", () => {
    dev.hasResourceProperties("AWS::DynamoDB::Table", {
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    });
  });

  it("indexes the lanes that need attention by queue and time", () => {
    dev.hasResourceProperties("AWS::DynamoDB::Table", {
      AttributeDefinitions: Match.arrayWith([
        { AttributeName: "queue", AttributeType: "S" },
        { AttributeName: "dueAt", AttributeType: "N" },
      ]),
      GlobalSecondaryIndexes: [
        {
          IndexName: "attention",
          KeySchema: [
            { AttributeName: "queue", KeyType: "HASH" },
            { AttributeName: "dueAt", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
    });
  });

  it("encrypts table, files, secrets, queues and logs by the stage's own key, which is rotated", () => {
    const [key] = resourcesOf(dev, "AWS::KMS::Key");
    expect(key?.Properties.EnableKeyRotation).toBe(true);
    const byKey = { "Fn::GetAtt": [key?.id, "Arn"] };
    dev.allResourcesProperties("AWS::DynamoDB::Table", {
      SSESpecification: { SSEEnabled: true, KMSMasterKeyId: byKey },
    });
    dev.allResourcesProperties("AWS::SQS::Queue", { KmsMasterKeyId: byKey });
    dev.allResourcesProperties("AWS::S3::Bucket", {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: byKey },
          },
        ],
      },
    });
    dev.allResourcesProperties("AWS::SecretsManager::Secret", { KmsKeyId: byKey });
    dev.allResourcesProperties("AWS::Logs::LogGroup", { KmsKeyId: byKey });
  });

  it("lets CloudWatch Logs use the key for the log groups of this stack only", () => {
    const [key] = resourcesOf(dev, "AWS::KMS::Key");
    const conditions = statementsOf(key?.Properties.KeyPolicy).map(({ Condition }) => JSON.stringify(Condition));
    expect(conditions.filter((condition) => condition?.includes(":log-group:EnvisionBridge-dev-*"))).toHaveLength(1);
  });

  it("creates secrets whose first values are valid secrets of Standard Webhooks", () => {
    dev.resourceCountIs("AWS::SecretsManager::Secret", 3);
    dev.allResourcesProperties("AWS::SecretsManager::Secret", {
      GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true },
    });
  });
});

describe("files on their way", () => {
  const [bucket] = resourcesOf(dev, "AWS::S3::Bucket");

  it("[T8] lie in one bucket that nobody can see from outside", () => {
    dev.resourceCountIs("AWS::S3::Bucket", 1);
    expect(bucket?.Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(bucket?.Properties).not.toHaveProperty("VersioningConfiguration");
    expect(bucket?.Properties).not.toHaveProperty("CorsConfiguration");
  });

  it("are given and taken over TLS only", () => {
    const [policy] = resourcesOf(dev, "AWS::S3::BucketPolicy");
    const refusals = statementsOf(policy?.Properties.PolicyDocument).filter(({ Effect }) => Effect === "Deny");
    expect(refusals).toMatchObject([
      { Action: ["s3:*"], Condition: { Bool: { "aws:SecureTransport": "false" } } },
      { Action: ["s3:*"], Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } },
    ]);
  });

  it("stay as long as the journal, and parts of uploads that broke off for a day", () => {
    const rulesWith = (retentionDays: number) =>
      resourcesOf(templateOf("dev", configWith({ retentionDays })), "AWS::S3::Bucket").map(
        ({ Properties }) => Object(Properties.LifecycleConfiguration).Rules,
      );
    expect(rulesWith(90)).toEqual([
      [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, ExpirationInDays: 90, Status: "Enabled" }],
    ]);
  });

  it("go with the stack, but not in production", () => {
    dev.resourceCountIs("Custom::S3AutoDeleteObjects", 1);
    live.resourceCountIs("Custom::S3AutoDeleteObjects", 0);
  });
});

describe("queues of files on their way", () => {
  const queues = resourcesOf(dev, "AWS::SQS::Queue").filter(({ id }) => id.startsWith("FilesTo"));
  const withDeadLetters = queues.filter(({ Properties }) => "RedrivePolicy" in Properties);

  it("[T8] are two, and not FIFO: files go side by side", () => {
    expect(withDeadLetters.map(({ id }) => id.replace(/Queue\w+$/, "")).sort()).toEqual([
      "FilesToFetch",
      "FilesToSend",
    ]);
    for (const { Properties } of queues) expect(Properties).not.toHaveProperty("FifoQueue");
  });

  it("give up a wake-up to a queue of dead letters after at least five tries", () => {
    for (const { Properties } of withDeadLetters) {
      const { deadLetterTargetArn, maxReceiveCount } = Object(Properties.RedrivePolicy);
      expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
      expect(referenced(dev, deadLetterTargetArn).Properties.MessageRetentionPeriod).toBe(14 * 86_400);
    }
  });

  it("wake a function for one file each, which it has as long for as Lambda allows, five side by side", () => {
    const sources = resourcesOf(dev, "AWS::Lambda::EventSourceMapping").filter(({ Properties }) =>
      referenced(dev, Properties.EventSourceArn).id.startsWith("FilesTo"),
    );
    expect(sources).toHaveLength(2);
    for (const { Properties } of sources) {
      expect(Properties).toMatchObject({ BatchSize: 1, FunctionResponseTypes: ["ReportBatchItemFailures"] });
      expect(Properties.ScalingConfig).toEqual({ MaximumConcurrency: 5 });
      const fn = referenced(dev, Properties.FunctionName).Properties;
      expect(fn).toMatchObject({ Timeout: 900, MemorySize: 1024, RecursiveLoop: "Allow" });
      expect(fn).not.toHaveProperty("EphemeralStorage");
      expect(referenced(dev, Properties.EventSourceArn).Properties.VisibilityTimeout).toBe(6 * 900);
    }
  });
});

describe("production", () => {
  const keptInProduction = [
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
  ];

  it.each(keptInProduction)("keeps %s when the stack goes, elsewhere not", (type) => {
    live.allResources(type, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    dev.allResources(type, { DeletionPolicy: "Delete" });
  });

  it("protects the table against deletion", () => {
    live.hasResourceProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: true });
    dev.hasResourceProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: false });
  });
});

describe("wake-up queues", () => {
  const allQueues = resourcesOf(dev, "AWS::SQS::Queue");
  const queues = allQueues.filter(({ id }) => id.startsWith("WakeTo"));
  const withDeadLetters = queues.filter(({ Properties }) => "RedrivePolicy" in Properties);

  it("are FIFO, in the mode where each ticket has a throughput of its own; repeats are told by the sender", () => {
    expect(withDeadLetters).toHaveLength(2);
    for (const { Properties } of withDeadLetters) {
      expect(Properties).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
      });
      expect(Properties.ContentBasedDeduplication ?? false).toBe(false);
    }
  });

  it("give up a wake-up to a FIFO queue of dead letters after at least five tries", () => {
    for (const { Properties } of withDeadLetters) {
      const { deadLetterTargetArn, maxReceiveCount } = Object(Properties.RedrivePolicy);
      expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
      expect(referenced(dev, deadLetterTargetArn).Properties).toMatchObject({
        FifoQueue: true,
        MessageRetentionPeriod: 14 * 86_400,
      });
    }
  });

  it("accept nothing without TLS", () => {
    const refusals = resourcesOf(dev, "AWS::SQS::QueuePolicy").map(({ Properties }) =>
      statementsOf(Properties.PolicyDocument).filter(({ Effect }) => Effect === "Deny"),
    );
    expect(refusals).toHaveLength(allQueues.length);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject([{ Action: ["sqs:*"], Condition: { Bool: { "aws:SecureTransport": "false" } } }]);
    }
  });

  it("wake functions in batches with partial answers, within limits, and hide a batch for six time-outs", () => {
    const sources = resourcesOf(dev, "AWS::Lambda::EventSourceMapping").filter(({ Properties }) =>
      referenced(dev, Properties.EventSourceArn).id.startsWith("WakeTo"),
    );
    expect(sources).toHaveLength(2);
    for (const { Properties } of sources) {
      const queue = referenced(dev, Properties.EventSourceArn);
      const fn = referenced(dev, Properties.FunctionName);
      expect(Properties).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ["ReportBatchItemFailures"] });
      expect(Object(Properties.ScalingConfig).MaximumConcurrency).toBeLessThanOrEqual(10);
      expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Number(fn.Properties.Timeout));
      expect(fn.Properties.RecursiveLoop).toBe("Allow");
    }
  });
});

describe("schedules", () => {
  const intervalsOf = (everySeconds: 30 | 60 | 180) => {
    const template = templateOf("dev", configWith({ polling: { everySeconds } }));
    const poller = functionNamed(template, "poller").id;
    return resourcesOf(template, "AWS::Scheduler::Schedule")
      .filter(({ Properties }) => JSON.stringify(Properties.Target).includes(`{"Fn::GetAtt":["${poller}","Arn"]}`))
      .map(({ Properties }) => Properties.ScheduleExpression);
  };

  it("[Q1] run the poller every so many minutes, never two at a time", () => {
    expect(intervalsOf(60)).toEqual(["rate(1 minute)"]);
    expect(intervalsOf(180)).toEqual(["rate(3 minutes)"]);
    expect(functionNamed(dev, "poller").Properties.ReservedConcurrentExecutions).toBe(1);
  });

  it("[Q1] run the poller every 30 s by a tick half a minute after each minute's run", () => {
    const template = templateOf("dev", configWith({ polling: { everySeconds: 30 } }));
    expect(intervalsOf(30)).toEqual(["rate(1 minute)"]);
    const ticks = resourcesOf(template, "AWS::Scheduler::Schedule").find(({ Properties }) =>
      JSON.stringify(Properties.Target).includes("aws-sdk:sqs:sendMessage"),
    );
    expect(ticks?.Properties.ScheduleExpression).toBe("rate(1 minute)");
    expect(JSON.stringify(ticks?.Properties.Target)).toContain(String.raw`\"DelaySeconds\":30`);
    template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      FunctionName: { Ref: functionNamed(template, "poller").id },
    });
  });

  it("run the sweeper every minute", () => {
    dev.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "rate(1 minute)",
      Target: { Arn: { "Fn::GetAtt": [functionNamed(dev, "sweeper").id, "Arn"] } },
    });
  });

  it("do not make up for runs that were missed", () => {
    dev.allResourcesProperties("AWS::Scheduler::Schedule", { Target: { RetryPolicy: { MaximumRetryAttempts: 0 } } });
    dev.allResourcesProperties("AWS::Lambda::EventInvokeConfig", { MaximumRetryAttempts: 0 });
    dev.resourceCountIs("AWS::Lambda::EventInvokeConfig", 2);
  });
});

describe("API", () => {
  it("[I1] has these routes, all answered by the ingest", () => {
    const pathOf = (id: unknown): string => {
      const { PathPart, ParentId } = referenced(dev, id).Properties;
      return PathPart === undefined ? "" : `${pathOf(ParentId)}/${PathPart}`;
    };
    const ingest = functionNamed(dev, "ingest").id;
    const methods = resourcesOf(dev, "AWS::ApiGateway::Method");
    expect(methods.map(({ Properties }) => `${Properties.HttpMethod} ${pathOf(Properties.ResourceId)}`).sort()).toEqual(
      ["GET /health", "POST /attachments", "POST /events", "PUT /tickets/{ensonoTicketNumber}/client-number"],
    );
    for (const { Properties } of methods) {
      expect(Properties.Integration).toMatchObject({ Type: "AWS_PROXY" });
      expect(JSON.stringify(Properties.Integration)).toContain(ingest);
    }
  });

  it("is throttled", () => {
    dev.hasResourceProperties("AWS::ApiGateway::Stage", {
      MethodSettings: [
        {
          HttpMethod: "*",
          ResourcePath: "/*",
          ThrottlingRateLimit: Match.anyValue(),
          ThrottlingBurstLimit: Match.anyValue(),
          DataTraceEnabled: false,
        },
      ],
    });
  });

  it("logs each call as JSON with its request id, and nothing that could hold a secret", () => {
    const [stage] = resourcesOf(dev, "AWS::ApiGateway::Stage");
    const { Format, DestinationArn } = Object(stage?.Properties.AccessLogSetting);
    expect(JSON.parse(Format)).toMatchObject({ requestId: "$context.requestId", status: "$context.status" });
    expect(Format).not.toMatch(/header|body|querystring|authorizer/i);
    const [accessLogs] = resourcesOf(dev, "AWS::Logs::LogGroup").filter(({ id }) => id.includes("AccessLogs"));
    expect(JSON.stringify(DestinationArn)).toContain(`{"Ref":"${accessLogs?.id}"}`);
    expect(accessLogs?.Properties.RetentionInDays).toEqual(expect.any(Number));
  });

  it("leaves the account's role for API logs in place when the stack goes: other APIs use it too", () => {
    const [account] = resourcesOf(dev, "AWS::ApiGateway::Account");
    expect(account?.DeletionPolicy).toBe("Retain");
    expect(referenced(dev, account?.Properties.CloudWatchRoleArn).DeletionPolicy).toBe("Retain");
  });
});

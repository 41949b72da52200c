import { join } from "node:path";
import { type App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { HttpApi, HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { ToolOptions } from "./tools/tools.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** The relay of one stage: takes the bridge's deliveries and does what they ask for in a tool that cannot take them itself. */
export class RelayStack extends Stack {
  constructor(app: App, stage: string, tool: ToolOptions) {
    super(app, `EnvisionBridgeRelay-${stage}`, {
      description: `Envision Bridge's relay (${stage}): hands deliveries on to ${tool.tool}`,
    });
    const table = new Table(this, "Deliveries", {
      partitionKey: { name: "id", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "expiresAt",
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const secret = (id: string, name: string, description: string) =>
      new Secret(this, id, { secretName: `${this.stackName}/${name}`, description });
    const webhookSecret = secret("WebhookSecret", "webhook-secret", "The value of the bridge's client-webhook-secret");
    const toolKey = secret("ToolKey", "tool-key", "user:password for the tool's API; see docs/deploy/relay/README.md");

    const relay = new NodejsFunction(this, "Relay", {
      entry: join(import.meta.dirname, "index.ts"),
      projectRoot: root,
      depsLockFilePath: join(root, "package-lock.json"),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      // Less than the 20 s that the bridge waits, and than the 30 s after which it tries again.
      timeout: Duration.seconds(19),
      logGroup: new LogGroup(this, "Logs", {
        retention: RetentionDays.TWO_MONTHS,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      bundling: {
        format: OutputFormat.ESM,
        target: "node24",
        mainFields: ["module", "main"],
        banner: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
        minify: true,
      },
      environment: {
        TABLE_NAME: table.tableName,
        WEBHOOK_SECRET_ID: webhookSecret.secretArn,
        TOOL_KEY_SECRET_ID: toolKey.secretArn,
        TOOL: JSON.stringify(tool),
      },
    });
    table.grants.actions(relay, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem");
    webhookSecret.grantRead(relay);
    toolKey.grantRead(relay);

    const api = new HttpApi(this, "Api", { description: `Deliveries of Envision Bridge (${stage})` });
    api.addRoutes({
      path: "/deliveries",
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration("Deliveries", relay),
    });
    new CfnOutput(this, "RelayUrl", {
      value: `${api.apiEndpoint}/deliveries`,
      description: "clientWebhookUrl of the stage in bridge.config.ts",
    });
    for (const [name, { secretName }] of Object.entries({ WebhookSecretName: webhookSecret, ToolKeyName: toolKey })) {
      new CfnOutput(this, name, { value: secretName, description: "For aws secretsmanager --secret-id" });
    }
  }
}

import { Aws, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { type IGrantable, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import {
  ATTENTION_DUE_AT,
  ATTENTION_INDEX,
  ATTENTION_QUEUE,
  EXPIRY_ATTRIBUTE,
  PARTITION_KEY,
  SORT_KEY,
} from "../lambdas/shared/table-layout.ts";
import type { Stage } from "./stage.ts";

/** All that the ledger does with its table; nothing is ever deleted but by its expiry. */
const reading = ["dynamodb:GetItem", "dynamodb:Query"];
const writing = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"];

/** What is kept: the ledger, the secrets, and the one key that encrypts everything of the stage. */
export class BridgeStorage extends Construct {
  readonly key: Key;
  readonly table: Table;
  readonly secrets: Readonly<Record<"EnsonoApiKeySecret" | "ClientWebhookSecret" | "ClientApiSecret", Secret>>;

  constructor(scope: Construct, id: string, props: { stage: Stage }) {
    super(scope, id);
    this.key = this.createKey(props.stage);
    this.table = this.createTable(props.stage);
    this.secrets = this.createSecrets(props.stage);
  }

  grantReading(grantee: IGrantable): void {
    this.grant(grantee, reading);
  }

  grantReadingAndWriting(grantee: IGrantable): void {
    this.grant(grantee, [...reading, ...writing]);
  }

  private grant(grantee: IGrantable, actions: readonly string[]): void {
    this.table.grants.actions(grantee, ...actions);
    this.key.grantEncryptDecrypt(grantee);
  }

  private createKey({ removalPolicy }: Stage): Key {
    const { stackName } = Stack.of(this);
    const key = new Key(this, "Key", {
      description: `Encrypts what ${stackName} keeps`,
      enableKeyRotation: true,
      removalPolicy,
    });
    const logGroupsOfStack = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${stackName}-*`;
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${Aws.REGION}.${Aws.URL_SUFFIX}`)],
        actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        resources: ["*"],
        conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": logGroupsOfStack } },
      }),
    );
    return key;
  }

  private createTable({ isProduction, removalPolicy }: Stage): Table {
    const table = new Table(this, "Ledger", {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: EXPIRY_ATTRIBUTE,
      deletionProtection: isProduction,
      removalPolicy,
    });
    table.addGlobalSecondaryIndex({
      indexName: ATTENTION_INDEX,
      partitionKey: { name: ATTENTION_QUEUE, type: AttributeType.STRING },
      sortKey: { name: ATTENTION_DUE_AT, type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    return table;
  }

  private createSecrets({ removalPolicy }: Stage): BridgeStorage["secrets"] {
    const secret = (id: string, name: string, description: string) =>
      new Secret(this, id, {
        secretName: `${Stack.of(this).stackName}/${name}`,
        description,
        encryptionKey: this.key,
        // 48 letters and digits are also base64, of 36 bytes: as they stand, a secret for Standard Webhooks.
        generateSecretString: { passwordLength: 48, excludePunctuation: true },
        removalPolicy,
      });
    return {
      EnsonoApiKeySecret: secret(
        "EnsonoApiKeySecret",
        "ensono-api-key",
        "A placeholder until you put the API key here that Ensono gave you",
      ),
      ClientWebhookSecret: secret(
        "ClientWebhookSecret",
        "client-webhook-secret",
        "The bridge signs its deliveries with it; your ITSM tool gets it as whsec_ followed by the value",
      ),
      ClientApiSecret: secret(
        "ClientApiSecret",
        "client-api-secret",
        "Your ITSM tool signs its calls with it (whsec_ followed by the value), or sends the value as bearer token",
      ),
    };
  }
}

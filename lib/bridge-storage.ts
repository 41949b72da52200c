import { Duration, Stack } from "aws-cdk-lib";
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from "aws-cdk-lib/aws-dynamodb";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
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
import { encryptLogGroups } from "./constructs/log-encryption.ts";
import { grantKeyVia } from "./constructs/narrow-grants.ts";
import type { Stage } from "./stage.ts";

/** What is done with the ledger's table. Transactions consist of the same; nothing is ever deleted but by its expiry. */
type LedgerAction = "GetItem" | "Query" | "PutItem" | "UpdateItem";

/** Where files lie in the bucket: fetched by the bridge, or put there by the client itself. */
type FileFolder = "attachments" | "uploads";

/** What is kept: the ledger, files on their way, the secrets, and the one key that encrypts them, the queues and the logs. */
export class BridgeStorage extends Construct {
  readonly key: Key;
  readonly table: Table;
  readonly files: Bucket;
  readonly secrets: Readonly<Record<"EnsonoApiKeySecret" | "ClientWebhookSecret" | "ClientApiSecret", Secret>>;

  constructor(scope: Construct, id: string, props: { stage: Stage }) {
    super(scope, id);
    this.key = this.createKey(props.stage);
    this.table = this.createTable(props.stage);
    this.files = this.createFiles(props.stage);
    this.secrets = this.createSecrets(props.stage);
  }

  grantLedger(grantee: IGrantable, ...actions: LedgerAction[]): void {
    this.grantOnTable(grantee, actions, this.table.tableArn);
  }

  /** Finding the lanes and files that are due or held. */
  grantAttention(grantee: IGrantable): void {
    this.grantOnTable(grantee, ["Query"], `${this.table.tableArn}/index/${ATTENTION_INDEX}`);
  }

  /** Following the ledger's stream, whose ARN it gives. The CDK's own grant would let it list the streams of all tables. */
  grantFollowing(grantee: IGrantable): string {
    const { tableArn, tableStreamArn } = this.table;
    if (tableStreamArn === undefined) throw new Error("the ledger has a stream only with events.enabled");
    const following = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];
    Grant.addToPrincipal({ grantee, actions: following, resourceArns: [tableStreamArn] });
    Grant.addToPrincipal({ grantee, actions: ["dynamodb:ListStreams"], resourceArns: [`${tableArn}/stream/*`] });
    grantKeyVia("dynamodb", this.key, grantee, "kms:Decrypt");
    return tableStreamArn;
  }

  grantSecret(grantee: IGrantable, name: keyof BridgeStorage["secrets"]): void {
    const resourceArns = [this.secrets[name].secretArn];
    Grant.addToPrincipal({ grantee, actions: ["secretsmanager:GetSecretValue"], resourceArns });
    grantKeyVia("secretsmanager", this.key, grantee, "kms:Decrypt");
  }

  /** Putting files into a folder, large ones in parts, which S3 decrypts to join them; no other file can be touched by it. */
  grantPuttingFiles(grantee: IGrantable, folder: FileFolder): void {
    this.grantOnFiles(grantee, ["s3:PutObject", "s3:AbortMultipartUpload"], folder);
    grantKeyVia("s3", this.key, grantee, "kms:GenerateDataKey", "kms:Decrypt");
  }

  /** Making links by which others put a file each into a folder. */
  grantLinksToPutFiles(grantee: IGrantable, folder: FileFolder): void {
    this.grantOnFiles(grantee, ["s3:PutObject"], folder);
    grantKeyVia("s3", this.key, grantee, "kms:GenerateDataKey");
  }

  /** Reading files, or making links by which others do. */
  grantReadingFiles(grantee: IGrantable, ...folders: FileFolder[]): void {
    this.grantOnFiles(grantee, ["s3:GetObject"], ...folders);
    grantKeyVia("s3", this.key, grantee, "kms:Decrypt");
  }

  /** Without this right S3 says "denied" of a file that is not there, and nobody could tell the one from the other. */
  grantMissingFiles(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ["s3:ListBucket"], resourceArns: [this.files.bucketArn] });
  }

  private grantOnFiles(grantee: IGrantable, actions: string[], ...folders: FileFolder[]): void {
    const resourceArns = folders.map((folder) => this.files.arnForObjects(`${folder}/*`));
    Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  /** With the key, DynamoDB decrypts the table's own one in the caller's name; all else it does by itself. */
  private grantOnTable(grantee: IGrantable, actions: readonly LedgerAction[], resourceArn: string): void {
    const named = actions.map((action) => `dynamodb:${action}`);
    Grant.addToPrincipal({ grantee, actions: named, resourceArns: [resourceArn] });
    grantKeyVia("dynamodb", this.key, grantee, "kms:Decrypt");
  }

  private createKey({ removalPolicy }: Stage): Key {
    const { stackName } = Stack.of(this);
    const key = new Key(this, "Key", {
      description: `Encrypts what ${stackName} keeps`,
      enableKeyRotation: true,
      removalPolicy,
    });
    encryptLogGroups(key, `${stackName}-*`);
    return key;
  }

  private createTable({ config, isProduction, removalPolicy }: Stage): Table {
    const table = new Table(this, "Ledger", {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: EXPIRY_ATTRIBUTE,
      deletionProtection: isProduction,
      // What an entry was tells that it was held before.
      ...(config.events.enabled && { stream: StreamViewType.NEW_AND_OLD_IMAGES }),
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

  /** Files stay as long as the journal that tells of them, and not in versions: nothing is ever changed there. */
  private createFiles({ config, isProduction, removalPolicy }: Stage): Bucket {
    return new Bucket(this, "Files", {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: false,
      lifecycleRules: [
        { expiration: Duration.days(config.retentionDays), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy,
      autoDeleteObjects: !isProduction,
    });
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

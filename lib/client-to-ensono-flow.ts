import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  AccessLogField,
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  RestApi,
} from "aws-cdk-lib/aws-apigateway";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Env as SenderEnv } from "../lambdas/client-to-ensono/attachment-sender/env.ts";
import type { Env as ForwarderEnv } from "../lambdas/client-to-ensono/forwarder/env.ts";
import type { Env as IngestEnv } from "../lambdas/client-to-ensono/ingest/env.ts";
import { API_STAGE, ApiFront, callersPolicy } from "./api-front.ts";
import { BridgeFunction, logGroupProps } from "./constructs/bridge-function.ts";
import { TransferQueue } from "./constructs/transfer-queue.ts";
import { WakeUpQueue } from "./constructs/wake-up-queue.ts";
import {
  bucketEnvironment,
  ensonoEnvironment,
  type FlowProps,
  fetchQueueEnvironment,
  ledgerEnvironment,
  lostWakeUpEnvironment,
  retryEnvironment,
  sendQueueEnvironment,
  wakeToClientEnvironment,
  wakeToEnsonoEnvironment,
} from "./function-environment.ts";

/** Client → Ensono: API ─► ingest ─► ledger and wake-up ─► forwarder ─► Ensono's API; files by way of the sender. */
export class ClientToEnsonoFlow extends Construct {
  readonly apiUrl: string;

  constructor(scope: Construct, id: string, props: FlowProps) {
    super(scope, id);
    const api = this.api(this.ingest(props), props);
    this.apiUrl = new ApiFront(this, "Front", { api, stage: props.stage, key: props.storage.key }).url;
    props.wakeUps.toEnsono.wake(this.forwarder(props), { maxConcurrency: 5 });
    props.transfers.send.carry(this.sender(props), { maxConcurrency: 5 });
  }

  private ingest(props: FlowProps): BridgeFunction<IngestEnv> {
    const { stage, storage, wakeUps, transfers } = props;
    const ingest = new BridgeFunction<IngestEnv>(this, "Ingest", {
      folder: "client-to-ensono/ingest",
      description: "Takes the events of the client's ITSM into the ledger",
      timeout: Duration.seconds(10),
      stage,
      key: storage.key,
      environment: {
        ...ledgerEnvironment(props),
        ...lostWakeUpEnvironment,
        ...wakeToEnsonoEnvironment(props),
        ...fetchQueueEnvironment(props),
        ...bucketEnvironment(props),
        CLIENT_API_SECRET_ID: storage.secrets.ClientApiSecret.secretArn,
      },
    });
    storage.grantLedger(ingest, "GetItem", "PutItem", "UpdateItem");
    storage.grantSecret(ingest, "ClientApiSecret");
    wakeUps.toEnsono.grantSending(ingest);
    transfers.fetch.grantSending(ingest);
    storage.grantLinksToPutFiles(ingest, "uploads");
    return ingest;
  }

  private forwarder(props: FlowProps): BridgeFunction<ForwarderEnv> {
    const { stage, storage, wakeUps, transfers } = props;
    const forwarder = new BridgeFunction<ForwarderEnv>(this, "Forwarder", {
      folder: "client-to-ensono/forwarder",
      description: "Sends a ticket's events to Ensono",
      timeout: WakeUpQueue.consumerTimeout,
      wakesItself: true,
      stage,
      key: storage.key,
      environment: {
        ...ledgerEnvironment(props),
        ...ensonoEnvironment(props),
        ...retryEnvironment(props),
        ...lostWakeUpEnvironment,
        ...wakeToClientEnvironment(props),
        ...wakeToEnsonoEnvironment(props),
        ...sendQueueEnvironment(props),
      },
    });
    storage.grantLedger(forwarder, "GetItem", "Query", "PutItem", "UpdateItem");
    storage.grantSecret(forwarder, "EnsonoApiKeySecret");
    wakeUps.toClient.grantSending(forwarder);
    wakeUps.toEnsono.grantSending(forwarder);
    transfers.send.grantSending(forwarder);
    return forwarder;
  }

  private sender(props: FlowProps): BridgeFunction<SenderEnv> {
    const { stage, storage, wakeUps } = props;
    const sender = new BridgeFunction<SenderEnv>(this, "AttachmentSender", {
      folder: "client-to-ensono/attachment-sender",
      description: "Sends files to Ensono's tickets",
      timeout: TransferQueue.consumerTimeout,
      // Not for the files, which are streamed: the more memory, the more of the network.
      memoryMegabytes: 1024,
      wakesItself: true,
      stage,
      key: storage.key,
      environment: {
        ...ledgerEnvironment(props),
        ...ensonoEnvironment(props),
        ...retryEnvironment(props),
        ...wakeToEnsonoEnvironment(props),
        ...bucketEnvironment(props),
      },
    });
    storage.grantLedger(sender, "GetItem", "UpdateItem");
    storage.grantReadingFiles(sender, "attachments", "uploads");
    storage.grantMissingFiles(sender);
    storage.grantSecret(sender, "EnsonoApiKeySecret");
    wakeUps.toEnsono.grantSending(sender);
    return sender;
  }

  private api(ingest: BridgeFunction<IngestEnv>, { stage, storage: { key } }: FlowProps): RestApi {
    const accessLogs = new LogGroup(this, "AccessLogs", logGroupProps({ stage, key }));
    const api = new RestApi(this, "Api", {
      // Its metrics go by its name: stages in one account must not share it.
      restApiName: Stack.of(this).stackName,
      description: `Envision Bridge (${stage.name}), for the client's ITSM`,
      endpointTypes: [EndpointType.REGIONAL],
      policy: callersPolicy(stage),
      // Access logs need a role that is the account's, one for all APIs of a region: it stays when this stack goes.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: API_STAGE,
        throttlingRateLimit: 50,
        throttlingBurstLimit: 100,
        accessLogDestination: new LogGroupLogDestination(accessLogs),
        accessLogFormat,
        ...(stage.settings.tracing && { tracingEnabled: true }),
      },
      // The function authorises: a signature is over the raw body, which an authoriser never sees (I12).
      defaultMethodOptions: { authorizationType: AuthorizationType.NONE },
      defaultIntegration: new LambdaIntegration(ingest, { allowTestInvoke: false }),
    });
    // The stack has an output of its own for this.
    api.node.tryRemoveChild("Endpoint");

    api.root.addResource("events").addMethod("POST");
    api.root.addResource("attachments").addMethod("POST");
    api.root.addResource("tickets").addResource("{ensonoTicketNumber}").addResource("client-number").addMethod("PUT");
    api.root.addResource("health").addMethod("GET");
    return api;
  }
}

/** Neither headers nor bodies nor query strings: nothing that could hold a secret. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    time: AccessLogField.contextRequestTimeEpoch(),
    ip: AccessLogField.contextIdentitySourceIp(),
    userAgent: AccessLogField.contextIdentityUserAgent(),
    method: AccessLogField.contextHttpMethod(),
    path: AccessLogField.contextPath(),
    status: AccessLogField.contextStatus(),
    responseBytes: AccessLogField.contextResponseLength(),
    latencyMs: AccessLogField.contextResponseLatency(),
    functionRequestId: AccessLogField.contextAwsEndpointRequestId(),
    errorType: AccessLogField.contextErrorResponseType(),
  }),
);

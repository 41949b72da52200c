import { AMAZON_S3, NO_HOSTS } from "../lambdas/shared/domain/fetchable-hosts.ts";
import type { BridgeStorage } from "./bridge-storage.ts";
import type { TransferQueues } from "./constructs/transfer-queue.ts";
import type { WakeUpQueues } from "./constructs/wake-up-queue.ts";
import type { Stage } from "./stage.ts";

/** Variables that several functions share, in the groups of `lambdas/shared/runtime/parse-env.ts`. */

export interface FlowProps {
  readonly stage: Stage;
  readonly storage: BridgeStorage;
  readonly wakeUps: WakeUpQueues;
  readonly transfers: TransferQueues;
}

export const ledgerEnvironment = ({ stage, storage }: FlowProps) => ({
  TABLE_NAME: storage.table.tableName,
  RETENTION_DAYS: String(stage.config.retentionDays),
});

export const ensonoEnvironment = ({ stage, storage }: FlowProps) => ({
  ENSONO_STACK_URL: `${stage.config.ensono.origin.replace(/\/+$/, "")}/${stage.config.ensono.clientStack}`,
  ENSONO_ENVIRONMENT: stage.settings.environment,
  ENSONO_CLIENT_NAME: stage.config.ensono.clientName,
  ENSONO_API_KEY_SECRET_ID: storage.secrets.EnsonoApiKeySecret.secretArn,
});

export const retryEnvironment = ({ stage: { config } }: FlowProps) => ({
  RETRY_FIRST_SECONDS: String(config.retry.firstSeconds),
  RETRY_LONGEST_SECONDS: String(config.retry.longestSeconds),
  RETRY_GIVE_UP_DAYS: String(config.retry.giveUpDays),
  BREAKER_FAILURES: String(config.retry.breakerFailures),
  PROBE_SECONDS: String(config.retry.probeSeconds),
});

export const lostWakeUpEnvironment = { LOST_WAKE_UP_SECONDS: "60" };

export const wakeToClientEnvironment = ({ wakeUps }: FlowProps) => ({ WAKE_TO_CLIENT_QUEUE_URL: wakeUps.toClient.url });
export const wakeToEnsonoEnvironment = ({ wakeUps }: FlowProps) => ({ WAKE_TO_ENSONO_QUEUE_URL: wakeUps.toEnsono.url });

export const fetchQueueEnvironment = ({ transfers }: FlowProps) => ({ FETCH_QUEUE_URL: transfers.fetch.url });
export const sendQueueEnvironment = ({ transfers }: FlowProps) => ({ SEND_QUEUE_URL: transfers.send.url });

export const bucketEnvironment = ({ storage }: FlowProps) => ({
  ATTACHMENT_BUCKET_URL: `https://${storage.files.bucketRegionalDomainName}`,
});

export const fileHostsEnvironment = ({ stage: { config } }: FlowProps) => ({
  ENSONO_FILE_HOSTS: [AMAZON_S3, ...config.attachments.ensonoHosts].join(","),
  // Not empty, for not everything on the way takes an empty variable.
  CLIENT_FILE_HOSTS: config.attachments.fetchFrom.join(",") || NO_HOSTS,
});

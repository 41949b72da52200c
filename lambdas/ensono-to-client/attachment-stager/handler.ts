import { httpDownloads } from "../../shared/adapters/http-download.ts";
import { s3FileStore } from "../../shared/adapters/s3-file-store.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import { MEGABYTE } from "../../shared/domain/transfer.ts";
import type { AwsClients, s3Client } from "../../shared/runtime/aws-clients.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { transferBatch } from "../../shared/runtime/wake-up-batch.ts";
import { clock, fileCarrying, wakeUpsBothWays } from "../../shared/wiring.ts";
import type { Env } from "./env.ts";
import { stageAttachment } from "./stage-attachment.ts";

/** An address may be dead in two hours: nobody waits half an hour to try it again. */
const LONGEST_WAIT_SECONDS = 600;

export const createHandler = (
  env: Env,
  aws: AwsClients & { s3: ReturnType<typeof s3Client> },
  { attachments }: BridgeConfig,
) => {
  const told = telemetry();
  const carrying = fileCarrying(env, aws, told);
  const longestSeconds = Math.min(carrying.retry.longestSeconds, LONGEST_WAIT_SECONDS);
  const maxBytes = attachments.maxMegabytes * MEGABYTE;
  const deps = {
    ...carrying,
    retry: { ...carrying.retry, longestSeconds },
    wakeUps: wakeUpsBothWays(env, aws),
    downloads: {
      ensono: httpDownloads({ allowed: env.ENSONO_FILE_HOSTS, maxBytes, clock }),
      client: httpDownloads({ allowed: env.CLIENT_FILE_HOSTS, maxBytes, clock }),
    },
    files: s3FileStore({ client: aws.s3, bucket: env.ATTACHMENT_BUCKET }),
    maxBytes,
  };
  return transferBatch((transfer, timeLeft) => stageAttachment(transfer, { ...deps, timeLeft }), told);
};

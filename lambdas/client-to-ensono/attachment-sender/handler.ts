import { ensonoUpload } from "../../shared/adapters/ensono-upload.ts";
import { fileBytes } from "../../shared/adapters/file-bytes.ts";
import { sqsWakeUps } from "../../shared/adapters/sqs-wake-ups.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import { MEGABYTE } from "../../shared/domain/transfer.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { transferBatch } from "../../shared/runtime/wake-up-batch.ts";
import { ensonoApi, fileCarrying, fileLinks } from "../../shared/wiring.ts";
import type { Env } from "./env.ts";
import { sendAttachment } from "./send-attachment.ts";

export const createHandler = (env: Env, aws: AwsClients, { attachments }: BridgeConfig) => {
  const told = telemetry();
  const deps = {
    ...fileCarrying(env, aws, told),
    // What goes to Ensono waits in the client's lanes.
    wakeUps: sqsWakeUps({ client: aws.sqs, queueUrls: { CLIENT: env.WAKE_TO_ENSONO_QUEUE_URL } }),
    files: fileLinks(env, aws),
    uploads: { ...ensonoApi(env, aws), ...ensonoUpload() },
    bytes: fileBytes,
    config: attachments,
    maxBytes: attachments.maxMegabytes * MEGABYTE,
  };
  return transferBatch((transfer, timeLeft) => sendAttachment(transfer, { ...deps, timeLeft }), told);
};

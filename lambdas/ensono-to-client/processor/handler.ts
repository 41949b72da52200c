import { secretsManager } from "../../shared/adapters/secrets-manager.ts";
import { type HandOver, webhookItsm } from "../../shared/adapters/webhook-itsm.ts";
import type { BridgeConfig } from "../../shared/domain/config.ts";
import type { AwsClients } from "../../shared/runtime/aws-clients.ts";
import { telemetry } from "../../shared/runtime/telemetry.ts";
import { wakeUpBatch } from "../../shared/runtime/wake-up-batch.ts";
import { clock, fileLinks, fileTransfers, laneWalking, recordedCaller } from "../../shared/wiring.ts";
import { applyTransactions } from "./apply-transactions.ts";
import type { Env } from "./env.ts";

export const createHandler = (env: Env, aws: AwsClients, config: BridgeConfig) => {
  const told = telemetry();
  const secrets = secretsManager({ client: aws.secretsManager, clock });
  const itsm = webhookItsm({
    url: env.CLIENT_WEBHOOK_URL,
    searchUrl: env.CLIENT_SEARCH_URL,
    offers: config.client.offers,
    ticketTypes: config.mappings.toClient.ticketType,
    secrets: () => secrets.read(env.CLIENT_WEBHOOK_SECRET_ID),
    clock,
    call: recordedCaller(),
    handOver: handOverOf(config, fileLinks(env, aws)),
  });
  const deps = {
    ...laneWalking(env, aws, told),
    transfers: fileTransfers(env, aws),
    itsm,
    config,
    environment: env.ENSONO_ENVIRONMENT,
  };
  return wakeUpBatch((lane, timeLeft) => applyTransactions(lane, { ...deps, timeLeft }), told);
};

const handOverOf = ({ attachments }: BridgeConfig, files: HandOver["files"]): HandOver => ({
  files,
  inlineBytes: attachments.handOver === "inline" ? attachments.inlineKilobytes * 1024 : 0,
  linkSeconds: attachments.linkMinutes * 60,
});

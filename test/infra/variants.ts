import type { Template } from "aws-cdk-lib/assertions";
import * as z from "zod";
import type { BridgeConfig, BridgeConfigInput } from "../../lambdas/shared/domain/config.ts";
import { allExisting, allNew, type StageInput } from "../support/stage-options.ts";
import { configWith, templateOf } from "./synthesised.ts";

/** A configuration whose stages have these options besides. */
export const configWithOptions = (
  options: Partial<StageInput>,
  changes: Partial<BridgeConfigInput> = {},
): BridgeConfig =>
  configWith({
    stages: {
      dev: { environment: "dev", clientWebhookUrl: "https://itsm-dev.example/hook", ...options },
      live: { environment: "prod", clientWebhookUrl: "https://itsm.example/hook" },
    },
    ...changes,
  });

const production = (options: Partial<StageInput>): BridgeConfig =>
  configWith({ stages: { live: { environment: "prod", clientWebhookUrl: "https://itsm.example/hook", ...options } } });
const alone = (options: Partial<StageInput>) => ({ stage: "dev", config: configWithOptions(options) });
const { hostedZone: _, ...nameWithoutZone } = allNew.customDomain;

/** Every kind of stack that the configuration can ask for, by what makes it one. */
export const variants: Readonly<Record<string, { readonly stage: string; readonly config: BridgeConfig }>> = {
  "outside production": alone({}),
  production: { stage: "live", config: configWith() },
  "polling every 30 seconds": { stage: "dev", config: configWith({ polling: { everySeconds: 30 } }) },
  "no events for others": { stage: "dev", config: configWith({ events: { enabled: false } }) },
  "alarms to everywhere": {
    stage: "dev",
    config: configWith({
      alarms: {
        webhookUrl: "https://alarms.example/hook",
        topicArns: ["arn:aws:sns:eu-west-1:123456789012:all"],
        pagerTopicArns: ["arn:aws:sns:eu-west-1:123456789012:pager"],
      },
    }),
  },
  "allowed addresses": alone({ network: { allowedAddresses: allNew.network.allowedAddresses } }),
  "a web ACL": alone({ network: { webAcl: allNew.network.webAcl } }),
  "the client's web ACL": alone({ network: { webAcl: allExisting.network.webAcl } }),
  "a VPC": alone({ network: { vpc: { natGateways: 1 } } }),
  "a VPC with the client's addresses": alone({
    network: { vpc: { natGateways: 1, elasticIps: ["eipalloc-0123456789abcdef0"] } },
  }),
  "the client's VPC": alone({ network: { vpc: allExisting.network.vpc } }),
  "a name in a hosted zone": alone({ customDomain: allNew.customDomain }),
  "a name elsewhere": alone({ customDomain: nameWithoutZone }),
  tracing: alone({ tracing: true }),
  "production with every option": { stage: "live", config: production(allNew) },
  "production with what the client has already": { stage: "live", config: production(allExisting) },
};

/** Of production, and with all options between them. */
export const productionWithOptions = ["production with every option", "production with what the client has already"];

export const templateOfVariant = (name: string): Template => {
  const variant = variants[name];
  if (variant === undefined) throw new Error(`there is no variant "${name}"`);
  return templateOf(variant.stage, variant.config);
};

const outputsSchema = z.record(z.string(), z.object({ Value: z.unknown(), Description: z.string() }));

/** The output whose logical id begins like this. */
export const outputNamed = (template: Template, beginning: string) =>
  Object.entries(outputsSchema.parse(template.toJSON().Outputs)).find(([id]) => id.startsWith(beginning))?.[1];

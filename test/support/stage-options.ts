import type { BridgeConfigInput } from "../../lambdas/shared/domain/config.ts";

export type StageInput = BridgeConfigInput["stages"][string];

export const certificateArn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
export const webAclArn =
  "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/company-wide/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";

/** Every option, each in the form in which the stack makes what it needs. */
export const allNew = {
  network: {
    allowedAddresses: ["203.0.113.7", "198.51.100.0/24"],
    vpc: { natGateways: 2 },
    webAcl: { requestsPerFiveMinutes: 5000 },
  },
  customDomain: {
    name: "bridge.acme.example",
    certificateArn,
    hostedZone: { id: "Z0123456789ABCDEFGHIJ", name: "acme.example" },
  },
  tracing: true,
} as const satisfies Partial<StageInput>;

/** Every option, each with what the client has already. */
export const allExisting = {
  network: {
    vpc: { vpcId: "vpc-0123456789abcdef0", subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"] },
    webAcl: { arn: webAclArn },
  },
  customDomain: { name: "bridge.acme.example", certificateArn },
  tracing: true,
} as const satisfies Partial<StageInput>;

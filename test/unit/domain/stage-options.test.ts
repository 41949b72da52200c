import { describe, expect, it } from "vitest";
import bridge from "../../../bridge.config.ts";
import { type BridgeConfigInput, ConfigurationError, defineBridge } from "../../../lambdas/shared/domain/config.ts";

const { dev } = bridge.stages;
if (dev === undefined) throw new Error("the default configuration has no stage dev");

/** The default configuration with these options of its stage `dev`. */
const withOptions = (options: object) =>
  defineBridge({ ...bridge, stages: { ...bridge.stages, dev: { ...dev, ...options } } });
const optionsOf = (options: object) => withOptions(options).stages.dev;

const faultsOf = (options: object): string[] => {
  try {
    withOptions(options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.split("\n").map((line) => line.replace("bridge.config.ts: stages.dev.", ""));
  }
};

const identifier = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
const certificateArn = `arn:aws:acm:eu-west-1:123456789012:certificate/${identifier}`;
const webAclArn = `arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/all/${identifier}`;
const vpcId = "vpc-0123456789abcdef0";
const subnetIds = ["subnet-0123456789abcdef0"];
const domain = { name: "bridge.example.com", certificateArn };

it("a stage that asks for nothing has none of it", () => {
  expect(optionsOf({})).toMatchObject({ network: { allowedAddresses: [] }, tracing: false });
  expect(optionsOf({})).not.toHaveProperty("customDomain");
  expect(optionsOf({})?.network).not.toHaveProperty("vpc");
  expect(optionsOf({})?.network).not.toHaveProperty("webAcl");
});

it.each([
  { network: { allowedAddresses: ["203.0.113.7", "203.0.113.7/32", "198.51.100.0/24", "8.0.0.0/7"] } },
  { network: { vpc: { natGateways: 1 } } },
  {
    network: { vpc: { natGateways: 2, cidr: "172.20.0.0/20", elasticIps: ["eipalloc-0a1b2c3d", "eipalloc-0a1b2c3e"] } },
  },
  { network: { vpc: { vpcId, subnetIds } } },
  { network: { webAcl: { arn: webAclArn } } },
  { network: { webAcl: { requestsPerFiveMinutes: 100 } } },
  { customDomain: domain },
  {
    customDomain: {
      ...domain,
      certificateArn: certificateArn.replace("aws:", "aws-us-gov:").replace("eu-", "us-gov-"),
    },
  },
  { customDomain: { ...domain, hostedZone: { id: "Z0123456789ABCDEFGHIJ", name: "example.com" } } },
  { customDomain: { ...domain, hostedZone: { id: "Z0123456789ABCDEFGHIJ", name: "bridge.example.com" } } },
  { tracing: true },
])("$network$customDomain$tracing is taken as it is given", (options) => {
  expect(optionsOf(options)).toMatchObject(options);
});

describe("network.allowedAddresses: a fault tells what to write instead", () => {
  it.each([
    ["example.com", "expected an IPv4 address such as 203.0.113.7, or a range"],
    ["203.0.113", "expected an IPv4 address"],
    ["203.0.113.256", "expected an IPv4 address"],
    ["203.0.113.0/33", "expected an IPv4 address"],
    ["2001:db8::1", "the API is reached over IPv4 only"],
    ["0.0.0.0/0", "leave allowedAddresses out"],
    ["203.0.113.7/24", "expected 203.0.113.0/24 for the range, or 203.0.113.7 for the one address"],
    ["10.1.2.3", "the address that your tool has in the internet"],
    ["172.31.0.0/16", "the address that your tool has in the internet"],
    ["192.168.0.0/24", "the address that your tool has in the internet"],
    ["100.64.1.1", "the address that your tool has in the internet"],
    ["127.0.0.1", "the address that your tool has in the internet"],
    ["255.255.255.255", "the address that your tool has in the internet"],
  ])("%s", (address, expected) => {
    const [fault, ...others] = faultsOf({ network: { allowedAddresses: ["203.0.113.1", address] } });
    expect(others).toEqual([]);
    expect(fault).toMatch(/^network\.allowedAddresses\.1: expected /);
    expect(fault).toContain(expected);
  });

  it("more of them than a policy holds", () => {
    const allowedAddresses = Array.from({ length: 201 }, (_, index) => `203.0.113.${index}`);
    expect(faultsOf({ network: { allowedAddresses } })).toEqual([
      "network.allowedAddresses: expected at most 200: a policy of an API holds no more; use ranges",
    ]);
  });
});

describe("network.vpc: a fault tells what to write instead", () => {
  it.each<[object, string, string]>([
    [{}, "natGateways", "or vpcId and subnetIds for an existing one"],
    [{ natGateways: 3 }, "natGateways", "expected 1 or 2"],
    [{ natGateways: 2, elasticIps: ["eipalloc-0a1b2c3d"] }, "elasticIps", "expected 2"],
    [{ natGateways: 2, elasticIps: ["eipalloc-0a1b2c3d", "eipalloc-0a1b2c3d"] }, "elasticIps", "a different one"],
    [{ natGateways: 1, elasticIps: ["203.0.113.7"] }, "elasticIps.0", "the allocation id of an Elastic IP"],
    [{ natGateways: 1, cidr: "10.0.0.0/25" }, "cidr", "/16 to /24"],
    [{ natGateways: 1, cidr: "10.0.0.1/16" }, "cidr", "/16 to /24"],
    [{ vpcId }, "subnetIds", "both vpcId and subnetIds"],
    [{ subnetIds }, "vpcId", "both vpcId and subnetIds"],
    [{ vpcId, subnetIds, natGateways: 1 }, "natGateways", "vpcId names an existing one"],
    [{ vpcId, subnetIds, cidr: "10.0.0.0/16" }, "cidr", "vpcId names an existing one"],
    [{ vpcId: "my-vpc", subnetIds }, "vpcId", "the id of a VPC"],
    [{ vpcId, subnetIds: [] }, "subnetIds", "at least one subnet"],
    [{ vpcId, subnetIds: ["private"] }, "subnetIds.0", "the id of a subnet"],
  ])("%o", (vpc, field, expected) => {
    const faults = faultsOf({ network: { vpc } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^network\\.vpc\\.${field.replace(".", "\\.")}: `));
    expect(faults[0]).toContain(expected);
  });
});

describe("network.webAcl: a fault tells what to write instead", () => {
  it.each<[object, string, string]>([
    [{}, "network.webAcl", "expected either arn"],
    [{ arn: webAclArn, requestsPerFiveMinutes: 5000 }, "network.webAcl", "expected either arn"],
    [{ arn: webAclArn.replace("regional", "global") }, "network.webAcl.arn", "one of CloudFront (global) does not fit"],
    [{ requestsPerFiveMinutes: 10 }, "network.webAcl.requestsPerFiveMinutes", "expected at least 100"],
  ])("%o", (webAcl, field, expected) => {
    const faults = faultsOf({ network: { webAcl } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${field}: `);
    expect(faults[0]).toContain(expected);
  });
});

describe("customDomain: a fault tells what to write instead", () => {
  it.each<[object, string, string]>([
    [{ name: "https://bridge.example.com" }, "name", "without https://"],
    [{ name: "Bridge.example.com" }, "name", "in lower case"],
    [{ name: "bridge" }, "name", "a host such as bridge.example.com"],
    [{ certificateArn: "arn:aws:iam::123456789012:server-certificate/x" }, "certificateArn", "of ACM"],
    [{ hostedZone: { id: "example.com", name: "example.com" } }, "hostedZone.id", "Z0123456789ABCDEFGHIJ"],
    [{ hostedZone: { id: "Z1", name: "example.com." } }, "hostedZone.name", "without a dot at its end"],
    [{ hostedZone: { id: "Z1", name: "example.org" } }, "hostedZone.name", "the zone that bridge.example.com is in"],
    [{ hostedZone: { id: "Z1", name: "ge.example.com" } }, "hostedZone.name", "the zone that bridge.example.com is in"],
  ])("%o", (changes, field, expected) => {
    const faults = faultsOf({ customDomain: { ...domain, ...changes } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^customDomain\\.${field.replace(".", "\\.")}: `));
    expect(faults[0]).toContain(expected);
  });

  it("a name that another stage has", () => {
    const stages: BridgeConfigInput["stages"] = Object.fromEntries(
      Object.entries(bridge.stages).map(([name, stage]) => [name, { ...stage, customDomain: domain }]),
    );
    expect(() => defineBridge({ ...bridge, stages })).toThrow(
      "bridge.config.ts: stages.echo.customDomain.name: expected another name than that of the stage dev",
    );
  });
});

it.each([
  ["network", { network: { allowedIps: [] } }],
  ["network.vpc", { network: { vpc: { natGateways: 1, subnets: [] } } }],
  ["network.webAcl", { network: { webAcl: { requestsPerFiveMinutes: 100, rules: [] } } }],
  ["customDomain", { customDomain: { ...domain, basePath: "v1" } }],
])("%s: a misspelt or unknown option is refused", (field, options) => {
  expect(faultsOf(options).join()).toMatch(new RegExp(`^${field.replace(".", "\\.")}: Unrecognized key`));
});

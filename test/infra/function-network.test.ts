import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { allExisting } from "../support/stage-options.ts";
import { bridgeFunctions, configWith, referenced, resourcesOf, rightsOf, templateOf } from "./synthesised.ts";
import { configWithOptions, outputNamed, templateOfVariant } from "./variants.ts";

const plain = templateOf("dev");
const withOptions = (options: Parameters<typeof configWithOptions>[0]): Template =>
  templateOf("dev", configWithOptions(options));
const typesIn = (template: Template): string[] =>
  Object.values<{ Type: string }>(template.toJSON().Resources).map(({ Type }) => Type);

describe("network.vpc, a new one", () => {
  const template = withOptions({ network: { vpc: { natGateways: 2, cidr: "172.20.0.0/16" } } });
  const addresses = resourcesOf(template, "AWS::EC2::EIP");

  it("has a fixed address for each NAT gateway, told in an output and kept in production", () => {
    const gateways = resourcesOf(template, "AWS::EC2::NatGateway");
    const byAllocation = addresses.map(({ id }) => ({ "Fn::GetAtt": [id, "AllocationId"] }));
    expect(gateways.map(({ Properties }) => Properties.AllocationId)).toEqual(byAllocation);
    expect(gateways).toHaveLength(2);
    const asTold = addresses.map(({ id }) => ({ "Fn::GetAtt": [id, "PublicIp"] }));
    expect(outputNamed(template, "NetworkAddresses")?.Value).toEqual({ "Fn::Join": [", ", asTold] });
    templateOfVariant("production with every option").allResources("AWS::EC2::EIP", { DeletionPolicy: "Retain" });
  });

  it("uses addresses that the client has already, and makes none then", () => {
    const elasticIps = ["eipalloc-0123456789abcdef0"];
    const own = withOptions({ network: { vpc: { natGateways: 1, elasticIps } } });
    own.resourceCountIs("AWS::EC2::EIP", 0);
    own.hasResourceProperties("AWS::EC2::NatGateway", { AllocationId: elasticIps[0] });
  });

  it("sends what its functions call by way of the gateways, but for S3 and DynamoDB, which it reaches by itself", () => {
    const endpoints = resourcesOf(template, "AWS::EC2::VPCEndpoint").map(({ Properties }) =>
      JSON.stringify(Properties),
    );
    expect(endpoints.map((endpoint) => /\.(s3|dynamodb)"/.exec(endpoint)?.[1]).toSorted()).toEqual(["dynamodb", "s3"]);
    const subnets = subnetsOfFunctions(template);
    expect(subnets).toHaveLength(2);
    for (const subnet of subnets) {
      const table = routeTableOf(template, subnet);
      const routes = resourcesOf(template, "AWS::EC2::Route").filter(
        ({ Properties }) => JSON.stringify(Properties.RouteTableId) === table,
      );
      expect(routes).toMatchObject([
        {
          Properties: {
            DestinationCidrBlock: "0.0.0.0/0",
            NatGatewayId: { Ref: expect.stringMatching(/^NetworkVpc/) },
          },
        },
      ]);
      for (const endpoint of endpoints) {
        expect(endpoint).toContain('"VpcEndpointType":"Gateway"');
        expect(endpoint).toContain(table);
      }
    }
  });

  it("lets no function in before its routes and endpoints are there", () => {
    const ways = ["AWS::EC2::VPCEndpoint", "AWS::EC2::Route"]
      .flatMap((type) => resourcesOf(template, type).map(({ id }) => id))
      .filter((id) => !id.includes("PublicSubnet"));
    expect(ways).toHaveLength(4);
    for (const { id } of bridgeFunctions(template)) {
      expect(template.toJSON().Resources[id].DependsOn).toEqual(expect.arrayContaining(ways));
    }
  });

  it("has the range that was asked for, gives nobody a public address by itself, and logs its flows", () => {
    template.hasResourceProperties("AWS::EC2::VPC", { CidrBlock: "172.20.0.0/16" });
    template.allResourcesProperties("AWS::EC2::Subnet", { MapPublicIpOnLaunch: false });
    template.hasResourceProperties("AWS::EC2::FlowLog", { TrafficType: "ALL", LogDestinationType: "cloud-watch-logs" });
  });
});

describe("network.vpc, one that the client has", () => {
  const template = withOptions(allExisting);

  it("is left as it is but for a security group", () => {
    expect(typesIn(template).filter((type) => type.startsWith("AWS::EC2::"))).toEqual(["AWS::EC2::SecurityGroup"]);
    template.hasResourceProperties("AWS::EC2::SecurityGroup", { VpcId: allExisting.network.vpc.vpcId });
    for (const fn of bridgeFunctions(template)) {
      expect(Object(fn.Properties.VpcConfig).SubnetIds).toEqual(allExisting.network.vpc.subnetIds);
    }
  });
});

describe.each([
  ["a new VPC", { network: { vpc: { natGateways: 1 } } } as const],
  ["an existing VPC", allExisting],
])("in %s", (_, options) => {
  const template = withOptions(options);

  it("run all functions, in the one security group", () => {
    const [group] = resourcesOf(template, "AWS::EC2::SecurityGroup");
    const inVpc = bridgeFunctions(template);
    expect(inVpc).toHaveLength(bridgeFunctions(plain).length);
    for (const { Properties } of inVpc) {
      expect(Object(Properties.VpcConfig).SecurityGroupIds).toEqual([{ "Fn::GetAtt": [group?.id, "GroupId"] }]);
    }
  });

  it("lets nothing in, and out only what goes by https", () => {
    template.resourceCountIs("AWS::EC2::SecurityGroupIngress", 0);
    const [group] = resourcesOf(template, "AWS::EC2::SecurityGroup");
    expect(group?.Properties).not.toHaveProperty("SecurityGroupIngress");
    expect(group?.Properties.SecurityGroupEgress).toMatchObject([
      { IpProtocol: "tcp", FromPort: 443, ToPort: 443, CidrIp: "0.0.0.0/0" },
    ]);
  });

  it("let Lambda bring functions in before they are created, and their own code touch no network interface", () => {
    for (const fn of bridgeFunctions(template)) {
      const onNetwork = rightsOf(template, fn).filter(({ Action }) =>
        Action.some((action) => action.startsWith("ec2:")),
      );
      expect(onNetwork).toMatchObject([
        {
          Effect: "Allow",
          Action: expect.arrayContaining(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]),
        },
        { Effect: "Deny", Condition: { Null: { "lambda:SourceFunctionArn": "false" } } },
      ]);
      expect(onNetwork[1]?.Action).toEqual(onNetwork[0]?.Action);
      const [policy] = resourcesOf(template, "AWS::IAM::Policy").filter(({ id }) => id.startsWith("NetworkRights"));
      expect(template.toJSON().Resources[fn.id].DependsOn).toContain(policy?.id);
    }
  });
});

it("in a VPC, ports of the configured addresses are open as well, each once", () => {
  const template = templateOf(
    "dev",
    configWith({
      ensono: { origin: "https://ensono.example:9443", clientStack: "acme", clientName: "Acme", defaultGroup: "Desk" },
      client: { offers: "search" },
      stages: {
        dev: {
          environment: "dev",
          clientWebhookUrl: "https://itsm.example:8443/hook",
          clientSearchUrl: "https://itsm.example:8443/search",
          network: allExisting.network,
        },
      },
    }),
  );
  const [group] = resourcesOf(template, "AWS::EC2::SecurityGroup");
  expect(Object(group?.Properties).SecurityGroupEgress.map(({ ToPort }: { ToPort: number }) => ToPort)).toEqual([
    443, 9443, 8443,
  ]);
});

function subnetsOfFunctions(template: Template): string[] {
  const [fn] = bridgeFunctions(template);
  const subnets: unknown[] = Object(fn?.Properties.VpcConfig).SubnetIds;
  return subnets.map((subnet) => referenced(template, subnet).id);
}

function routeTableOf(template: Template, subnet: string): string {
  const association = resourcesOf(template, "AWS::EC2::SubnetRouteTableAssociation").find(
    ({ Properties }) => referenced(template, Properties.SubnetId).id === subnet,
  );
  return JSON.stringify(association?.Properties.RouteTableId);
}

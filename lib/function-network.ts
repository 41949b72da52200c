import { CfnOutput, Fn, Tags } from "aws-cdk-lib";
import {
  CfnEIP,
  CfnSecurityGroup,
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  NatProvider,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct, type IDependable } from "constructs";
import { logGroupProps } from "./constructs/bridge-function.ts";
import { type AnyFunction, resourceOf, shareRights } from "./constructs/shared-rights.ts";
import type { Stage } from "./stage.ts";

export interface FunctionNetworkProps {
  readonly stage: Stage;
  readonly vpc: NonNullable<Stage["settings"]["network"]["vpc"]>;
  /** Encrypts the flow logs. */
  readonly key: IKey;
  /** All that run in here. */
  readonly functions: readonly AnyFunction[];
}

interface Place {
  readonly vpcId: string;
  readonly subnetIds: string[];
  readonly waysOut: readonly IDependable[];
}

/** What Lambda does with a function's role to bring the function into a VPC. */
const ofLambdaItself = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/**
 * Where functions call out from: subnets behind NAT gateways, so that Ensono sees addresses which do not change. Either a new
 * VPC, or subnets of one that the client has.
 */
export class FunctionNetwork extends Construct {
  constructor(scope: Construct, id: string, props: FunctionNetworkProps) {
    super(scope, id);
    const { vpcId, subnetIds, waysOut } = this.place(props);
    const securityGroupIds = [this.wayOut(vpcId, props.stage).attrGroupId];
    for (const fn of props.functions) {
      const resource = resourceOf(fn);
      resource.vpcConfig = { subnetIds, securityGroupIds };
      // Nothing moves in before there is a way out.
      resource.node.addDependency(...waysOut);
    }
    this.letLambdaBringThemIn(props.functions);
  }

  private place(props: FunctionNetworkProps): Place {
    const { vpcId, subnetIds } = props.vpc;
    if (vpcId !== undefined && subnetIds !== undefined) return { vpcId, subnetIds, waysOut: [] };
    const vpc = this.newVpc(props);
    // Without cost, and not by way of NAT. The other services of AWS are called by way of it.
    const endpoints = [
      vpc.addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 }),
      vpc.addGatewayEndpoint("DynamoDb", { service: GatewayVpcEndpointAwsService.DYNAMODB }),
    ];
    return {
      vpcId: vpc.vpcId,
      subnetIds: vpc.privateSubnets.map(({ subnetId }) => subnetId),
      waysOut: [...endpoints, ...vpc.privateSubnets.map((subnet) => subnet.internetConnectivityEstablished)],
    };
  }

  private letLambdaBringThemIn(functions: readonly AnyFunction[]): void {
    const onAll = { actions: ofLambdaItself, resources: ["*"] };
    // Lambda uses these rights in the role's name; the function's own code, which this key tells, has no business with them.
    const byTheirCode = { Null: { "lambda:SourceFunctionArn": "false" } };
    shareRights(
      this,
      functions,
      new PolicyStatement(onAll),
      new PolicyStatement({ ...onAll, effect: Effect.DENY, conditions: byTheirCode }),
    );
  }

  private newVpc({
    stage,
    vpc: { natGateways = 1, elasticIps, cidr = "10.0.0.0/16" },
    key,
  }: FunctionNetworkProps): Vpc {
    const vpc = new Vpc(this, "Vpc", {
      ipAddresses: IpAddresses.cidr(cidr),
      maxAzs: 2,
      natGateways,
      natGatewayProvider: NatProvider.gateway({ eipAllocationIds: elasticIps ?? this.addresses(natGateways, stage) }),
      subnetConfiguration: [
        { name: "Public", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: "Functions", subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      ],
      // Nothing is in the VPC's default security group, and it would take a function with rights of its own to empty it.
      restrictDefaultSecurityGroup: false,
    });
    const logs = new LogGroup(this, "FlowLogs", logGroupProps({ stage, key }));
    vpc.addFlowLog("FlowLog", { destination: FlowLogDestination.toCloudWatchLogs(logs) });
    return vpc;
  }

  /** Like the data, they outlive a stack of production: whoever lets them in need not be told of others. */
  private addresses(count: number, stage: Stage): string[] {
    const addresses = Array.from({ length: count }, (_, index) => {
      const address = new CfnEIP(this, `Address${index + 1}`, { domain: "vpc" });
      address.applyRemovalPolicy(stage.removalPolicy);
      Tags.of(address).add("Name", `EnvisionBridge-${stage.name} to the outside ${index + 1}`);
      return address;
    });
    new CfnOutput(this, "Addresses", {
      value: Fn.join(
        ", ",
        addresses.map((address) => address.attrPublicIp),
      ),
      description: "The addresses that the bridge calls out from: for Ensono's allow-list, and your ITSM's",
    });
    return addresses.map((address) => address.attrAllocationId);
  }

  /** Nothing comes in. Out, only on the ports of the addresses that are configured; what AWS and files need is 443. */
  private wayOut(vpcId: string, { config, settings }: Stage): CfnSecurityGroup {
    const urls = [
      config.ensono.origin,
      settings.clientWebhookUrl,
      settings.clientSearchUrl ?? settings.clientWebhookUrl,
    ];
    const ports = new Set([443, ...urls.map((url) => Number(new URL(url).port || 443))]);
    return new CfnSecurityGroup(this, "Functions", {
      vpcId,
      groupDescription: "Functions of Envision Bridge: out by https, nothing in",
      securityGroupEgress: [...ports].map((port) => ({
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        cidrIp: "0.0.0.0/0",
        description: "https",
      })),
    });
  }
}

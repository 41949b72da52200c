import { CfnOutput } from "aws-cdk-lib";
import { CfnBasePathMapping, DomainName, EndpointType, type RestApi, SecurityPolicy } from "aws-cdk-lib/aws-apigateway";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Key } from "aws-cdk-lib/aws-kms";
import { ARecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayDomain } from "aws-cdk-lib/aws-route53-targets";
import { CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import { WebAcl } from "./constructs/web-acl.ts";
import type { Stage } from "./stage.ts";

/** The first part of every path, of AWS's own name for the API and of the client's. */
export const API_STAGE = "v1";

/**
 * Who may call the API at all, by address: it comes before the function and its signatures, and holds under every name of the API.
 * It is written out also where everybody may try: CloudFormation leaves an API the policy that it had when its template has none
 * any more, and addresses that are no longer listed as the only ones would go on being so.
 */
export const callersPolicy = ({ settings }: Stage): PolicyDocument => {
  const { allowedAddresses } = settings.network;
  const everyCall = {
    principals: [new AnyPrincipal()],
    actions: ["execute-api:Invoke"],
    resources: ["execute-api:/*"],
  };
  // A denial and not a narrower permission: no policy of a caller's own account can undo it.
  const fromElsewhere = new PolicyStatement({
    ...everyCall,
    effect: Effect.DENY,
    conditions: { NotIpAddress: { "aws:SourceIp": allowedAddresses } },
  });
  return new PolicyDocument({
    statements: [new PolicyStatement(everyCall), ...(allowedAddresses.length > 0 ? [fromElsewhere] : [])],
  });
};

export interface ApiFrontProps {
  readonly api: RestApi;
  readonly stage: Stage;
  /** Encrypts the web ACL's log. */
  readonly key: Key;
}

/** What stands before the API where a stage asks for it: a web ACL, a name of its own. */
export class ApiFront extends Construct {
  /** Where the client's ITSM reaches the API. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ApiFrontProps) {
    super(scope, id);
    this.protect(props);
    this.url = this.name(props) ?? props.api.url;
  }

  private protect({ api, stage, key }: ApiFrontProps): void {
    const { webAcl } = stage.settings.network;
    if (webAcl === undefined) return;
    const { arn, requestsPerFiveMinutes } = webAcl;
    const webAclArn =
      requestsPerFiveMinutes === undefined
        ? arn
        : new WebAcl(this, "WebAcl", { stage, key, requestsPerFiveMinutes }).arn;
    if (webAclArn === undefined) throw new Error("the configuration has neither of the two, which it was checked for");
    new CfnWebACLAssociation(this, "WebAclAssociation", { webAclArn, resourceArn: api.deploymentStage.stageArn });
  }

  /** Paths are the same under both names. The address of AWS stays good: a tool that still calls it is not cut off. */
  private name({ api, stage }: ApiFrontProps): string | undefined {
    const { customDomain } = stage.settings;
    if (customDomain === undefined) return undefined;
    const { name, certificateArn, hostedZone } = customDomain;
    const domain = new DomainName(this, "Domain", {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new CfnBasePathMapping(this, "Mapping", {
      domainName: domain.domainName,
      basePath: API_STAGE,
      restApiId: api.restApiId,
      stage: api.deploymentStage.stageName,
    });
    if (hostedZone === undefined) {
      new CfnOutput(this, "Target", {
        value: domain.domainNameAliasDomainName,
        description: `For your DNS: make ${name} a CNAME of it`,
      });
    } else {
      const { id: hostedZoneId, name: zoneName } = hostedZone;
      new ARecord(this, "Record", {
        zone: HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId, zoneName }),
        recordName: `${name}.`,
        target: RecordTarget.fromAlias(new ApiGatewayDomain(domain)),
      });
    }
    return `https://${name}/${API_STAGE}/`;
  }
}

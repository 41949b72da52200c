import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { readRestApi } from "../../sandbox/emulators/api-routes.ts";
import { readTemplate } from "../../sandbox/emulators/template.ts";
import { allExisting, allNew, certificateArn, webAclArn } from "../support/stage-options.ts";
import { bridgeFunctions, referenced, resourcesOf, rightsOf, statementsOf, templateOf } from "./synthesised.ts";
import { configWithOptions, outputNamed } from "./variants.ts";

const plain = templateOf("dev");
const withOptions = (options: Parameters<typeof configWithOptions>[0]): Template =>
  templateOf("dev", configWithOptions(options));
const typesIn = (template: Template): string[] =>
  Object.values<{ Type: string }>(template.toJSON().Resources).map(({ Type }) => Type);

const aclSchema = z.object({
  VisibilityConfig: z.unknown(),
  Rules: z.array(
    z.looseObject({
      Name: z.string(),
      Priority: z.number(),
      VisibilityConfig: z.unknown(),
      Statement: z.looseObject({
        ManagedRuleGroupStatement: z
          .looseObject({
            RuleActionOverrides: z.array(z.object({ Name: z.string(), ActionToUse: z.unknown() })).default([]),
          })
          .optional(),
      }),
    }),
  ),
});

describe("nothing asked for", () => {
  it("is nothing more: options at rest are the template without them", () => {
    const atRest = { network: { allowedAddresses: [] }, tracing: false };
    expect(withOptions(atRest).toJSON()).toEqual(plain.toJSON());
    for (const type of typesIn(plain)) {
      expect(type).not.toMatch(/^AWS::(?:EC2|WAFv2|Route53|XRay)::|DomainName|BasePathMapping/);
    }
    expect(JSON.stringify(plain.toJSON())).not.toMatch(/TracingConfig|TracingEnabled|VpcConfig|aws:SourceIp/);
  });
});

describe("network.allowedAddresses", () => {
  const allowedAddresses = ["203.0.113.7", "198.51.100.0/24"];
  const template = withOptions({ network: { allowedAddresses } });
  const [api] = resourcesOf(template, "AWS::ApiGateway::RestApi");

  it("lets these call every route of the API, and denies it to all others", () => {
    expect(statementsOf(api?.Properties.Policy)).toMatchObject([
      { Effect: "Allow", Action: ["execute-api:Invoke"], Resource: ["execute-api:/*"] },
      {
        Effect: "Deny",
        Action: ["execute-api:Invoke"],
        Resource: ["execute-api:/*"],
        Condition: { NotIpAddress: { "aws:SourceIp": allowedAddresses } },
      },
    ]);
  });

  it("lets everybody try where none are listed, in words: without a policy, an API keeps the one that it had", () => {
    const [open] = resourcesOf(plain, "AWS::ApiGateway::RestApi");
    const [everybody, ...others] = statementsOf(open?.Properties.Policy);
    expect(everybody).toEqual({ Effect: "Allow", Action: ["execute-api:Invoke"], Resource: ["execute-api:/*"] });
    expect(others).toEqual([]);
  });

  it("takes effect with the deployment, which is a new one whenever they change", () => {
    const deploymentIn = (of: Template) => resourcesOf(of, "AWS::ApiGateway::Deployment").map(({ id }) => id);
    const others = withOptions({ network: { allowedAddresses: ["203.0.113.8"] } });
    const all = [plain, template, others].flatMap(deploymentIn);
    expect(new Set(all).size).toBe(3);
  });
});

describe("network.webAcl", () => {
  const template = withOptions({ network: { webAcl: { requestsPerFiveMinutes: 5000 } } });
  const [acl] = resourcesOf(template, "AWS::WAFv2::WebACL");
  const { Rules: rules, VisibilityConfig } = aclSchema.parse(acl?.Properties);

  it("stands before the API's stage", () => {
    const [association] = resourcesOf(template, "AWS::WAFv2::WebACLAssociation");
    const [stage] = resourcesOf(template, "AWS::ApiGateway::Stage");
    expect(association?.Properties.WebACLArn).toEqual({ "Fn::GetAtt": [acl?.id, "Arn"] });
    expect(JSON.stringify(association?.Properties.ResourceArn)).toContain(`{"Ref":"${stage?.id}"}`);
    expect(acl?.Properties).toMatchObject({ Scope: "REGIONAL", DefaultAction: { Allow: {} } });
  });

  it("limits each address, and answers as the API's own limit does", () => {
    expect(rules).toContainEqual(
      expect.objectContaining({
        Statement: { RateBasedStatement: { AggregateKeyType: "IP", Limit: 5000, EvaluationWindowSec: 300 } },
        Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
      }),
    );
  });

  it("never refuses an event for what is in it: tickets tell of attacks", () => {
    const countedIn = (name: string) =>
      rules
        .find(({ Name }) => Name === name)
        ?.Statement.ManagedRuleGroupStatement?.RuleActionOverrides.map(({ Name, ActionToUse }) => [Name, ActionToUse]);
    expect(countedIn("AWSManagedRulesCommonRuleSet")).toEqual(
      expect.arrayContaining([
        ["SizeRestrictions_BODY", { Count: {} }],
        ["CrossSiteScripting_BODY", { Count: {} }],
        ["GenericLFI_BODY", { Count: {} }],
        ["GenericRFI_BODY", { Count: {} }],
        ["EC2MetaDataSSRF_BODY", { Count: {} }],
      ]),
    );
    expect(countedIn("AWSManagedRulesKnownBadInputsRuleSet")).toContainEqual(["Log4JRCE_BODY", { Count: {} }]);
  });

  it("keeps no samples, which would hold bearer tokens, and measures each rule", () => {
    for (const visibility of [VisibilityConfig, ...rules.map((rule) => rule.VisibilityConfig)]) {
      expect(visibility).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
    }
    expect(new Set(rules.map(({ Priority }) => Priority)).size).toBe(rules.length);
  });

  it("logs what it refuses, encrypted and without tokens, and nothing of what it lets pass", () => {
    template.hasResourceProperties("AWS::WAFv2::LoggingConfiguration", {
      ResourceArn: { "Fn::GetAtt": [acl?.id, "Arn"] },
      RedactedFields: [{ SingleHeader: { Name: "authorization" } }],
      LoggingFilter: {
        DefaultBehavior: "DROP",
        Filters: [{ Behavior: "KEEP", Conditions: [{ ActionCondition: { Action: "BLOCK" } }] }],
      },
    });
    const [group] = resourcesOf(template, "AWS::Logs::LogGroup").filter(({ id }) => id.includes("WebAcl"));
    expect(group?.Properties.LogGroupName).toBe("aws-waf-logs-EnvisionBridge-dev");
    expect(JSON.stringify(resourcesOf(template, "AWS::WAFv2::LoggingConfiguration"))).not.toContain(":*");
    const [key] = resourcesOf(template, "AWS::KMS::Key").filter(({ id }) => id.startsWith("StorageKey"));
    expect(JSON.stringify(key?.Properties.KeyPolicy)).toContain(":log-group:aws-waf-logs-EnvisionBridge-dev");
  });

  it("may be one that the client has: then the stack makes none", () => {
    const existing = withOptions({ network: { webAcl: { arn: webAclArn } } });
    for (const type of ["WebACL", "LoggingConfiguration"]) existing.resourceCountIs(`AWS::WAFv2::${type}`, 0);
    existing.hasResourceProperties("AWS::WAFv2::WebACLAssociation", { WebACLArn: webAclArn });
  });
});

describe("customDomain", () => {
  const { customDomain } = allNew;
  const template = withOptions({ customDomain });
  const [domain] = resourcesOf(template, "AWS::ApiGateway::DomainName");

  it("is a name of the API's stage, by TLS 1.2 or newer and with the client's certificate", () => {
    expect(domain?.Properties).toMatchObject({
      DomainName: "bridge.acme.example",
      RegionalCertificateArn: certificateArn,
      EndpointConfiguration: { Types: ["REGIONAL"] },
      SecurityPolicy: "TLS_1_2",
    });
    const [mapping] = resourcesOf(template, "AWS::ApiGateway::BasePathMapping");
    expect(referenced(template, mapping?.Properties.RestApiId).Type).toBe("AWS::ApiGateway::RestApi");
    expect(referenced(template, mapping?.Properties.Stage).Type).toBe("AWS::ApiGateway::Stage");
    expect(mapping?.Properties).toMatchObject({ BasePath: "v1", DomainName: { Ref: domain?.id } });
  });

  it("is the address that the stack tells of", () => {
    expect(outputNamed(template, "ApiUrl")?.Value).toBe("https://bridge.acme.example/v1/");
  });

  it("is entered in the hosted zone that is named", () => {
    template.hasResourceProperties("AWS::Route53::RecordSet", {
      Name: "bridge.acme.example.",
      Type: "A",
      HostedZoneId: "Z0123456789ABCDEFGHIJ",
      AliasTarget: { DNSName: { "Fn::GetAtt": [domain?.id, "RegionalDomainName"] } },
    });
  });

  it("without a hosted zone: the stack tells what to enter", () => {
    const { hostedZone: _, ...byHand } = customDomain;
    const other = withOptions({ customDomain: byHand });
    other.resourceCountIs("AWS::Route53::RecordSet", 0);
    const [{ id } = { id: "" }] = resourcesOf(other, "AWS::ApiGateway::DomainName");
    expect(outputNamed(other, "ClientToEnsonoFrontTarget")).toMatchObject({
      Value: { "Fn::GetAtt": [id, "RegionalDomainName"] },
      Description: "For your DNS: make bridge.acme.example a CNAME of it",
    });
  });
});

describe("tracing", () => {
  const template = withOptions({ tracing: true });

  it("is of the API and of every function, each with the two rights that it takes", () => {
    template.hasResourceProperties("AWS::ApiGateway::Stage", { TracingEnabled: true });
    for (const fn of bridgeFunctions(template)) {
      expect(fn.Properties.TracingConfig).toEqual({ Mode: "Active" });
      expect(rightsOf(template, fn).flatMap(({ Action }) => Action)).toEqual(
        expect.arrayContaining(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]),
      );
    }
  });
});

it("the sandbox runs a stage with every option as one without: what they bring exists in an account only", () => {
  const unused = { invoke: () => Promise.reject(new Error("nobody calls")) };
  const place = { region: "eu-west-1", sqsEndpoint: "http://127.0.0.1:4566" };
  const routesOf = (template: Template) =>
    readRestApi(readTemplate(template.toJSON(), place), () => unused).routes.map(
      ({ method, resource }) => `${method} ${resource}`,
    );
  for (const template of [withOptions(allNew), withOptions(allExisting)]) {
    expect(routesOf(template)).toEqual(routesOf(plain));
  }
});

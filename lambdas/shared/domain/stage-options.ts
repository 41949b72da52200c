import * as z from "zod";

/**
 * What a stage can have beyond its plain form, all of it off unless asked for: who may call the API, from which addresses the
 * bridge calls out, under which name the API is reached, and traces (docs/adr/012). Nothing of it reaches the functions.
 */

const text = (pattern: RegExp, expected: string) => z.string().regex(pattern, `expected ${expected}`);

const ACCOUNT_AND_REGION = String.raw`[a-z]{2}(?:-[a-z]+)+-\d:\d{12}`;
const IDENTIFIER = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const arn = (service: string, resource: string) =>
  new RegExp(`^arn:aws(?:-cn|-us-gov)?:${service}:${ACCOUNT_AND_REGION}:${resource}$`);

/** An IPv4 address as a number, and how many leading bits of it count; nothing if it is not written as one. */
const readAddress = (written: string): { address: number; bits: number } | undefined => {
  const [, dotted, length = "32"] = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?$/.exec(written) ?? [];
  const parts = dotted?.split(".").map(Number) ?? [];
  const bits = Number(length);
  if (parts.length !== 4 || parts.some((part) => part > 255) || bits > 32) return undefined;
  return { address: parts.reduce((sum, part) => sum * 256 + part, 0), bits };
};

const networkOf = ({ address, bits }: { address: number; bits: number }): number =>
  address - (address % 2 ** (32 - bits));

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** Addresses that a caller over the internet never has: an entry with one of them would let nobody in. */
const notOfTheInternet = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"]
  .concat("192.168.0.0/16", "224.0.0.0/3")
  .flatMap((range) => readAddress(range) ?? []);

const addressFault = (written: string): string | undefined => {
  const read = readAddress(written);
  if (read === undefined) {
    return "expected an IPv4 address such as 203.0.113.7, or a range such as 203.0.113.0/24: the API is reached over IPv4 only";
  }
  if (read.bits === 0) return "expected addresses of yours: to let everybody in, leave allowedAddresses out";
  if (networkOf(read) !== read.address) {
    return `expected ${dotted(networkOf(read))}/${read.bits} for the range, or ${dotted(read.address)} for the one address`;
  }
  const isInside = notOfTheInternet.some(({ address, bits }) => networkOf({ ...read, bits }) === address);
  return isInside
    ? "expected the address that your tool has in the internet, not the one in your own network"
    : undefined;
};

/** A check in words: what it says is the fault. */
const without =
  <Value>(faultOf: (value: Value) => string | undefined) =>
  (value: Value, context: z.core.$RefinementCtx<Value>) => {
    const message = faultOf(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  };

const newVpcFields = ["natGateways", "elasticIps", "cidr"] as const;
const ownVpcFields = ["vpcId", "subnetIds"] as const;

const vpcSchema = z
  .strictObject({
    /** A new VPC: how many NAT gateways, each with an address of its own, in as many zones. */
    natGateways: z
      .union([z.literal(1), z.literal(2)], { error: "expected 1 or 2, each with a fixed address" })
      .optional(),
    /** Addresses that you have already, for example those that Ensono lets in; without them, the stack has its own. */
    elasticIps: z
      .array(
        text(/^eipalloc-[0-9a-f]{8,17}$/, "the allocation id of an Elastic IP, such as eipalloc-0123456789abcdef0"),
      )
      .min(1)
      .optional(),
    /** The range of the new VPC; of no matter unless it is to be connected to other networks. */
    cidr: z
      .string()
      .superRefine(
        without((range) => {
          const read = readAddress(range);
          const isFit = read !== undefined && range.includes("/") && read.bits >= 16 && read.bits <= 24;
          if (isFit && networkOf(read) === read.address) return undefined;
          return "expected an IPv4 range of /16 to /24, such as 10.0.0.0/16";
        }),
      )
      .optional(),
    /** A VPC that you have, and subnets of it which reach the internet through NAT. */
    vpcId: text(/^vpc-[0-9a-f]{8,17}$/, "the id of a VPC, such as vpc-0123456789abcdef0").optional(),
    subnetIds: z
      .array(text(/^subnet-[0-9a-f]{8,17}$/, "the id of a subnet, such as subnet-0123456789abcdef0"))
      .min(1, "expected at least one subnet, of two zones better two")
      .max(16, "expected at most 16: a function takes no more")
      .optional(),
  })
  .superRefine((vpc, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const isOwn = ownVpcFields.some((field) => vpc[field] !== undefined);
    if (isOwn) {
      for (const field of ownVpcFields) {
        if (vpc[field] === undefined) fault([field], "expected, because an existing VPC is both vpcId and subnetIds");
      }
      for (const field of newVpcFields) {
        if (vpc[field] !== undefined)
          fault([field], "not expected: it is of a new VPC, and vpcId names an existing one");
      }
      return;
    }
    if (vpc.natGateways === undefined) {
      fault(["natGateways"], "expected 1 or 2 for a new VPC; or vpcId and subnetIds for an existing one");
    } else if (vpc.elasticIps !== undefined && vpc.elasticIps.length !== vpc.natGateways) {
      fault(["elasticIps"], `expected ${vpc.natGateways}: one for each of natGateways`);
    } else if (new Set(vpc.elasticIps).size !== (vpc.elasticIps?.length ?? 0)) {
      fault(["elasticIps"], "expected a different one for each NAT gateway");
    }
  });

const webAclSchema = z
  .strictObject({
    /** An ACL of yours, of the region and for APIs. */
    arn: text(
      arn("wafv2", String.raw`regional/webacl/[\w-]+/${IDENTIFIER}`),
      "the ARN of a regional web ACL, arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>; one of CloudFront (global) does not fit",
    ).optional(),
    /** A new ACL with AWS's managed rules, and the most calls that one address may make within five minutes. */
    requestsPerFiveMinutes: z
      .number()
      .int()
      .min(100, "expected at least 100: your tool may send a backlog all at once")
      .max(2_000_000)
      .optional(),
  })
  .superRefine(
    without(({ arn: given, requestsPerFiveMinutes }) =>
      (given === undefined) === (requestsPerFiveMinutes === undefined)
        ? "expected either arn, of an ACL of yours, or requestsPerFiveMinutes, for a new one"
        : undefined,
    ),
  );

const networkSchema = z.strictObject({
  /** Who may call the API at all; empty for everybody who can prove who they are. */
  allowedAddresses: z
    .array(z.string().superRefine(without(addressFault)))
    .max(200, "expected at most 200: a policy of an API holds no more; use ranges")
    .default([]),
  vpc: vpcSchema.optional(),
  webAcl: webAclSchema.optional(),
});

const hostName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

const customDomainSchema = z
  .strictObject({
    name: text(hostName, "a host such as bridge.example.com, in lower case and without https://").max(253),
    /** Of ACM, in the region of the stack. */
    certificateArn: text(
      arn("acm", `certificate/${IDENTIFIER}`),
      "the ARN of a certificate of ACM, arn:aws:acm:<region>:<account>:certificate/<id>, in the stack's own region",
    ),
    /** Where the name is entered for you; without it, you enter it yourself. */
    hostedZone: z
      .strictObject({
        id: text(/^Z[A-Z0-9]{1,31}$/, "the id of a hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ"),
        name: text(hostName, "the zone's name such as example.com, in lower case and without a dot at its end"),
      })
      .optional(),
  })
  .superRefine((domain, context) => {
    const { name, hostedZone } = domain;
    // A zone that is not written as one has its own fault.
    if (hostedZone === undefined || !hostName.test(hostedZone.name)) return;
    if (name === hostedZone.name || name.endsWith(`.${hostedZone.name}`)) return;
    const message = `expected the zone that ${name} is in`;
    context.addIssue({ code: "custom", path: ["hostedZone", "name"], message });
  });

export const stageOptions = {
  network: networkSchema.prefault({}),
  /** The name under which your ITSM reaches the API, beside the one of AWS's. */
  customDomain: customDomainSchema.optional(),
  /** X-Ray, for the API and the functions. */
  tracing: z.boolean().default(false),
};

type WithDomain = Readonly<Record<string, { readonly customDomain?: { readonly name: string } | undefined }>>;

/** The stages whose name of the API another stage has already, which it then leads to. */
export const sharedDomainFaults = (stages: WithDomain): { path: string[]; message: string }[] => {
  const owners = new Map<string, string>();
  return Object.entries(stages).flatMap(([stage, { customDomain }]) => {
    if (customDomain === undefined) return [];
    const other = owners.get(customDomain.name);
    owners.set(customDomain.name, other ?? stage);
    if (other === undefined) return [];
    const path = ["stages", stage, "customDomain", "name"];
    return [{ path, message: `expected another name than that of the stage ${other}: a name leads to one API` }];
  });
};

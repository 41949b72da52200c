import { SignatureV4 } from "@smithy/signature-v4";
import type { HttpCall } from "../../../lambdas/shared/adapters/http-call.ts";

type Signing = ConstructorParameters<typeof SignatureV4>[0];

export interface AwsQueryOptions {
  /** Who signs. The configuration of any client of the SDK has both. */
  readonly signer: Pick<Signing, "credentials" | "sha256">;
  readonly region: string;
  readonly call: HttpCall;
  /** Where a service answers; by default, in the region. */
  readonly endpoint?: (service: "sts" | "cloudformation") => string;
}

/** What AWS refuses, by its code. */
export class AwsQueryError extends Error {
  override readonly name = "AwsQueryError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The two calls to services of AWS's query protocol that an operator needs; the SDK's clients for them would be two more packages. */
export interface AwsQueries {
  /** The caller's ARN. Needs no rights. */
  callerArn(): Promise<string>;
  /** A stack's outputs by their names. Throws AwsQueryError, with `ValidationError` when there is no such stack. */
  stackOutputs(stackName: string): Promise<Readonly<Record<string, string>>>;
}

export const awsQueries = ({ signer, region, call, endpoint = endpointIn(region) }: AwsQueryOptions): AwsQueries => {
  const ask = async (service: "sts" | "cloudformation", parameters: Record<string, string>): Promise<string> => {
    const url = new URL(endpoint(service));
    const signature = new SignatureV4({ ...signer, region, service });
    const body = new URLSearchParams(parameters).toString();
    const signed = await signature.sign({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      path: "/",
      headers: { host: url.host, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body,
    });
    const answer = await call({ method: "POST", url: `${url.origin}/`, headers: signed.headers, body });
    if (answer.status === 200) return answer.body;
    const code = textOf("Code", answer.body) ?? String(answer.status);
    throw new AwsQueryError(code, textOf("Message", answer.body) ?? `AWS answered ${answer.status}`);
  };

  return {
    async callerArn() {
      const arn = textOf("Arn", await ask("sts", { Action: "GetCallerIdentity", Version: "2011-06-15" }));
      if (arn === undefined) throw new AwsQueryError("InvalidResponse", "AWS does not say who you are");
      return arn;
    },

    async stackOutputs(stackName) {
      const parameters = { Action: "DescribeStacks", Version: "2010-05-15", StackName: stackName };
      const members = (await ask("cloudformation", parameters)).match(INNERMOST_MEMBER) ?? [];
      return Object.fromEntries(
        members.flatMap((member) => {
          const [name, value] = [textOf("OutputKey", member), textOf("OutputValue", member)];
          return name === undefined || value === undefined ? [] : [[name, value]];
        }),
      );
    },
  };
};

const endpointIn =
  (region: string) =>
  (service: string): string =>
    `https://${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

const INNERMOST_MEMBER = /<member>(?:(?!<member>)[\s\S])*?<\/member>/g;

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const textOf = (tag: string, xml: string): string | undefined =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`)
    .exec(xml)?.[1]
    ?.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? "");

import { text } from "node:stream/consumers";
import * as z from "zod";
import { secretArn } from "./identities.ts";
import { jsonOf } from "./json-of.ts";
import { serveOnLoopback } from "./loopback-server.ts";

const stageSchema = z.enum(["AWSCURRENT", "AWSPREVIOUS"]);
type Stage = z.infer<typeof stageSchema>;

const requestSchema = z.object({ SecretId: z.string().min(1), VersionStage: stageSchema.default("AWSCURRENT") });

interface Version {
  readonly id: string;
  readonly value: string;
}

export interface Secrets {
  readonly endpoint: string;
  /** Rotates: the value becomes AWSCURRENT, the one before it AWSPREVIOUS. Creates a secret of a new name. */
  set(name: string, value: string): void;
  stop(): Promise<void>;
}

/**
 * Serves `GetSecretValue` of AWS Secrets Manager for the given values, by name, ARN or ARN without its suffix.
 * Nothing is kept on disk.
 */
export async function startSecrets(values: Readonly<Record<string, string>>, region: string): Promise<Secrets> {
  const versions = new Map<string, Partial<Record<Stage, Version>>>();
  let versionCount = 0;

  function set(name: string, value: string): void {
    versionCount += 1;
    const previous = versions.get(name)?.AWSCURRENT;
    versions.set(name, {
      AWSCURRENT: { id: `sandbox-secret-version-${String(versionCount).padStart(12, "0")}`, value },
      ...(previous && { AWSPREVIOUS: previous }),
    });
  }

  function nameOf(secretId: string): string | undefined {
    return [...versions.keys()].find((name) => {
      const arn = secretArn(name, region);
      return [name, arn, arn.slice(0, arn.lastIndexOf("-"))].includes(secretId);
    });
  }

  function getSecretValue(body: string): { status: number; answer: object } {
    const request = jsonOf(requestSchema).safeParse(body);
    if (!request.success) return failure("InvalidParameterException", z.prettifyError(request.error));
    const { SecretId, VersionStage } = request.data;
    const name = nameOf(SecretId);
    const version = name === undefined ? undefined : versions.get(name)?.[VersionStage];
    if (name === undefined) {
      return failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    if (version === undefined) {
      const message = `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`;
      return failure("ResourceNotFoundException", message);
    }
    return {
      status: 200,
      answer: {
        ARN: secretArn(name, region),
        Name: name,
        VersionId: version.id,
        SecretString: version.value,
        VersionStages: [VersionStage],
      },
    };
  }

  for (const [name, value] of Object.entries(values)) set(name, value);
  const server = await serveOnLoopback(async (request, response) => {
    const action = String(request.headers["x-amz-target"] ?? "");
    const body = await text(request);
    const { status, answer } =
      action === "secretsmanager.GetSecretValue"
        ? getSecretValue(body)
        : failure(
            "UnknownOperationException",
            `The sandbox serves GetSecretValue only, not ${action || "this request"}.`,
          );
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
  });
  return { endpoint: server.url, set, stop: server.stop };
}

function failure(type: string, message: string): { status: number; answer: object } {
  return { status: 400, answer: { __type: type, Message: message } };
}

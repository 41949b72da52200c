import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Clock, Secrets } from "../ports.ts";

export interface SecretsManagerOptions {
  readonly client: Pick<SecretsManagerClient, "send">;
  readonly clock: Clock;
  /** How long values are used without another look. */
  readonly cacheMs?: number;
  /** How long values are used while Secrets Manager cannot be read. */
  readonly outageMs?: number;
  /** How long after a rotation the previous value counts; AWS keeps it for ever, and an old value may have leaked. */
  readonly overlapMs?: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Between two looks while Secrets Manager cannot be read. */
const OUTAGE_RETRY_MS = 30 * SECOND;

/**
 * Secrets of AWS Secrets Manager, as plain text (E3): AWSCURRENT, then AWSPREVIOUS as long as a rotation may be under way.
 *
 * @throws Error naming the secret, when it has no text; whatever the SDK throws, once the last values are too old.
 */
export const secretsManager = (options: SecretsManagerOptions): Secrets => {
  const { client, clock, cacheMs = 5 * MINUTE, outageMs = HOUR, overlapMs = 7 * DAY } = options;
  const known = new Map<string, { values: readonly string[]; readAt: number; lookAgainAt: number }>();
  const reading = new Map<string, Promise<readonly string[]>>();

  const get = (SecretId: string, VersionStage: "AWSCURRENT" | "AWSPREVIOUS") =>
    client.send(new GetSecretValueCommand({ SecretId, VersionStage }));

  const getPrevious = async (secretId: string): Promise<string[]> => {
    try {
      return [textOf(secretId, await get(secretId, "AWSPREVIOUS"))];
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return [];
      throw error;
    }
  };

  const look = async (secretId: string): Promise<readonly string[]> => {
    const now = clock();
    const current = await get(secretId, "AWSCURRENT");
    const rotatedAt = current.CreatedDate?.getTime() ?? now;
    const previous = now - rotatedAt < overlapMs ? await getPrevious(secretId) : [];
    const values = [textOf(secretId, current), ...previous];
    known.set(secretId, { values, readAt: now, lookAgainAt: now + cacheMs });
    return values;
  };

  const lookOrRemember = async (secretId: string): Promise<readonly string[]> => {
    try {
      return await look(secretId);
    } catch (error) {
      const last = known.get(secretId);
      if (last === undefined || clock() - last.readAt >= outageMs) throw error;
      known.set(secretId, { ...last, lookAgainAt: clock() + OUTAGE_RETRY_MS });
      return last.values;
    }
  };

  return {
    async read(secretId, { fresh = false } = {}) {
      const last = known.get(secretId);
      if (!fresh && last !== undefined && clock() < last.lookAgainAt) return last.values;
      // Many tickets may find the key refused in the same moment; one look does for all.
      const underWay = reading.get(secretId);
      if (underWay !== undefined) return underWay;
      const read = lookOrRemember(secretId).finally(() => reading.delete(secretId));
      reading.set(secretId, read);
      return read;
    },
  };
};

const textOf = (secretId: string, { SecretString }: GetSecretValueCommandOutput): string => {
  const text = SecretString?.trim() ?? "";
  if (text === "") throw new Error(`secret ${secretId}: expected a plain text; set the secret's value`);
  return text;
};

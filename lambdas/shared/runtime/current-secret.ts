import type { Secrets } from "../ports.ts";

/** The one value of a secret that is sent to others: the current one. */
export const currentSecret =
  (secrets: Secrets, secretId: string) =>
  async (options?: { fresh?: boolean }): Promise<string> => {
    const [current] = await secrets.read(secretId, options);
    if (current === undefined) throw new Error(`the secret ${secretId} has no value: put one with the AWS CLI`);
    return current;
  };

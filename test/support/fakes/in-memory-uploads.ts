import { buffer } from "node:stream/consumers";
import { TransientError } from "../../../lambdas/shared/domain/errors.ts";
import type { Clock, EnsonoUploads } from "../../../lambdas/shared/ports.ts";

const URL_LIVES_MS = 120_000;

export interface InMemoryUploads extends EnsonoUploads {
  /** The names that URLs were asked for, in order. */
  readonly asked: readonly string[];
  /** What arrived, by URL; a second upload to the same URL replaces the first. */
  readonly arrived: ReadonlyMap<string, { contentType: string; bytes: Buffer }>;
  /** The next calls of this kind fail, each with one of these; undefined lets one through. `after`: it takes effect all the same. */
  fail(kind: "uploadUrl" | "upload", ...faults: (Fault | undefined)[]): void;
}
interface Fault {
  readonly error: Error;
  readonly after?: boolean;
  /** Happens while the call is made. */
  readonly meanwhile?: () => void;
}

/** Ensono's uploads: a new URL for each call, good for 120 s. */
export const inMemoryUploads = ({ clock }: { clock: Clock }): InMemoryUploads => {
  const asked: string[] = [];
  const arrived: Map<string, { contentType: string; bytes: Buffer }> = new Map();
  const madeAt = new Map<string, number>();
  const faults = { uploadUrl: [] as (Fault | undefined)[], upload: [] as (Fault | undefined)[] };

  const called = async <T>(kind: keyof typeof faults, effect: () => T | Promise<T>): Promise<T> => {
    const fault = faults[kind].shift();
    fault?.meanwhile?.();
    if (fault === undefined) return effect();
    if (fault.after === true) await effect();
    throw fault.error;
  };

  return {
    asked,
    arrived,
    fail: (kind, ...more) => void faults[kind].push(...more),

    uploadUrl: (ensonoTicketNumber, fileName) =>
      called("uploadUrl", () => {
        asked.push(`${ensonoTicketNumber}/${fileName}`);
        const url = `https://uploads.test/${asked.length}.${fileName}`;
        madeAt.set(url, clock());
        return url;
      }),

    upload: (url, { size, contentType, content }) =>
      called("upload", async () => {
        if (clock() - (madeAt.get(url) ?? 0) > URL_LIVES_MS)
          throw new TransientError("expired", "none", "it has expired");
        const bytes = await buffer(content);
        if (bytes.byteLength !== size) throw new Error(`${size} bytes were announced, ${bytes.byteLength} came`);
        arrived.set(url, { contentType, bytes });
      }),
  };
};

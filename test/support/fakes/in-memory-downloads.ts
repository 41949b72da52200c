import { PermanentError, TransientError } from "../../../lambdas/shared/domain/errors.ts";
import type { Downloads } from "../../../lambdas/shared/ports.ts";
import { inPieces } from "./in-memory-files.ts";

type Served =
  | { readonly bytes: Uint8Array; readonly size?: number | undefined; readonly breaksAfter?: number }
  | PermanentError
  | TransientError;

export interface InMemoryDownloads extends Downloads {
  /** Addresses that were asked for. */
  readonly opened: readonly string[];
  /** What an address gives: these in turn, the last one for ever. Until then, nothing is there. */
  serve(url: string, ...served: [Served, ...Served[]]): void;
  /** Downloads that were opened, and neither read to their end nor given up. */
  unfinished(): number;
}

/** Addresses that give what a test says. */
export const inMemoryDownloads = (): InMemoryDownloads => {
  const opened: string[] = [];
  const served = new Map<string, Served[]>();
  let running = 0;

  async function* contentOf(bytes: Uint8Array, breaksAfter: number | undefined) {
    try {
      yield* inPieces(bytes.subarray(0, breaksAfter));
      if (breaksAfter !== undefined) throw new TransientError("unavailable", "none", "GET files.test: it broke off");
    } finally {
      running -= 1;
    }
  }

  return {
    opened,
    serve: (url, ...these) => void served.set(url, these),
    unfinished: () => running,

    async open(url) {
      opened.push(url);
      const these = served.get(url) ?? [new PermanentError("refused", "files.test answered 404")];
      const one = these.length > 1 ? these.shift() : these[0];
      if (one === undefined || one instanceof Error) throw one;
      running += 1;
      const content = contentOf(one.bytes, one.breaksAfter);
      return { size: "size" in one ? one.size : one.bytes.length, contentType: undefined, content };
    },
  };
};

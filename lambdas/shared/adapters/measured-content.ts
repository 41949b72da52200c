import { createHash } from "node:crypto";
import { type Bytes, watched } from "../domain/byte-streams.ts";

/** What is known of a file once all of it has passed. */
export interface Measure {
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The same bytes, counted and digested while they pass; `measure` is to be asked once, when they have. */
export const measured = (content: Bytes): { content: Bytes; measure(): Measure } => {
  const hash = createHash("sha256");
  let size = 0;
  const passing = watched(content, (piece) => {
    if (piece === undefined) return;
    size += piece.byteLength;
    hash.update(piece);
  });
  return { content: passing, measure: () => ({ size, sha256: hash.digest("hex") }) };
};

import { createHash } from "node:crypto";
import type { Digest } from "../domain/marks.ts";

/** 96 bits of SHA-256 in 16 characters: short enough for a ledger item, long enough that no two texts ever meet. */
export const digest: Digest = (text) => createHash("sha256").update(text).digest("base64url").slice(0, 16);

import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { discard } from "../../lambdas/shared/domain/byte-streams.ts";
import type { FileLinks, FileStore } from "../../lambdas/shared/ports.ts";
import { inPieces } from "../support/fakes/in-memory-files.ts";

export type Files = FileStore & FileLinks;

const KEY = "attachments/e-CS0204070/000001#7#m-1/0";
const MEGABYTE = 1024 * 1024;

/** Bytes of which no two pieces are the same, so that a lost or a swapped one shows. */
const bytesOf = (size: number): Uint8Array => {
  const numbers = Uint32Array.from({ length: Math.ceil(size / 4) }, (_, nth) => nth * 2_654_435_761);
  return new Uint8Array(numbers.buffer, 0, size);
};

const put = (files: Files, bytes: Uint8Array, key = KEY) =>
  files.put(key, { contentType: "image/png", content: inPieces(bytes, 60_000) });

const read = async (files: Files, key = KEY): Promise<Uint8Array | undefined> => {
  const file = await files.read(key);
  if (file === undefined) return undefined;
  const bytes = await buffer(file.content);
  expect(file.size).toBe(bytes.byteLength);
  return new Uint8Array(bytes);
};

/** What every store of files does; see `FileStore` and `FileLinks` in `lambdas/shared/ports.ts`. */
export const filesContract = (name: string, start: () => Promise<Files>): void => {
  describe(`the contract of FileStore and FileLinks: ${name}`, () => {
    it.each([
      ["nothing", 0],
      ["a few bytes", 5],
      ["a part", 5 * MEGABYTE],
      ["a part and a byte", 5 * MEGABYTE + 1],
      ["many parts", 23 * MEGABYTE + 17],
    ])("[T8] keeps %s, and says its size and SHA-256", async (_, size) => {
      const files = await start();
      const bytes = bytesOf(size);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      expect(await put(files, bytes)).toEqual({ key: KEY, size, sha256 });
      const kept = await read(files);
      expect(kept?.length).toBe(size);
      expect(Buffer.compare(kept ?? new Uint8Array(), bytes)).toBe(0);
    });

    it("replaces what was there under the same key, and nothing else", async () => {
      const files = await start();
      await put(files, bytesOf(10));
      await put(files, bytesOf(30), "attachments/other");
      await put(files, bytesOf(20));
      expect([(await read(files))?.length, (await read(files, "attachments/other"))?.length]).toEqual([20, 30]);
    });

    it("has nothing under a key that nothing was put to", async () => {
      const files = await start();
      expect(await files.read("uploads/none")).toBeUndefined();
    });

    it.each([0, 5, 12 * MEGABYTE])("[R1] keeps nothing of content that breaks off after %i bytes", async (size) => {
      const files = await start();
      const gone = new Error("it broke off");
      async function* breaking() {
        yield* inPieces(bytesOf(size), 60_000);
        throw gone;
      }
      await expect(files.put(KEY, { contentType: "image/png", content: breaking() })).rejects.toBe(gone);
      expect(await files.read(KEY)).toBeUndefined();
    });

    it("can be read in part", async () => {
      const files = await start();
      await put(files, bytesOf(3 * MEGABYTE));
      const file = await files.read(KEY);
      if (file === undefined) throw new Error("nothing was kept");
      for await (const chunk of file.content) {
        expect(chunk.byteLength).toBeLessThan(3 * MEGABYTE);
        break;
      }
      await discard(file.content);
    });
  });
};

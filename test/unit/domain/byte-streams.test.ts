import { buffer } from "node:stream/consumers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileBytes } from "../../../lambdas/shared/adapters/file-bytes.ts";
import {
  type Bytes,
  base64Length,
  bytesFrom,
  discard,
  peek,
  watched,
} from "../../../lambdas/shared/domain/byte-streams.ts";

/** Pieces of any sizes, of which it is known whether anybody lets them go. */
const streamOf = (pieces: readonly Uint8Array[]) => {
  const state = { isLetGo: false, asked: 0 };
  const content = bytesFrom(
    async () => pieces[state.asked++],
    () => {
      state.isLetGo = true;
    },
  );
  return { content, state };
};
const anyPieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 20 });
const read = async (content: Bytes) => new Uint8Array(await buffer(content));
const whole = (pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));

describe("a stream of bytes", () => {
  it("is the same after its begin was looked at", async () => {
    await fc.assert(
      fc.asyncProperty(anyPieces, fc.nat(200), async (pieces, count) => {
        const { begin, content } = await peek(streamOf(pieces).content, count);
        expect(begin).toEqual(whole(pieces).subarray(0, count));
        expect(await read(content)).toEqual(whole(pieces));
      }),
    );
  });

  it("is read no further than its begin when it is looked at, and let go when it is given up", async () => {
    const { content, state } = streamOf([new Uint8Array(60), new Uint8Array(60), new Uint8Array(60)]);
    const peeked = await peek(content, 100);
    expect(state.asked).toBe(2);
    await discard(peeked.content);
    expect(state.isLetGo).toBe(true);
  });

  it("is let go before it has begun, too", async () => {
    const { content, state } = streamOf([new Uint8Array(1)]);
    await discard(watched(content, () => undefined));
    expect(state).toEqual({ isLetGo: true, asked: 0 });
  });

  it("ends with what the onlooker throws, and is let go then", async () => {
    const { content, state } = streamOf([new Uint8Array(1), new Uint8Array(2)]);
    const looked = watched(content, (piece) => {
      if (piece?.byteLength === 2) throw new Error("enough");
    });
    await expect(read(looked)).rejects.toThrow("enough");
    expect(state.isLetGo).toBe(true);
  });
});

describe("[I10] base64", () => {
  it("of any pieces is that of the whole, and as long as was said before", async () => {
    await fc.assert(
      fc.asyncProperty(anyPieces, async (pieces) => {
        const encoded = await buffer(fileBytes.asBase64(streamOf(pieces).content));
        expect(encoded.toString()).toBe(Buffer.concat(pieces).toString("base64"));
        expect(encoded.byteLength).toBe(base64Length(whole(pieces).length));
      }),
    );
  });
});

/** Files on their way are streams of bytes, read once and piece by piece, so that their size does not matter. */
export type Bytes = AsyncIterable<Uint8Array>;

/** Gives a stream up that is not wanted any more; what feeds it is let go. Harmless for one that has ended. */
export const discard = async (content: Bytes): Promise<void> => {
  await content[Symbol.asyncIterator]().return?.();
};

/** A stream out of its steps; unlike a generator it can also be given up before its first piece was asked for. */
export const bytesFrom = (
  next: () => Promise<Uint8Array | undefined>,
  giveUp: () => Promise<unknown> | unknown,
): Bytes => {
  const stream: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => stream,
    async next() {
      const value = await next();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    async return() {
      await giveUp();
      return { done: true, value: undefined };
    },
  };
  return stream;
};

/**
 * Looks at the begin of a stream: the first `count` bytes, or all there are. `content` is the whole stream still; `discard` it
 * where nobody reads it.
 */
export const peek = async (content: Bytes, count: number): Promise<{ begin: Uint8Array; content: Bytes }> => {
  const iterator = content[Symbol.asyncIterator]();
  const ahead: Uint8Array[] = [];
  let size = 0;
  while (size < count) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    ahead.push(value);
    size += value.byteLength;
  }
  const begin = joined(ahead, size).subarray(0, count);
  const next = async () => ahead.shift() ?? nextOf(await iterator.next());
  return { begin, content: bytesFrom(next, () => iterator.return?.()) };
};

/** The same bytes, with `look` called on each piece before it goes on, and at the end; it ends the stream by throwing. */
export const watched = (content: Bytes, look: (piece: Uint8Array | undefined) => void): Bytes => {
  const iterator = content[Symbol.asyncIterator]();
  const next = async () => {
    const piece = nextOf(await iterator.next());
    try {
      look(piece);
    } catch (error) {
      await iterator.return?.();
      throw error;
    }
    return piece;
  };
  return bytesFrom(next, () => iterator.return?.());
};

/** What an iterator gave, undefined at its end. */
export const nextOf = (result: IteratorResult<Uint8Array, unknown>): Uint8Array | undefined =>
  result.done === true ? undefined : result.value;

const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
};

/** How long a file of so many bytes is in base64. */
export const base64Length = (size: number): number => 4 * Math.ceil(size / 3);

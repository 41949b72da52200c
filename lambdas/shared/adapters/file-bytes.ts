import { fileTypeFromBuffer } from "file-type";
import type { Bytes } from "../domain/byte-streams.ts";
import type { FileBytes } from "../ports.ts";
import { measured } from "./measured-content.ts";

/** What it takes more than the language for to do with the bytes of a file; nothing of it is outside. */
export const fileBytes: FileBytes = {
  measured,
  asBase64,
  async recognise(begin) {
    try {
      return await fileTypeFromBuffer(begin);
    } catch {
      // A file that is made to break whoever looks at it is one that nobody recognises.
      return undefined;
    }
  },
};

/** Three bytes make four characters, so what does not make three goes along with the next piece. */
async function* asBase64(content: Bytes) {
  let rest = Buffer.alloc(0);
  for await (const chunk of content) {
    const bytes =
      rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    rest = Buffer.from(bytes.subarray(whole));
    if (whole > 0) yield Buffer.from(bytes.subarray(0, whole).toString("base64"), "latin1");
  }
  if (rest.length > 0) yield Buffer.from(rest.toString("base64"), "latin1");
}

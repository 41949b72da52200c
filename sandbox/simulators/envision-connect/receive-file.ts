import { createHash } from "node:crypto";
import { HEAD_BYTES } from "./file-rules.ts";
import { KEPT_BYTES } from "./file-store.ts";

/** Takes in a file as it streams: hashed and counted, and kept only when it is small. */

export interface Intake {
  size: number;
  /** Hexadecimal. */
  sha256: string;
  /** Base64, as in a Content-MD5 header. */
  md5: string;
  /** The first bytes, which tell the kind of file. */
  head: Buffer;
  /** Left out for a file of 1 MB and more. */
  content?: Buffer;
}

export interface Received {
  /** The bytes as they were sent. */
  sent: Intake;
  /** The file: what was sent, or what the base64 text stands for. */
  file: Intake;
  isMalformed: boolean;
}

/** @throws when the sender breaks off. */
export async function receiveFile(stream: AsyncIterable<Buffer>, isBase64: boolean): Promise<Received> {
  const sent = createIntake();
  const decoded = createIntake();
  const decoder = createBase64Decoder();
  for await (const chunk of stream) {
    sent.push(chunk);
    if (isBase64) decoded.push(decoder.push(chunk));
  }
  const asSent = sent.end();
  return isBase64
    ? { sent: asSent, file: decoded.end(), isMalformed: decoder.isMalformed() }
    : { sent: asSent, file: asSent, isMalformed: false };
}

function createIntake(): { push(chunk: Buffer): void; end(): Intake } {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  let head = Buffer.alloc(0);
  let kept: Buffer[] = [];
  let size = 0;
  return {
    push: (chunk) => {
      sha256.update(chunk);
      md5.update(chunk);
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
      size += chunk.length;
      if (size < KEPT_BYTES) kept.push(chunk);
      else kept = [];
    },
    end: () => ({
      size,
      sha256: sha256.digest("hex"),
      md5: md5.digest("base64"),
      head,
      ...(size < KEPT_BYTES ? { content: Buffer.concat(kept) } : {}),
    }),
  };
}

/** Line breaks are allowed, and missing padding is not. */
function createBase64Decoder(): { push(chunk: Buffer): Buffer; isMalformed(): boolean } {
  let rest = "";
  let isPadded = false;
  let isMalformed = false;
  return {
    push: (chunk) => {
      const text = rest + chunk.toString("latin1").replace(/[\r\n]/g, "");
      const whole = text.slice(0, text.length - (text.length % 4));
      rest = text.slice(whole.length);
      if (whole === "") return Buffer.alloc(0);
      if (isPadded || !/^[A-Za-z0-9+/]*={0,2}$/.test(whole)) isMalformed = true;
      isPadded = whole.endsWith("=");
      return Buffer.from(whole, "base64");
    },
    isMalformed: () => isMalformed || rest !== "",
  };
}

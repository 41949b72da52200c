import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/**
 * The other sides of a file's way, for `npm run bench:attachment`: a program of its own, so that nothing of it is in the bridge's
 * process. It holds no file in memory either. It prints the address it answers at, and ends when its standard input does.
 *
 * - `GET /source/{bytes}`: a file of so many bytes, as Ensono's.
 * - `/bucket/…`: as much of S3 as it takes to put a file in parts, on disk, and to read it again.
 * - `PUT /upload`: a place for files as Ensono's; answers with the SHA-256 in a header.
 */

const directory = mkdtempSync(join(tmpdir(), "envision-bridge-bench-"));
process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
process.stdin.resume().once("end", () => process.exit());

const PIECE_BYTES = 64 * 1024;

/** Bytes that do not repeat within a part, so that a lost or a swapped piece changes the digest. */
async function* fileOf(size: number) {
  const piece = Buffer.alloc(PIECE_BYTES, "The quick brown fox jumps over the lazy dog. ");
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const next = Buffer.from(piece.subarray(0, Math.min(PIECE_BYTES, size - at)));
    if (next.length >= 8) next.writeDoubleLE(at, 0);
    yield next;
  }
}

/** The parts of the file in the bucket, by number. */
const partPath = (part: number): string => join(directory, `part-${part}`);
const parts = new Map<number, number>();

async function* kept() {
  for (const part of [...parts.keys()].toSorted((one, other) => one - other)) yield* createReadStream(partPath(part));
}

const keepPart = async (part: number, request: IncomingMessage): Promise<void> => {
  const file = createWriteStream(partPath(part));
  await pipeline(request, file);
  parts.set(part, file.bytesWritten);
};

const xml = (response: ServerResponse, body: string) =>
  void response.end(`<?xml version="1.0" encoding="UTF-8"?>${body}`);

const bucket = async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> => {
  const call = `${request.method}${query.has("uploads") ? " uploads" : ""}${query.has("uploadId") ? " uploadId" : ""}`;
  switch (call) {
    case "POST uploads":
      parts.clear();
      return xml(response, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>");
    case "PUT uploadId":
      await keepPart(Number(query.get("partNumber")), request);
      return void response.setHeader("etag", `"${query.get("partNumber")}"`).end();
    case "POST uploadId":
      request.resume();
      return xml(response, "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>");
    case "PUT":
      parts.clear();
      await keepPart(1, request);
      return void response.setHeader("etag", '"1"').end();
    case "GET": {
      const size = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
      response.setHeader("content-length", size);
      return pipeline(kept(), response);
    }
    default:
      return void response.writeHead(501).end();
  }
};

const upload = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const hash = createHash("sha256");
  for await (const chunk of request) hash.update(chunk);
  response.setHeader("x-sha256", hash.digest("hex")).end();
};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  const [, place = "", rest = ""] = pathname.split("/");
  const answer = async (): Promise<void> => {
    if (place === "source") {
      response.setHeader("content-length", rest);
      return pipeline(fileOf(Number(rest)), response);
    }
    if (place === "bucket") return bucket(request, response, searchParams);
    if (place === "upload") return upload(request, response);
    response.writeHead(404).end();
  };
  answer().catch((error: unknown) => {
    // The sender looks at a file's begin, and does not read on.
    if (!response.destroyed) process.stderr.write(`${request.method} ${pathname}: ${error}\n`);
    response.destroy();
  });
});
mkdirSync(directory, { recursive: true });
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
process.stdout.write(`http://127.0.0.1:${address.port}\n`);

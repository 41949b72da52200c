import type { LookupFunction } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type HttpDownloadOptions, httpDownloads } from "../../lambdas/shared/adapters/http-download.ts";
import { isPublicAddress } from "../../lambdas/shared/adapters/public-addresses.ts";
import { discard } from "../../lambdas/shared/domain/byte-streams.ts";
import { AMAZON_S3 } from "../../lambdas/shared/domain/fetchable-hosts.ts";
import { answering, deadOrigin, s3Xml, serveHttp } from "../support/local-servers.ts";

const NOW = Date.UTC(2026, 10, 2, 15, 4, 5);
const MAX = 1_000_000;

const downloadsFrom = (origin: string, options: Partial<HttpDownloadOptions> = {}) =>
  httpDownloads({ allowed: [origin], maxBytes: MAX, clock: () => NOW, ...options });
const open = (origin: string, path = "/file", options: Partial<HttpDownloadOptions> = {}) =>
  downloadsFrom(origin, options).open(`${origin}${path}`);

const refused = (message: RegExp | string = "") =>
  expect.objectContaining({ name: "PermanentError", code: "refused", message: expect.stringMatching(message) });
const transient = (code: "unavailable" | "expired", message: RegExp | string = "") =>
  expect.objectContaining({ name: "TransientError", code, effect: "none", message: expect.stringMatching(message) });

describe("[T8] a download", () => {
  it("gives size, type and content", async () => {
    const { origin } = await serveHttp((request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": 5 }).end(request.url?.slice(-5));
    });
    const { size, contentType, content } = await open(origin, "/a%2Fb?c=hello");
    expect({ size, contentType, text: await text(content) }).toEqual({
      size: 5,
      contentType: "text/plain",
      text: "hello",
    });
  });

  it("gives no size where none is told", async () => {
    const { origin } = await serveHttp((_, response) => response.end("hello"));
    const { origin: chunked } = await serveHttp((_, response) => {
      response.write("hel");
      response.end("lo");
    });
    expect((await open(origin)).size).toBe(5);
    const { size, content } = await open(chunked);
    expect([size, await text(content)]).toEqual([undefined, "hello"]);
  });

  it("asks for the bytes as they are, and takes them so", async () => {
    const packed = gzipSync("x".repeat(100_000));
    const { origin } = await serveHttp((request, response) => {
      expect(request.headers["accept-encoding"]).toBe("identity");
      response.writeHead(200, { "content-encoding": "gzip" }).end(packed);
    });
    expect(await buffer((await open(origin)).content)).toEqual(packed);
  });

  it("lets the connection go when it is given up", async () => {
    const { origin, connections } = await serveHttp((_, response) => void response.write("and so on"));
    const { content } = await open(origin);
    expect(connections()).toBe(1);
    await discard(content);
    await expect.poll(connections).toBe(0);
  });
});

describe("[T8] a download that leads inside", () => {
  /** A name service under an attacker's control. */
  const resolving =
    (...addresses: string[]): LookupFunction =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
  const HOST = "bucket.s3.eu-west-1.amazonaws.com";
  const openResolved = (lookup: LookupFunction) =>
    httpDownloads({ allowed: [AMAZON_S3], maxBytes: MAX, clock: () => NOW, lookup, connectTimeoutMs: 200 }).open(
      `https://${HOST}/file?X-Amz-Signature=secret`,
    );

  it.each([
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["172.16.0.1"],
    ["192.168.1.1"],
    ["169.254.169.254"],
    ["100.64.0.1"],
    ["0.0.0.0"],
    ["255.255.255.255"],
    ["224.0.0.1"],
    ["::1"],
    ["::"],
    ["fe80::1"],
    ["fd00:ec2::254"],
    ["::ffff:169.254.169.254"],
    ["::ffff:a9fe:a9fe"],
    ["::127.0.0.1"],
    ["64:ff9b::a9fe:a9fe"],
    ["64:ff9b:1::a9fe:a9fe"],
    ["2002:a9fe:a9fe::1"],
    ["2001:0:a9fe:a9fe::1"],
    // One of several is enough: it is not known which one is connected to.
    ["52.219.1.1", "127.0.0.1"],
    ["2606:4700::1", "::1"],
    ["not-an-address"],
  ])("is refused: the host is at %s", async (...addresses) => {
    await expect(openResolved(resolving(...addresses))).rejects.toEqual(
      refused(`^${HOST} is not in the public internet$`),
    );
  });

  it("is refused when the host has no address at all", async () => {
    await expect(openResolved(resolving())).rejects.toEqual(refused("not in the public internet"));
  });

  it.each(["52.219.1.1", "2606:4700::1", "198.51.99.1"])("does not lead inside: %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it("connects to the addresses that were looked at, without a second look-up", async () => {
    let lookUps = 0;
    const changing: LookupFunction = (hostname, options, callback) => {
      lookUps += 1;
      // TEST-NET-1 is not public; the second answer would be.
      resolving(lookUps === 1 ? "192.0.2.1" : "52.219.1.1")(hostname, options, callback);
    };
    await expect(openResolved(changing)).rejects.toEqual(refused());
    expect(lookUps).toBe(1);
  });

  it.each([
    "http://169.254.169.254/latest/meta-data",
    "https://2852039166/latest/meta-data",
    "https://[::ffff:a9fe:a9fe]/latest/meta-data",
    "https://[64:ff9b::a9fe:a9fe]/latest/meta-data",
    "https://localhost/file",
    `https://user@${HOST}/file`,
    `https://${HOST}:22/file`,
    `http://${HOST}/file`,
    "file:///etc/passwd",
  ])("is refused before anything is looked up: %s", async (url) => {
    let lookUps = 0;
    const counting: LookupFunction = (...input) => {
      lookUps += 1;
      resolving("52.219.1.1")(...input);
    };
    const downloads = httpDownloads({ allowed: [AMAZON_S3], maxBytes: MAX, clock: () => NOW, lookup: counting });
    await expect(downloads.open(url)).rejects.toEqual(refused());
    expect(lookUps).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])("is not reached by a redirect (%i)", async (status) => {
    let asked = 0;
    const { origin } = await serveHttp((_, response) => {
      asked += 1;
      response.writeHead(status, { location: "http://169.254.169.254/latest/meta-data" }).end();
    });
    await expect(open(origin)).rejects.toEqual(refused("sends on to another address"));
    expect(asked).toBe(1);
  });
});

describe("[E13] an answer that is not the file", () => {
  const answer = async (status: number, body = "", headers: Record<string, string> = {}) => {
    const { origin } = await serveHttp((_, response) => response.writeHead(status, headers).end(body));
    return origin;
  };

  it.each([
    [403, s3Xml("AccessDenied", "Request has expired")],
    [400, s3Xml("ExpiredToken", "The provided token has expired.")],
  ])("is an expired URL: %i %s", async (status, body) => {
    await expect(open(await answer(status, body))).rejects.toEqual(transient("expired", "no longer good"));
  });

  it("is an expired URL when S3 does not say so, but the URL does", async () => {
    const origin = await answer(403, s3Xml("AccessDenied", "Access Denied"));
    const dead = "/file?X-Amz-Date=20261102T130000Z&X-Amz-Expires=7200";
    const alive = "/file?X-Amz-Date=20261102T140000Z&X-Amz-Expires=7200";
    await expect(open(origin, dead)).rejects.toEqual(transient("expired"));
    await expect(open(origin, alive)).rejects.toEqual(refused("AccessDenied: Access Denied"));
  });

  it.each([
    [403, s3Xml("SignatureDoesNotMatch", "The request signature does not match")],
    [403, "Forbidden"],
    [400, ""],
    [401, ""],
    [404, s3Xml("NoSuchKey", "The specified key does not exist.")],
    [410, ""],
    [204, ""],
    [206, "part"],
  ])("is refused: %i %s", async (status, body) => {
    await expect(open(await answer(status, body))).rejects.toEqual(refused(`answered ${status}`));
  });

  it.each([408, 429, 500, 502, 503, 504])("may be another one later: %i", async (status) => {
    const origin = await answer(status, s3Xml("SlowDown", "Please reduce your request rate."), { "retry-after": "7" });
    await expect(open(origin)).rejects.toMatchObject({ code: "unavailable", effect: "none", retryAfterSeconds: 7 });
  });

  it("[L1] is told without the URL's signature", async () => {
    const origin = await answer(403, s3Xml("AccessDenied", "Access Denied"));
    const error: unknown = await open(origin, "/secret-path?X-Amz-Signature=secret").catch((cause: unknown) => cause);
    expect(String(error)).not.toContain("secret");
  });
});

describe("[E13] a download that breaks off", () => {
  const size = "content-length: 100";

  it("ends early", async () => {
    const { origin } = await serveHttp((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("only a part", () => response.destroy());
    });
    const { content } = await open(origin);
    await expect(text(content)).rejects.toEqual(transient("unavailable"));
  });

  it("makes no progress", async () => {
    const { origin, connections } = await answering(["HTTP/1.1 200 OK", size], "only a part");
    const { content } = await open(origin, "/file", { idleMs: 50 });
    await expect(text(content)).rejects.toEqual(transient("unavailable", "no further byte within 50 ms"));
    await expect.poll(connections).toBe(0);
  });

  it("may take longer than that as a whole, as long as it makes progress", async () => {
    const { origin } = await serveHttp(async (_, response) => {
      for (let nth = 0; nth < 10; nth += 1) {
        response.write("x");
        await delay(60);
      }
      response.end();
    });
    expect(await text((await open(origin, "/file", { idleMs: 500 })).content)).toBe("xxxxxxxxxx");
  });

  it("may wait for its reader", async () => {
    const { origin } = await serveHttp((_, response) => response.end(Buffer.alloc(500_000)));
    const { content } = await open(origin, "/file", { idleMs: 50 });
    let size = 0;
    for await (const chunk of content) {
      if (size === 0) await delay(150);
      size += chunk.byteLength;
    }
    expect(size).toBe(500_000);
  });

  it("does not answer", async () => {
    const { origin } = await serveHttp(() => undefined);
    await expect(open(origin, "/file", { idleMs: 50 })).rejects.toEqual(transient("unavailable", "no answer within"));
  });

  it("cannot connect", async () => {
    await expect(open(await deadOrigin())).rejects.toEqual(transient("unavailable", "ECONNREFUSED"));
  });

  it("has a host without a name", async () => {
    const lookup: LookupFunction = (hostname, _, callback) =>
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" }), []);
    const downloads = httpDownloads({ allowed: [AMAZON_S3], maxBytes: MAX, clock: () => NOW, lookup });
    await expect(downloads.open("https://b.s3.amazonaws.com/file")).rejects.toEqual(
      transient("unavailable", "ENOTFOUND"),
    );
  });
});

describe("[T8] a file that is too large", () => {
  it("is refused by the size that it is said to have, before it is read", async () => {
    const { origin, connections } = await answering(["HTTP/1.1 200 OK", `content-length: ${MAX + 1}`]);
    await expect(open(origin)).rejects.toEqual(refused(`it has ${MAX + 1} bytes; at most ${MAX} bytes are taken`));
    await expect.poll(connections).toBe(0);
  });

  it("is refused by its content where no size was told, however long that goes on", async () => {
    const { origin, connections } = await serveHttp((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536))) {
          /* until the connection is full */
        }
      };
      response.on("drain", more);
      more();
    });
    const { content } = await open(origin);
    await expect(buffer(content)).rejects.toEqual(refused(`it is longer; at most ${MAX} bytes are taken`));
    await expect.poll(connections).toBe(0);
  });

  it("is none that has just the largest size", async () => {
    const { origin } = await serveHttp((_, response) => response.end(Buffer.alloc(MAX)));
    expect((await buffer((await open(origin)).content)).byteLength).toBe(MAX);
  });
});

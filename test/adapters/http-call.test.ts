import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import * as net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { httpCaller, readRetryAfter, requireSafeUrl } from "../../lambdas/shared/adapters/http-call.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const listen = async (server: net.Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
  return address.port;
};

const serve = async (listener: RequestListener): Promise<{ url: string; server: Server }> => {
  const server = createServer(listener);
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, server };
};

/** A server below HTTP: does as it is told with each connection. */
const serveRaw = async (onConnection: (socket: net.Socket) => void): Promise<string> => {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  stops.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${await listen(server)}`;
};

const unusedPort = async (): Promise<number> => {
  const server = net.createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
};

const callerWith = (options: Partial<Parameters<typeof httpCaller>[0]> = {}) =>
  httpCaller({ clock: () => 0, ...options });
const get = (url: string) => ({ method: "GET", url, headers: {} }) as const;
const unavailable = (effect: "none" | "unknown", message: RegExp | string = "") =>
  expect.objectContaining({
    name: "TransientError",
    code: "unavailable",
    effect,
    message: expect.stringMatching(message),
  });

describe("a call", () => {
  it("sends method, path, headers and body as given, and gives status, headers and body back", async () => {
    const { url } = await serve(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const seen = [request.method, request.url, request.headers["x-api-key"], Buffer.concat(chunks).toString()];
      response.writeHead(418, { "Retry-After": "7", "Set-Cookie": ["a=1", "b=2"] }).end(JSON.stringify(seen));
    });
    const headers = { "x-api-key": "key" };
    const answer = await callerWith()({ method: "PUT", url: `${url}/a%2Fb?c=d`, headers, body: '{"ü":"😀"}' });
    expect(answer).toMatchObject({ status: 418, headers: { "retry-after": "7", "set-cookie": "a=1,b=2" } });
    expect(JSON.parse(answer.body)).toEqual(["PUT", "/a%2Fb?c=d", "key", '{"ü":"😀"}']);
  });

  it("follows no redirect", async () => {
    const { url } = await serve((_, response) => response.writeHead(302, { location: "/elsewhere" }).end());
    expect(await callerWith()(get(url))).toMatchObject({ status: 302 });
  });

  it("uses a connection again, but not one that was idle for long: the other side may have hung up while we were frozen", async () => {
    const { url, server } = await serve((_, response) => response.end());
    let connections = 0;
    server.on("connection", () => {
      connections += 1;
    });
    let now = 0;
    const call = callerWith({ clock: () => now });
    await call(get(url));
    await call(get(url));
    expect(connections).toBe(1);
    now += 60_000;
    await call(get(url));
    expect(connections).toBe(2);
  });
});

describe("a call that fails before it is sent", () => {
  it("[E13] has no effect when the connection is refused", async () => {
    const url = `http://127.0.0.1:${await unusedPort()}`;
    await expect(callerWith()(get(url))).rejects.toEqual(unavailable("none", "ECONNREFUSED"));
  });

  it("[E13] has no effect when the host has no address", async () => {
    await expect(callerWith()(get("https://ensono.invalid"))).rejects.toEqual(unavailable("none"));
  });

  it("[E13] has no effect when there is no TLS", async () => {
    const { url } = await serve((_, response) => response.end());
    const https = url.replace("http:", "https:");
    await expect(callerWith()(get(https))).rejects.toEqual(unavailable("none"));
  });

  it("[E13] has no effect when the connection takes too long", async () => {
    const host = await serveRaw(() => undefined);
    const call = callerWith({ connectTimeoutMs: 50 });
    await expect(call(get(`https://${host}`))).rejects.toEqual(unavailable("none", "no connection within 50 ms"));
  });
});

describe("a call that fails after it was sent", () => {
  it.each([
    ["the connection is reset", (socket: net.Socket) => socket.resetAndDestroy()],
    ["the connection is closed without an answer", (socket: net.Socket) => socket.end()],
    ["the answer is not HTTP", (socket: net.Socket) => socket.end("hello\r\n\r\n")],
    ["the body ends early", (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")],
    [
      "a chunk is broken",
      (socket: net.Socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\r\n"),
    ],
  ])("[E13] has an unknown effect when %s", async (_, answer) => {
    const host = await serveRaw((socket) => socket.once("data", () => answer(socket)));
    await expect(callerWith()(get(`http://${host}`))).rejects.toEqual(unavailable("unknown"));
  });

  it.each([
    ["no answer comes", ""],
    ["the answer stops in its headers", "HTTP/1.1 200 OK\r\nContent-"],
    ["the answer stops in its body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"],
  ])("[E13] has an unknown effect when %s in time", async (_, start) => {
    const host = await serveRaw((socket) => socket.once("data", () => socket.write(start)));
    const call = callerWith({ answerTimeoutMs: 50 });
    await expect(call(get(`http://${host}`))).rejects.toEqual(
      unavailable("unknown", "no complete answer within 50 ms"),
    );
  });

  it("[E13] has an unknown effect when the answer is too long", async () => {
    const { url } = await serve((_, response) => response.end("a".repeat(1001)));
    const call = callerWith({ maxBodyBytes: 1000 });
    await expect(call(get(url))).rejects.toEqual(unavailable("unknown", "longer than 1000 bytes"));
  });

  it("[E13] has an unknown effect when a connection in use for the second time dies, and is not repeated", async () => {
    let requests = 0;
    const { url } = await serve((request, response) => {
      requests += 1;
      if (requests === 1) response.end();
      else request.socket.resetAndDestroy();
    });
    const call = callerWith();
    await call(get(url));
    await expect(call(get(url))).rejects.toEqual(unavailable("unknown"));
    expect(requests).toBe(2);
  });

  it("[L1] names no path in the error: it may hold a receipt handle or a signature", async () => {
    const host = await serveRaw((socket) => socket.destroy());
    const failure = callerWith()(get(`http://${host}/queue/handle?X-Amz-Signature=abc`));
    await expect(failure).rejects.toEqual(unavailable("unknown", `^GET http://${host}: `));
  });
});

/** The versions of TLS that a ClientHello offers: its extension "supported_versions" (RFC 8446, 4.1.2 and 4.2.1). */
const versionsOffered = (hello: Buffer): number[] => {
  const skip = (at: number, sizeBytes: number): number => at + sizeBytes + hello.readUIntBE(at, sizeBytes);
  const afterRandom = 5 + 4 + 2 + 32;
  const extensions = skip(skip(skip(afterRandom, 1), 2), 1) + 2;
  for (let at = extensions; at < hello.length; at = skip(at + 2, 2)) {
    if (hello.readUInt16BE(at) !== 43) continue;
    const count = hello.readUInt8(at + 4) / 2;
    return Array.from({ length: count }, (_, nth) => hello.readUInt16BE(at + 5 + 2 * nth));
  }
  return [];
};

it("[E2] offers TLS 1.2 and 1.3, and nothing older", async () => {
  const hello = Promise.withResolvers<Buffer>();
  const host = await serveRaw((socket) => {
    socket.once("data", (data) => {
      hello.resolve(data);
      socket.destroy();
    });
  });
  await expect(callerWith()(get(`https://${host}`))).rejects.toEqual(unavailable("none"));
  expect(versionsOffered(await hello.promise).toSorted()).toEqual([0x0303, 0x0304]);
});

describe("safe URLs", () => {
  it.each([
    "https://smconnect.ensono.com/testclient57",
    "http://localhost:9555/acme",
    "http://127.0.0.1:9555",
    "http://127.1:9555",
    "http://[::1]:9555",
  ])("[E2] %s is one", (url) => {
    expect(requireSafeUrl(url).href).toContain(new URL(url).origin);
  });

  it.each([
    ["http://smconnect.ensono.com", "expected https://"],
    ["http://127.0.0.1.example.com", "expected https://"],
    ["http://localhost.example.com", "expected https://"],
    ["http://0.0.0.0", "expected https://"],
    ["ftp://localhost", "expected https://"],
    ["smconnect.ensono.com", "is not a URL"],
    ["https://user:secret@smconnect.ensono.com", "without user and password"],
  ])("[E2] %s is none, and nothing is sent", async (url, message) => {
    expect(() => requireSafeUrl(url)).toThrow(message);
    await expect(callerWith()(get(url))).rejects.toThrow(message);
  });

  it("keeps a password out of the error", () => {
    expect(() => requireSafeUrl("https://user:secret@smconnect.ensono.com")).not.toThrow("secret");
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-11-24T10:00:00Z");
  it.each([
    ["120", 120],
    ["Tue, 24 Nov 2026 10:01:30 GMT", 90],
    ["Tue, 24 Nov 2026 09:00:00 GMT", 0],
    ["soon", undefined],
    [undefined, undefined],
  ])("%s", (value, seconds) => {
    expect(readRetryAfter({ status: 503, headers: { "retry-after": value }, body: "" }, now)).toBe(seconds);
  });
});

import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { ensonoHttp } from "../../lambdas/shared/adapters/ensono-http.ts";
import { ensonoUpload } from "../../lambdas/shared/adapters/ensono-upload.ts";
import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { inPieces } from "../support/fakes/in-memory-files.ts";
import { deadOrigin, s3Xml, serveHttp, serveRaw } from "../support/local-servers.ts";

const fileOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  contentType: "application/pdf",
  content: inPieces(bytes, 50_000),
});
const small = () => fileOf(Buffer.from("%PDF-1.7"));
const LARGE = 20_000_000;
const large = () => fileOf(Buffer.alloc(LARGE, "x"));

const transient = (
  code: "unavailable" | "expired" | "configuration",
  effect: "none" | "unknown",
  message: RegExp | string = "",
) => expect.objectContaining({ name: "TransientError", code, effect, message: expect.stringMatching(message) });

const put = (url: string, file = small(), patience: Parameters<typeof ensonoUpload>[0] = {}) =>
  ensonoUpload(patience).upload(url, file);

describe("[I10] an upload URL", () => {
  /** Ensono's API, which answers so; gives what the call came to, and what it looked like. */
  const ask = async (body: unknown, { status = 200, fileName = "test1.pdf" } = {}) => {
    const calls: string[] = [];
    const { origin } = await serveHttp((request, response) => {
      calls.push(`${request.method} ${request.url} ${request.headers["x-api-key"]}`);
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    });
    const api = ensonoHttp({
      stackUrl: `${origin}/testclient57`,
      environment: "cert",
      clientName: "YourCompanyName",
      apiKey: async () => "key-1",
      call: httpCaller({ clock: () => 0 }),
      clock: () => 0,
    });
    const url: unknown = await api.uploadUrl("e-CS0204070", fileName).catch((error: unknown) => error);
    return { url, calls };
  };
  const answered = (code: number | string, body: unknown) => ({ Response: { code, body } });
  const URL_OF_GUIDE =
    "https://bpm-test-files.s3.us-east-2.amazonaws.com/7794.test1.pdf?X-Amz-Expires=120&X-Amz-Signature=a";

  it("[E4] is asked for by the file's name", async () => {
    const { url, calls } = await ask(answered(200, URL_OF_GUIDE), { fileName: "test1.pdf.base64" });
    expect(url).toBe(URL_OF_GUIDE);
    expect(calls).toEqual(["GET /testclient57/cert/tickets/e-CS0204070/attachments/test1.pdf.base64 key-1"]);
  });

  it("[E5] may come with its code as a text", async () => {
    expect((await ask(answered("200", URL_OF_GUIDE))).url).toBe(URL_OF_GUIDE);
  });

  it.each([
    [answered(500, "Internal Server Error"), transient("unavailable", "unknown")],
    [answered(503, "Service Unavailable"), transient("unavailable", "none")],
    [answered(200, "no url today"), transient("unavailable", "unknown", "not the documented answer")],
    [answered(200, null), transient("unavailable", "unknown", "not the documented answer")],
    [{ Response: { code: 200 } }, transient("unavailable", "unknown", "not the documented answer")],
    [answered(403, "Forbidden"), transient("configuration", "none")],
    [{ Response: "Bad Path" }, transient("configuration", "none")],
    [{ message: "Forbidden" }, transient("configuration", "none")],
    ["<html>", transient("unavailable", "unknown")],
  ])("[E5] is none unless the code inside is 200 and there is a URL: %j", async (body, error) => {
    expect((await ask(body)).url).toEqual(error);
  });

  it.each([
    answered(400, "APIKey not authorized for ticket company"),
    { Response: "APIKey not authorized for ticket company" },
    answered(404, "Ticket not found"),
  ])("is refused in Ensono's words: %j", async (body) => {
    expect((await ask(body)).url).toMatchObject({ name: "PermanentError", code: "refused" });
  });

  it.each(["http://files.example/a?X-Amz-Signature=secret", "https://user@files.example/a?X-Amz-Signature=secret"])(
    "[E2] [L1] is not used when everybody could read what is sent there, and not told: %s",
    async (unsafe) => {
      const { url } = await ask(answered(200, unsafe));
      expect(url).toEqual(transient("unavailable", "none", "not https"));
      expect(String(url)).not.toContain("secret");
    },
  );
});

describe("[I10] an upload", () => {
  it("puts the bytes with their type and length, and no API key", async () => {
    let seen: { call: string; headers: IncomingHttpHeaders; body: string } | undefined;
    const { origin } = await serveHttp(async (request, response) => {
      const { method, url, headers } = request;
      seen = { call: `${method} ${url}`, headers, body: await text(request) };
      response.end();
    });
    await put(`${origin}/7794.test1.pdf?X-Amz-Signature=a%2Fb`);
    expect(seen).toMatchObject({
      call: "PUT /7794.test1.pdf?X-Amz-Signature=a%2Fb",
      headers: { "content-type": "application/pdf", "content-length": "8" },
      body: "%PDF-1.7",
    });
    expect(seen?.headers).not.toHaveProperty("x-api-key");
    expect(seen?.headers).not.toHaveProperty("transfer-encoding");
  });

  it("sends large files and empty ones", async () => {
    const sizes: number[] = [];
    const { origin } = await serveHttp(async (request, response) => {
      let size = 0;
      for await (const chunk of request) size += chunk.length;
      sizes.push(size);
      response.end();
    });
    await put(origin, large());
    await put(origin, fileOf(new Uint8Array()));
    expect(sizes).toEqual([LARGE, 0]);
  });

  it("does not wait for ever for a server that does not know of 100 Continue", async () => {
    const { origin } = await serveRaw((socket) => {
      let seen = "";
      socket.on("data", (data) => {
        seen += data;
        if (seen.endsWith("%PDF-1.7")) socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      });
    });
    await put(origin);
  });

  it("goes over https only, but on this very machine", async () => {
    await expect(put("http://files.example/upload?X-Amz-Signature=secret")).rejects.toThrow(
      /^http:\/\/files.example: expected https/,
    );
  });
});

describe("[E13] an upload that is not taken", () => {
  it.each([
    [403, s3Xml("AccessDenied", "Request has expired"), transient("expired", "none")],
    [400, s3Xml("ExpiredToken", "The provided token has expired."), transient("expired", "none")],
    [400, s3Xml("RequestTimeout", "Your socket connection was not read from"), transient("unavailable", "none")],
    [503, s3Xml("SlowDown", "Please reduce your request rate."), transient("unavailable", "none")],
    [429, "", transient("unavailable", "none")],
    [500, s3Xml("InternalError", "We encountered an internal error."), transient("unavailable", "unknown")],
    [502, "<html>Bad Gateway</html>", transient("unavailable", "unknown")],
    [408, "", transient("unavailable", "unknown")],
    // E5: an error is one under any status.
    [200, s3Xml("InternalError", "We encountered an internal error."), transient("unavailable", "unknown")],
  ])("may be taken later: %i %s", async (status, body, error) => {
    const { origin } = await serveHttp((_, response) => response.writeHead(status).end(body));
    await expect(put(origin)).rejects.toEqual(error);
  });

  it.each([
    [403, s3Xml("AccessDenied", "Access Denied"), "AccessDenied: Access Denied"],
    [403, s3Xml("SignatureDoesNotMatch", "The signature does not match"), "SignatureDoesNotMatch"],
    [400, s3Xml("EntityTooLarge", "Your proposed upload exceeds the maximum"), "EntityTooLarge"],
    [307, "", "answered 307"],
    [405, "", "answered 405"],
  ])("is refused: %i %s", async (status, body, message) => {
    const { origin } = await serveHttp((_, response) => response.writeHead(status).end(body));
    await expect(put(`${origin}/secret-path`)).rejects.toMatchObject({
      name: "PermanentError",
      code: "refused",
      message: expect.stringMatching(`^127.0.0.1:\\d+ answered.*${message.replace("answered ", "")}`),
    });
  });

  it("is not sent at all when the URL is dead, and the server's answer is heard", async () => {
    let received = 0;
    const { origin } = await serveRaw((socket) => {
      socket.on("data", (data) => {
        received += data.length;
      });
      const body = s3Xml("AccessDenied", "Request has expired");
      socket.once("data", () =>
        socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`),
      );
    });
    await expect(put(origin, large())).rejects.toEqual(transient("expired", "none"));
    expect(received).toBeLessThan(1000);
  });
});

describe("[R1] an upload that breaks off", () => {
  it("has no effect when there is no connection", async () => {
    await expect(put(await deadOrigin())).rejects.toEqual(transient("unavailable", "none", "ECONNREFUSED"));
  });

  it("has no effect when the other side cannot have all of it", async () => {
    const { origin } = await serveHttp((request) => void request.once("data", () => request.destroy()));
    await expect(put(origin, large())).rejects.toEqual(transient("unavailable", "none"));
  });

  it("has no effect when the other side takes no more of it", async () => {
    const { origin } = await serveHttp((request) => void request.once("readable", () => undefined));
    await expect(put(origin, large(), { idleMs: 100 })).rejects.toEqual(
      transient("unavailable", "none", "nothing taken within 100 ms"),
    );
  });

  it("may have had its effect when all of it was sent and no answer came", async () => {
    const { origin } = await serveHttp((request) => void request.resume());
    await expect(put(origin, small(), { idleMs: 100 })).rejects.toEqual(
      transient("unavailable", "unknown", "no answer within 100 ms"),
    );
  });

  it("may have had its effect when the connection was reset after all of it was sent", async () => {
    const { origin } = await serveHttp((request) => void request.resume().once("end", () => request.socket.destroy()));
    await expect(put(origin)).rejects.toEqual(transient("unavailable", "unknown"));
  });

  it("throws what the content throws, and the other side never has a whole file", async () => {
    const ended = Promise.withResolvers<string>();
    const { origin } = await serveHttp((request) => {
      request
        .resume()
        .once("end", () => ended.resolve("whole"))
        .once("error", () => ended.resolve("broken"));
    });
    async function* breaking() {
      yield Buffer.from("%PDF");
      throw new Error("the store is gone");
    }
    await expect(put(origin, { ...small(), content: breaking() })).rejects.toThrow("the store is gone");
    expect(await ended.promise).toBe("broken");
  });

  it.each([7, 9])("does not send another size (%i) than it announced", async (size) => {
    const { origin } = await serveHttp((request, response) => void request.resume().once("end", () => response.end()));
    await expect(put(origin, { ...small(), size })).rejects.toThrow(/announced/);
  });
});

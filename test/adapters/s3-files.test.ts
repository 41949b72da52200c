import { createHash, createHmac } from "node:crypto";
import { text } from "node:stream/consumers";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { s3FileStore } from "../../lambdas/shared/adapters/s3-file-store.ts";
import { s3Links } from "../../lambdas/shared/adapters/s3-links.ts";
import { inPieces } from "../support/fakes/in-memory-files.ts";
import { s3Xml, serveHttp } from "../support/local-servers.ts";
import { useS3 } from "../support/s3.ts";

const NOW = Date.UTC(2013, 4, 24);
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const signer = new S3Client({ region: "us-east-1", credentials }).config;
const linksTo = (bucketUrl: string, who = signer) => s3Links({ bucketUrl, signer: who, clock: () => NOW });
const toBucket = linksTo("https://examplebucket.s3.amazonaws.com");

const sha256 = (what: string) => createHash("sha256").update(what).digest("hex");
const hmac = (key: string | Buffer, what: string) => createHmac("sha256", key).update(what).digest();

/** The signature that a link must have, worked out from AWS's description of it (Signature Version 4, query parameters). */
const signatureOf = (method: string, link: string): string => {
  const { host, pathname, search } = new URL(link);
  const query = search
    .slice(1)
    .split("&")
    .filter((pair) => !pair.startsWith("X-Amz-Signature="));
  const canonical = [method, pathname, query.sort().join("&"), `host:${host}\n`, "host", "UNSIGNED-PAYLOAD"].join("\n");
  const [date = "", region = "", service = ""] =
    new URL(link).searchParams.get("X-Amz-Credential")?.split("/").slice(1) ?? [];
  const signedAt = new URL(link).searchParams.get("X-Amz-Date");
  const toSign = ["AWS4-HMAC-SHA256", signedAt, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join(
    "\n",
  );
  const keys = [date, region, service, "aws4_request"];
  const key = keys.reduce<string | Buffer>((soFar, part) => hmac(soFar, part), `AWS4${credentials.secretAccessKey}`);
  return createHmac("sha256", key).update(toSign).digest("hex");
};
const isSigned = (method: string, link: string): boolean =>
  new URL(link).searchParams.get("X-Amz-Signature") === signatureOf(method, link);

describe("links", () => {
  it("are checked here by a rule that agrees with AWS's own example", () => {
    const example =
      "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    expect(isSigned("GET", example)).toBe(true);
    expect(isSigned("PUT", example)).toBe(false);
  });

  it("are signed, for their method, key, time and life only", async () => {
    const link = await toBucket.toPut("uploads/5b6c", 3600);
    expect(link).toMatch(/^https:\/\/examplebucket\.s3\.amazonaws\.com\/uploads\/5b6c\?/);
    expect(new URL(link).searchParams.get("X-Amz-Expires")).toBe("3600");
    expect(new URL(link).searchParams.get("X-Amz-Date")).toBe("20130524T000000Z");
    expect(isSigned("PUT", link)).toBe(true);
    expect(isSigned("GET", link)).toBe(false);
    expect(isSigned("PUT", link.replace("5b6c", "5b6d"))).toBe(false);
    expect(isSigned("PUT", link.replace("3600", "7200"))).toBe(false);
  });

  it("fetch under a name and a type, whatever characters are in them", async () => {
    const fileName = `Grüße "a" (1)'s*.pdf\r\nX-Evil: 1`;
    const link = await toBucket.toFetch("attachments/1", {
      fileName,
      contentType: "text/plain; charset=utf-8",
      seconds: 60,
    });
    expect(isSigned("GET", link)).toBe(true);
    const query = new URL(link).searchParams;
    expect(query.get("response-content-type")).toBe("text/plain; charset=utf-8");
    expect(query.get("response-content-disposition")).toBe(
      "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%22a%22%20%281%29%27s%2A.pdf%0D%0AX-Evil%3A%201",
    );
  });

  it.each(["attachments/000001#7#m/0", "attachments/a b?c=d&e+f", "attachments/Grüße%2F..(1)'!*"])(
    "lead to the key as it is: %s",
    async (key) => {
      const link = await toBucket.toPut(key, 60);
      expect(isSigned("PUT", link)).toBe(true);
      expect(new URL(link).hash).toBe("");
      expect(decodeURIComponent(new URL(link).pathname)).toBe(`/${key}`);
    },
  );

  it("carry the session of a function's role", async () => {
    const ofRole = new S3Client({ region: "us-east-1", credentials: { ...credentials, sessionToken: "to/ken==" } })
      .config;
    const link = await linksTo("https://examplebucket.s3.amazonaws.com", ofRole).toPut("uploads/1", 60);
    expect(new URL(link).searchParams.get("X-Amz-Security-Token")).toBe("to/ken==");
    expect(isSigned("PUT", link)).toBe(true);
  });

  it("may have the bucket in the path", async () => {
    const link = await linksTo("http://127.0.0.1:4566/bucket/").toPut("uploads/1", 60);
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:4566\/bucket\/uploads\/1\?/);
    expect(isSigned("PUT", link)).toBe(true);
  });

  it("are refused by S3 in a way that is not taken for an absent file", async () => {
    const { origin } = await serveHttp((_, response) =>
      response.writeHead(403).end(s3Xml("AccessDenied", "Access Denied")),
    );
    await expect(linksTo(`${origin}/bucket`).read("uploads/1")).rejects.toThrow(
      /answered 403 "AccessDenied: Access Denied" to a read of uploads\/1$/,
    );
    const { origin: elsewhere } = await serveHttp((_, response) =>
      response.writeHead(404).end(s3Xml("NoSuchBucket", "The specified bucket does not exist")),
    );
    await expect(linksTo(`${elsewhere}/bucket`).read("uploads/1")).rejects.toThrow("NoSuchBucket");
  });
});

describe("files in a bucket", () => {
  const newBucket = useS3();

  it("are put and fetched over links by anybody", async () => {
    const { client, bucketUrl } = newBucket();
    const links = s3Links({ bucketUrl, signer: client.config, clock: Date.now });
    const put = await fetch(await links.toPut("uploads/1", 60), { method: "PUT", body: "hello" });
    expect(put.status).toBe(200);
    const file = await links.read("uploads/1");
    expect(file && (await text(file.content))).toBe("hello");
    const as = { fileName: "hello.txt", contentType: "text/plain", seconds: 60 };
    expect(await (await fetch(await links.toFetch("uploads/1", as))).text()).toBe("hello");
  });

  it("have the type that they were put with", async () => {
    const { client, bucket } = newBucket();
    await s3FileStore({ client, bucket }).put("a", { contentType: "image/png", content: inPieces(new Uint8Array(5)) });
    expect((await client.send(new HeadObjectCommand({ Bucket: bucket, Key: "a" }))).ContentType).toBe("image/png");
  });

  it("[R1] leave no parts behind when they break off", async () => {
    const { client, bucket } = newBucket();
    const calls: (string | undefined)[] = [];
    client.middlewareStack.add(
      (next, { commandName }) =>
        (input) => {
          calls.push(commandName);
          return next(input);
        },
      {},
    );
    async function* breaking() {
      for (let nth = 0; nth < 24; nth += 1) yield new Uint8Array(1024 * 1024);
      throw new Error("it broke off");
    }
    const kept = s3FileStore({ client, bucket }).put("a", { contentType: "image/png", content: breaking() });
    await expect(kept).rejects.toThrow("it broke off");
    expect(calls).toEqual(expect.arrayContaining(["CreateMultipartUploadCommand", "UploadPartCommand"]));
    expect(calls.at(-1)).toBe("AbortMultipartUploadCommand");
    expect(calls).not.toContain("CompleteMultipartUploadCommand");
  });

  it("let go of the content when S3 fails", async () => {
    const { client } = newBucket();
    const letGo = Promise.withResolvers<void>();
    async function* content() {
      try {
        for (;;) yield new Uint8Array(1024 * 1024);
      } finally {
        letGo.resolve();
      }
    }
    const kept = s3FileStore({ client, bucket: "there-is-none" }).put("a", { contentType: "a/b", content: content() });
    await expect(kept).rejects.toThrow(/bucket/i);
    await letGo.promise;
  });
});

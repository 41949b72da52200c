import { SignatureV4 } from "@smithy/signature-v4";
import { readS3Error } from "../domain/pre-signed-urls.ts";
import type { Clock, FileLinks } from "../ports.ts";
import { httpStream, type StreamPatience } from "./http-stream.ts";

type Signing = ConstructorParameters<typeof SignatureV4>[0];

export interface S3LinkOptions extends StreamPatience {
  /** Of the bucket: `https://bucket.s3.eu-west-1.amazonaws.com`, or with the bucket in the path. */
  readonly bucketUrl: string;
  /** Who signs. The configuration of any client of the SDK has all three. */
  readonly signer: Pick<Signing, "credentials" | "region" | "sha256">;
  readonly clock: Clock;
}

/**
 * Pre-signed URLs of a bucket, made without S3's own client, which would weigh more than the rest of a small function. Making
 * one asks nobody. A link does not live longer than the session of whoever signed it.
 */
export const s3Links = ({ bucketUrl, signer, clock, ...patience }: S3LinkOptions): FileLinks => {
  const bucket = new URL(bucketUrl);
  const basePath = bucket.pathname.replace(/\/+$/, "");
  // S3 signs paths as they are sent; other services sign them escaped once more.
  const signature = new SignatureV4({ ...signer, service: "s3", uriEscapePath: false, applyChecksum: false });

  const link = async (method: "GET" | "PUT", key: string, seconds: number, query: Record<string, string> = {}) => {
    const path = `${basePath}/${key.split("/").map(escaped).join("/")}`;
    const unsigned = {
      method,
      protocol: bucket.protocol,
      hostname: bucket.hostname,
      ...(bucket.port === "" ? {} : { port: Number(bucket.port) }),
      path,
      query,
      headers: { host: bucket.host },
      body: NOT_SIGNED,
    };
    const signed = await signature.presign(unsigned, { expiresIn: seconds, signingDate: new Date(clock()) });
    const parameters = Object.entries(signed.query ?? {}).map(([name, value]) => `${name}=${escaped(String(value))}`);
    return `${bucket.origin}${path}?${parameters.join("&")}`;
  };

  return {
    toFetch: (key, { fileName, contentType, seconds }) =>
      link("GET", key, seconds, {
        "response-content-disposition": `attachment; filename*=UTF-8''${escaped(fileName)}`,
        "response-content-type": contentType,
      }),

    toPut: (key, seconds) => link("PUT", key, seconds),

    async read(key) {
      const url = new URL(await link("GET", key, OWN_USE_SECONDS));
      const { status, headers, content, text } = await httpStream({ method: "GET", url, headers: {} }, patience);
      if (status === 200 && headers["content-length"] !== undefined) {
        return { size: Number(headers["content-length"]), content };
      }
      const error = readS3Error(await text());
      if (status === 404 && error?.code === "NoSuchKey") return undefined;
      throw new Error(`${bucket.host} answered ${status} "${error?.code}: ${error?.message}" to a read of ${key}`);
    },
  };
};

/** Anything but bytes or a text: the signature is not about the content. */
const NOT_SIGNED = {};

const OWN_USE_SECONDS = 60;

/** As signatures have it: all but letters, digits and `-_.~`. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

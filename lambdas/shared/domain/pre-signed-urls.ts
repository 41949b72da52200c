/** What can be told of pre-signed URLs of Amazon S3 without asking, and of what S3 answers to them. */

/** The guide's first example lives so long; of an address that says nothing nobody knows better. */
const USUAL_LIFE_MS = 7200 * 1000;

/**
 * When the URL dies (epoch ms), as far as it says so; else two hours after `since`. It may die earlier, with the session of
 * whoever signed it.
 */
export const goodUntil = (url: string, since: number): number => {
  const query = URL.parse(url)?.searchParams;
  const valueNamed = (name: string) => query?.entries().find(([given]) => given.toLowerCase() === name)?.[1] ?? "";
  const signedAt = readAmzDate(valueNamed("x-amz-date"));
  const seconds = readWholeNumber(valueNamed("x-amz-expires"));
  if (signedAt !== undefined && seconds !== undefined) return signedAt + seconds * 1000;
  const epochSeconds = readWholeNumber(valueNamed("expires"));
  return epochSeconds === undefined ? since + USUAL_LIFE_MS : epochSeconds * 1000;
};

/** `20181025T192345Z` */
const readAmzDate = (text: string): number | undefined => {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hours, minutes, seconds] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(at) ? undefined : at;
};

const readWholeNumber = (text: string): number | undefined => (/^\d{1,12}$/.test(text) ? Number(text) : undefined);

export interface S3Error {
  readonly code: string;
  readonly message: string;
}

const LONGEST_MESSAGE = 300;

/** What S3 says in its XML; undefined where it is something else. */
export const readS3Error = (body: string): S3Error | undefined => {
  const code = /<Code>(\w{1,100})<\/Code>/.exec(body)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? "";
  return code === undefined
    ? undefined
    : { code, message: message.replace(/\s+/g, " ").trim().slice(0, LONGEST_MESSAGE) };
};

/** The URL, or the session that signed it, has come to its end: the guide's last "Common Error Response", and its kin. */
export const saysExpired = ({ code, message }: S3Error): boolean =>
  code === "ExpiredToken" || (code === "AccessDenied" && /expired/i.test(message));

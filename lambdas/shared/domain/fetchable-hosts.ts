/**
 * From where files are fetched that others have named by a URL (T8): only by https, only from hosts that the configuration
 * allows, never from an address. What the names resolve to is looked at again when it is connected to.
 *
 * An allowed host is one of: a name, `files.example.com`; all names below one, `*.example.com`; the word `amazon-s3`. Beside
 * these there is `http://127.0.0.1:4711`, an origin on this very machine, which only the local sandbox sets.
 */

/** Stands in a list of allowed hosts for all hosts of Amazon S3. */
export const AMAZON_S3 = "amazon-s3";
/** Stands for an empty list. */
export const NO_HOSTS = "none";

export type Fetchable =
  | { readonly url: URL; readonly isOwnMachine: boolean }
  /** Why not, in words for people; it names the host, and nothing of the path and the signature. */
  | { readonly refused: string };

/** Takes the address as it was given; every form that a URL parser makes an address of out of counts as one. */
export const fetchableUrl = (text: string, allowed: readonly string[]): Fetchable => {
  const url = URL.parse(text);
  if (url === null) return { refused: "it is no address (URL)" };
  const { protocol, hostname, port, origin } = url;
  if (url.username !== "" || url.password !== "") return { refused: "its address holds a user or a password" };
  if (isLoopbackOrigin(origin) && allowed.includes(origin)) return { url, isOwnMachine: true };
  if (protocol !== "https:") return { refused: `its address begins with ${protocol}, not with https:` };
  if (isAddress(hostname)) return { refused: `its address names no host, but ${hostname}` };
  if (port !== "") return { refused: `its address is at port ${port} of ${hostname}` };
  const isAllowed = allowed.some((pattern) => matches(hostname, pattern));
  return isAllowed ? { url, isOwnMachine: false } : { refused: `nothing is fetched from ${hostname}` };
};

const LOOPBACK_ORIGIN = /^http:\/\/127\.0\.0\.1:\d{1,5}$/;

/** Only the environment of the local sandbox has such an entry; the configuration refuses it. */
export const isLoopbackOrigin = (entry: string): boolean => LOOPBACK_ORIGIN.test(entry);

/** A parsed URL writes IPv4 addresses, also decimal, octal and hexadecimal ones, with four numbers, and IPv6 in brackets. */
const isAddress = (hostname: string): boolean => hostname.startsWith("[") || /^[\d.]+$/.test(hostname);

const matches = (hostname: string, pattern: string): boolean => {
  if (pattern === AMAZON_S3) return AMAZON_S3_HOST.test(hostname);
  return pattern.startsWith("*.") ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
};

/**
 * Buckets by host or by path, in all ways in which Amazon S3 names its endpoints: regional, dual-stack, FIPS, accelerated,
 * and the old ones. A region ends in a number, and so no other service fits: `execute-api.us-east-1`, `s3-website-us-east-1`.
 */
const AMAZON_S3_HOST = (() => {
  const bucket = String.raw`(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.)?`;
  const region = String.raw`[a-z]{2}(?:-[a-z]+)+-\d{1,2}`;
  const endpoint = [
    "s3",
    "s3-external-1",
    String.raw`s3-accelerate(?:\.dualstack)?`,
    String.raw`s3(?:-fips)?(?:\.dualstack)?\.${region}`,
    `s3-${region}`,
  ].join("|");
  return new RegExp(String.raw`^${bucket}(?:${endpoint})\.amazonaws\.com(?:\.cn)?$`);
})();

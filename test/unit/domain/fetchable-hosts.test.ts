import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AMAZON_S3, fetchableUrl } from "../../../lambdas/shared/domain/fetchable-hosts.ts";

const allowed = [AMAZON_S3, "files.example.com", "*.cdn.example.net"];
const isFetched = (url: string, from: readonly string[] = allowed): boolean => "url" in fetchableUrl(url, from);
const whyNot = (url: string): string => {
  const target = fetchableUrl(url, allowed);
  return "refused" in target ? target.refused : "fetched";
};

describe("[T8] hosts of Amazon S3", () => {
  it.each([
    "bpm-ensono-sn-bridge-test-files.s3.us-east-2.amazonaws.com",
    "envxs2qdev1outbound-bucket.s3.us-west-1.amazonaws.com",
    "bucket.s3.amazonaws.com",
    "s3.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
    "my.dotted.bucket.s3.us-gov-west-1.amazonaws.com",
    "bucket.s3-us-west-2.amazonaws.com",
    "s3-ap-southeast-1.amazonaws.com",
    "s3-external-1.amazonaws.com",
    "bucket.s3.dualstack.eu-central-1.amazonaws.com",
    "bucket.s3-accelerate.amazonaws.com",
    "bucket.s3-accelerate.dualstack.amazonaws.com",
    "bucket.s3-fips.us-gov-east-1.amazonaws.com",
    "bucket.s3-fips.dualstack.us-east-1.amazonaws.com",
    "bucket.s3.cn-north-1.amazonaws.com.cn",
    "s3.cn-northwest-1.amazonaws.com.cn",
  ])("%s is one", (host) => {
    expect(isFetched(`https://${host}/file.pdf?X-Amz-Expires=120`)).toBe(true);
    expect(isFetched(`https://${host}/file.pdf`, ["files.example.com"])).toBe(false);
  });

  it.each([
    "abc.execute-api.us-east-1.amazonaws.com",
    "bucket.s3-website-us-east-1.amazonaws.com",
    "bucket.s3-website.eu-central-1.amazonaws.com",
    "point-123456789012.s3-accesspoint.us-east-1.amazonaws.com",
    "123456789012.s3-control.us-east-1.amazonaws.com",
    "ec2-198-51-100-1.compute-1.amazonaws.com",
    "lb-1.us-east-1.elb.amazonaws.com",
    "bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
    "mys3.us-east-1.amazonaws.com",
    "s3.anything.amazonaws.com",
    "s3.amazonaws.com.evil.example",
    "bucket.s3.us-east-1.amazonaws.com.evil.example",
    "bucket.s3.us-east-1.amazonaws.org",
    "s3.us-east-1.amazonaws.com.",
    "amazonaws.com",
  ])("%s is none", (host) => {
    expect(isFetched(`https://${host}/file.pdf`)).toBe(false);
  });
});

describe("[T8] hosts of the configuration", () => {
  it.each([
    ["https://files.example.com/a", true],
    ["https://FILES.example.com/a", true],
    ["https://sub.files.example.com/a", false],
    ["https://a.cdn.example.net/a", true],
    ["https://a.b.cdn.example.net/a", true],
    ["https://cdn.example.net/a", false],
    ["https://evilcdn.example.net/a", false],
    ["https://other.example.com/a", false],
  ])("%s: %s", (url, expected) => {
    expect(isFetched(url)).toBe(expected);
  });
});

describe("[T8] nothing is fetched from within", () => {
  it.each([
    ["http://bucket.s3.amazonaws.com/a", "begins with http:"],
    ["file:///etc/passwd", "begins with file:"],
    ["ftp://files.example.com/a", "begins with ftp:"],
    ["https://files.example.com:22/a", "at port 22"],
    ["https://files.example.com:8443/a", "at port 8443"],
    ["https://user@files.example.com/a", "a user or a password"],
    ["https://files.example.com%40evil.example/a", "no address (URL)"],
    ["https://files.example.com@169.254.169.254/a", "a user or a password"],
    ["https://127.0.0.1/a", "names no host, but 127.0.0.1"],
    ["https://2130706433/a", "names no host, but 127.0.0.1"],
    ["https://0x7f.1/a", "names no host, but 127.0.0.1"],
    ["https://0177.0.0.1/a", "names no host, but 127.0.0.1"],
    ["https://169.254.169.254/latest/meta-data", "names no host, but 169.254.169.254"],
    ["https://0xa9fea9fe/latest/meta-data", "names no host, but 169.254.169.254"],
    ["https://１２７．０．０．１/a", "names no host, but 127.0.0.1"],
    ["https://52.219.1.1/a", "names no host, but 52.219.1.1"],
    ["https://[::1]/a", "names no host, but [::1]"],
    ["https://[::ffff:169.254.169.254]/a", "names no host, but [::ffff:a9fe:a9fe]"],
    ["https://[64:ff9b::a9fe:a9fe]/a", "names no host, but [64:ff9b::a9fe:a9fe]"],
    ["https://127.0.0.1.nip.io/a", "nothing is fetched from 127.0.0.1.nip.io"],
    ["https://localhost/a", "nothing is fetched from localhost"],
    ["not a URL", "no address (URL)"],
    ["", "no address (URL)"],
  ])("%s: %s", (url, why) => {
    expect(whyNot(url)).toContain(why);
  });

  it("but from an origin on this very machine that the sandbox names, and from no other", () => {
    const own = ["http://127.0.0.1:4711"];
    expect(fetchableUrl("http://127.0.0.1:4711/a", own)).toMatchObject({ isOwnMachine: true });
    expect(fetchableUrl("https://bucket.s3.amazonaws.com/a", [AMAZON_S3])).toMatchObject({ isOwnMachine: false });
    for (const other of ["http://127.0.0.1:4712/a", "https://127.0.0.1:4711/a", "http://localhost:4711/a"]) {
      expect(isFetched(other, own)).toBe(false);
    }
    expect(isFetched("http://10.0.0.1:80/a", ["http://10.0.0.1"])).toBe(false);
  });

  it("[L1] and the reason never tells path, query or user", () => {
    const part = fc.stringMatching(/^[a-z0-9]{8,20}$/);
    const tellsNothing = (scheme: string, [user, path, signature]: string[]): boolean => {
      const why = whyNot(`${scheme}://${user}@evil.example:81/${path}?X-Amz-Signature=${signature}`);
      return why !== "fetched" && ![user, path, signature].some((secret = "") => why.includes(secret));
    };
    void fc.assert(fc.property(fc.constantFrom("http", "https"), fc.tuple(part, part, part), tellsNothing));
  });
});

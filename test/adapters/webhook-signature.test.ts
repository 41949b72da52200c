import * as fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { signWebhook, verifyBearer, verifyWebhook } from "../../lambdas/shared/adapters/webhook-signature.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const at = 1_614_265_330_000;
const body = '{"test": 2432232314}';

const signed = signWebhook({ secrets: [secret], id, at, body });
const verify = (change: Partial<Parameters<typeof verifyWebhook>[0]> = {}) =>
  verifyWebhook({ secrets: [secret], headers: signed, body, now: at, ...change });

describe("signing", () => {
  it("[I12] gives the signature of the specification's vector", () => {
    expect(signed).toEqual({
      "webhook-id": id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("[I12] agrees with the library for every secret, id, time and text", () => {
    const secrets = fc
      .uint8Array({ minLength: 1, maxLength: 64 })
      .map((key) => `whsec_${Buffer.from(key).toString("base64")}`);
    const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
    const times = fc.integer({ min: 1_000_000_000, max: 9_999_999_999 });
    const texts = fc.string({ unit: "grapheme", maxLength: 300 });
    void fc.assert(
      fc.property(secrets, ids, times, texts, (secret, id, seconds, body) => {
        const ours = signWebhook({ secrets: [secret], id, at: seconds * 1000, body })["webhook-signature"];
        expect(ours).toBe(new Webhook(secret).sign(id, new Date(seconds * 1000), body));
      }),
    );
  });

  it("signs with each secret while one is rotated out, so that either verifies", () => {
    const headers = signWebhook({ secrets: [secret, otherSecret], id, at, body });
    expect(headers["webhook-signature"].split(" ")).toHaveLength(2);
    expect(verify({ headers, secrets: [secret] })).toEqual({ ok: true, id });
    expect(verify({ headers, secrets: [otherSecret] })).toEqual({ ok: true, id });
  });

  it("takes a secret without its prefix too", () => {
    expect(signWebhook({ secrets: [secret.slice("whsec_".length)], id, at, body })).toEqual(signed);
  });

  it.each([[[]], [[""]], [["whsec_"]], [["whsec_not base64"]]])("refuses to sign with the secrets %j", (secrets) => {
    expect(() => signWebhook({ secrets, id, at, body })).toThrow(
      expect.objectContaining({ name: "TransientError", code: "configuration", effect: "none" }),
    );
  });

  it("refuses to sign an id that a receiver would refuse", () => {
    expect(() => signWebhook({ secrets: [secret], id: "a.b", at, body })).toThrow(RangeError);
  });
});

describe("verifying a signature", () => {
  it("[I12] accepts what a client signs with the library", () => {
    const headers = {
      "Webhook-Id": id,
      "Webhook-Timestamp": "1614265330",
      "Webhook-Signature": new Webhook(secret).sign(id, new Date(at), body),
    };
    expect(verify({ headers })).toEqual({ ok: true, id });
  });

  it("[I12] takes the body's raw bytes, also those that are no text", () => {
    const bytes = Uint8Array.from([0xff, 0x00, 0xc3]);
    const headers = signWebhook({ secrets: [secret], id, at, body: bytes });
    expect(verify({ headers, body: bytes })).toEqual({ ok: true, id });
    expect(verify({ headers, body: Buffer.from(bytes).toString() })).toEqual({ ok: false, why: "signature" });
  });

  it("[I12] accepts any of several secrets during a rotation, and no longer the one that ended", () => {
    const headers = signWebhook({ secrets: [otherSecret], id, at, body });
    expect(verify({ headers, secrets: [secret, otherSecret] })).toEqual({ ok: true, id });
    expect(verify({ headers, secrets: [secret] })).toEqual({ ok: false, why: "signature" });
    expect(verify({ headers, secrets: [] })).toEqual({ ok: false, why: "signature" });
  });

  it.each([
    ["none", undefined],
    ["an empty one", ""],
    ["a wrong one", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="],
    ["a partial one", "v1,g0hM9SsE+OTPJTGt"],
    ["the right one with more after it", `${signed["webhook-signature"]},more`],
    ["only another version", signed["webhook-signature"].replace("v1,", "v1a,")],
    ["none but the prefix", "v1,"],
    ["50 wrong ones before the right one", `${"v1,AAAA ".repeat(50)}${signed["webhook-signature"]}`],
  ])("[I12] refuses a webhook with this signature: %s", (_, given) => {
    expect(verify({ headers: { ...signed, "webhook-signature": given } })).toEqual({ ok: false, why: "signature" });
  });

  it("[I12] tries at most 10 signatures, those of other versions not counted", () => {
    const right = signed["webhook-signature"];
    const acceptedBehind = (before: string) =>
      verify({ headers: { ...signed, "webhook-signature": `${before}${right}` } }).ok;
    expect(acceptedBehind(`${"v2,AAAA ".repeat(20)}${"v1,AAAA ".repeat(9)}`)).toBe(true);
    expect(acceptedBehind("v1,AAAA ".repeat(10))).toBe(false);
  });

  it.each([
    [-301, false],
    [-300, true],
    [0, true],
    [300, true],
    [301, false],
  ])("[I12] with a timestamp %i s from now: %s", (seconds, ok) => {
    expect(verify({ now: at - seconds * 1000 }).ok).toBe(ok);
  });

  it.each(["", "1614265330abc", "1e9", " 1614265330", "01614265330", "1614265330.0", "1614265330, 1614265330"])(
    "[I12] refuses the timestamp %j, also signed",
    (timestamp) => {
      const headers = { ...signed, "webhook-timestamp": timestamp };
      expect(verify({ headers })).toEqual({ ok: false, why: "timestamp" });
    },
  );

  it.each([undefined, "", "a.b", "a b", "é", "a\u0000", "x".repeat(129), "one, one"])(
    "[I12] refuses the id %j as malformed",
    (malformed) => {
      expect(verify({ headers: { ...signed, "webhook-id": malformed } })).toEqual({ ok: false, why: "id" });
    },
  );

  it("[I12] refuses headers that came twice in different spellings", () => {
    expect(verify({ headers: { ...signed, "Webhook-Id": id } })).toEqual({ ok: false, why: "id" });
  });

  it("[I12] accepts nothing in which one bit was changed", () => {
    const parts = { ...signed, body };
    const bits = fc
      .constantFrom("webhook-id" as const, "webhook-timestamp" as const, "webhook-signature" as const, "body" as const)
      .chain((part) => fc.tuple(fc.constant(part), fc.nat(parts[part].length - 1), fc.nat(7)));
    void fc.assert(
      fc.property(bits, ([part, place, bit]) => {
        const bytes = Buffer.from(parts[part]);
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
        const { body: changed, ...headers } = { ...parts, [part]: bytes.toString("latin1") };
        expect(verify({ headers, body: changed }).ok).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("verifying a bearer token", () => {
  const check = (authorization: string | undefined, tokens = ["current-token", "previous-token"]) =>
    verifyBearer({ tokens, headers: { Authorization: authorization } });

  it("[I12] accepts any of the tokens that count", () => {
    expect(check("Bearer current-token")).toBe(true);
    expect(check("bearer previous-token")).toBe(true);
  });

  it.each([undefined, "", "Bearer", "Bearer ", "Bearer current-toke", "Bearer current-token2", "Basic current-token"])(
    "[I12] refuses the header %j",
    (authorization) => expect(check(authorization)).toBe(false),
  );

  it("[I12] accepts nothing while no token is set", () => {
    expect(check("Bearer x", [])).toBe(false);
    expect(check("Bearer ", [""])).toBe(false);
  });
});

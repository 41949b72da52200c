import { describe, expect, it } from "vitest";
import type { Probed } from "../../../bin/operator/ports.ts";
import { type ExamineDeps, examine } from "../../../bin/operator/use-cases/examine.ts";
import { TransientError } from "../../../lambdas/shared/domain/errors.ts";
import { configWith, newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { operatorOf } from "../../support/operator.ts";

const secrets: Record<string, string> = {
  key: "an-api-key-of-ensono",
  webhook: `whsec_${btoa("a webhook secret")}`,
  api: `whsec_${btoa("an API's secret!")}`,
};
const answer = (status: number, aheadMs: number | undefined = 300): Probed => ({ status, aheadMs });

/** All is well, but for what a test says. */
const deps = (other: Partial<ExamineDeps> = {}): ExamineDeps => ({
  ...operatorOf(inMemoryBridge()),
  stage: "dev",
  secretIds: { "Ensono's API key": "key", "webhook secret": "webhook", "API secret": "api" },
  secrets: { read: async (id) => [secrets[id] ?? ""] },
  identity: async () => "arn:aws:iam::1:user/ada",
  probes: { ensono: async () => answer(200), client: async (signed) => answer(signed === "rightly" ? 400 : 401) },
  ...other,
});

const stateOf = async (check: string, other: Partial<ExamineDeps>) => {
  const checks = await examine(deps(other));
  const found = checks.find((one) => one.check === check);
  return `${found?.state}: ${found?.detail}`;
};

describe("doctor", () => {
  it("finds nothing wrong where nothing is", async () => {
    const checks = await examine(deps());
    expect(checks.map(({ check, state }) => `${check}: ${state}`)).toEqual([
      "config: ok",
      "credentials: ok",
      "ledger: ok",
      "secret: Ensono's API key: ok",
      "secret: webhook secret: ok",
      "secret: API secret: ok",
      "Ensono: ok",
      "client's ITSM: ok",
      "client's ITSM: signature: ok",
      "clocks: ok",
      "groups: ok",
    ]);
    expect(JSON.stringify(checks)).not.toMatch(/an-api-key|whsec_/);
  });

  it.each([
    [
      "a generated placeholder",
      { key: "a".repeat(48) },
      "secret: Ensono's API key",
      "warning: looks like the generated placeholder",
    ],
    [
      "a webhook secret that is none",
      { webhook: "p@ssword" },
      "secret: webhook secret",
      "failed: expected whsec_ and base64",
    ],
    ["an API secret that is none", { api: "p@ssword" }, "secret: API secret", "failed: expected whsec_ and base64"],
  ])("finds %s", async (_, values, check, found) => {
    const all: Record<string, string> = { ...secrets, ...values };
    const read = async (id: string) => [all[id] ?? ""];
    expect(await stateOf(check, { secrets: { read } })).toContain(found);
  });

  it("takes any API secret where the client sends it as a bearer token", async () => {
    const config = configWith({ client: { authentication: "bearer" } });
    const read = async (id: string) => [{ ...secrets, api: "p@ssword" }[id] ?? "", "previous"];
    const found = await stateOf("secret: API secret", { config, secrets: { read } });
    expect(found).toBe("ok: has a value; the previous one still counts");
  });

  it("finds a secret, a table and an identity that cannot be read, each by itself", async () => {
    const denied = async (): Promise<never> => {
      throw new Error("AccessDenied");
    };
    const checks = await examine(deps({ secrets: { read: denied }, ledger: { headOf: denied }, identity: denied }));
    expect(checks.filter(({ state }) => state === "failed").map(({ check, detail }) => `${check}: ${detail}`)).toEqual([
      "credentials: AccessDenied",
      "ledger: AccessDenied",
      "secret: Ensono's API key: AccessDenied",
      "secret: webhook secret: AccessDenied",
      "secret: API secret: AccessDenied",
    ]);
  });

  it("[E13] finds that Ensono refuses the key, in the words of the error", async () => {
    const ensono = async () => {
      throw new TransientError("configuration", "none", "Ensono answered 403: check the API key in Secrets Manager");
    };
    const { probes } = deps();
    expect(await stateOf("Ensono", { probes: { ...probes, ensono } })).toBe(
      "failed: Ensono answered 403: check the API key in Secrets Manager",
    );
  });

  it.each([
    [404, 401, "client's ITSM", "failed: answered 404 to a POST; check clientWebhookUrl"],
    [302, 401, "client's ITSM", "failed: answered 302 to a POST; check clientWebhookUrl"],
    [503, 401, "client's ITSM", "failed: answered 503; it is down or overloaded"],
    [503, 401, "client's ITSM: signature", "skipped: not the receiver's answer"],
    [401, 401, "client's ITSM: signature", "failed: answered 401: it does not know the webhook secret"],
    [403, 401, "client's ITSM: signature", "failed: answered 403: it does not know the webhook secret"],
    [400, 400, "client's ITSM: signature", "warning: a wrong signature is not refused: does the receiver verify it?"],
    [204, 403, "client's ITSM: signature", "ok: ours is taken, a wrong one refused"],
  ])("[I12] an ITSM that answers %i, and %i to a wrong signature: %s", async (right, wrong, check, found) => {
    const client = async (signed: "rightly" | "wrongly") => answer(signed === "rightly" ? right : wrong);
    expect(await stateOf(check, { probes: { ...deps().probes, client } })).toBe(found);
  });

  it("asks once only, where the answer says all", async () => {
    for (const [status, times] of [
      [401, 1],
      [404, 1],
      [503, 1],
      [400, 2],
    ] as const) {
      const asked: string[] = [];
      const client = async (signed: "rightly" | "wrongly") => {
        asked.push(signed);
        return answer(status);
      };
      await examine(deps({ probes: { ...deps().probes, client } }));
      expect(asked).toEqual(["rightly", "wrongly"].slice(0, times));
    }
  });

  it("finds an ITSM that cannot be reached", async () => {
    const client = async () => {
      throw new TransientError("unavailable", "none", "POST https://itsm.example.com: ENOTFOUND");
    };
    const other = { probes: { ...deps().probes, client } };
    expect(await stateOf("client's ITSM", other)).toBe("failed: POST https://itsm.example.com: ENOTFOUND");
    expect(await stateOf("client's ITSM: signature", other)).toBe("skipped: no answer to judge it by");
  });

  it.each([
    [900, -1500, "ok: Ensono is in time, the client's ITSM is in time"],
    [0, 61_000, "ok: Ensono is in time, the client's ITSM is 61 s ahead"],
    [0, -200_000, "warning: Ensono is in time, the client's ITSM is 200 s behind; signatures count within 300 s"],
    [0, 400_000, "failed: Ensono is in time, the client's ITSM is 400 s ahead; signatures count within 300 s"],
    [
      400_000,
      399_000,
      "warning: Ensono is 400 s ahead, the client's ITSM is 399 s ahead; this machine's own clock is wrong",
    ],
    [undefined, undefined, "skipped: no side has told the time"],
  ])("clocks %s and %s ms ahead", async (ensono, client, found) => {
    const probes = {
      ensono: async () => ({ status: 200, aheadMs: ensono }),
      client: async (signed: "rightly" | "wrongly") => ({ status: signed === "rightly" ? 400 : 401, aheadMs: client }),
    };
    expect(await stateOf("clocks", { probes })).toContain(found);
  });

  it("[E13] finds groups that Ensono did not know in the last week", async () => {
    const bridge = inMemoryBridge({ ensono: { groups: ["Ensono Service Desk"] } });
    const lost = await bridge.open({ ...newClientTicket, group: "Lost and Found" });
    await bridge.minutes(2);
    await bridge.change(lost, { group: "Moon Base" });
    await bridge.minutes(2);
    await bridge.open({ ...newClientTicket, group: "Lost and Found" });
    await bridge.minutes(2);
    const groups = async () =>
      (await examine(deps(operatorOf(bridge)))).filter(({ check }) => check === "groups").map(({ detail }) => detail);
    expect(await groups()).toEqual([
      'Ensono does not know "Lost and Found" (2 times in 7 days); map it in mappings.toEnsono.group',
      'Ensono does not know "Moon Base" (once in 7 days); map it in mappings.toEnsono.group',
    ]);
    bridge.clock.advance({ hours: 8 * 24 });
    expect(await groups()).toEqual([expect.stringContaining("none refused in 7 days")]);
  });
});

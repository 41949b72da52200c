import { describe, expect, it } from "vitest";
import { exchangeLog } from "../../lambdas/shared/adapters/exchange-log.ts";
import type { HttpAnswer, HttpCall } from "../../lambdas/shared/adapters/http-call.ts";
import { TransientError } from "../../lambdas/shared/domain/errors.ts";
import { mask } from "../../lambdas/shared/runtime/mask.ts";

const NOW = 1_700_000_000_000;
const answered = (body: string, status = 200): HttpAnswer => ({ status, headers: {}, body });
const put = (path: string) => ({ method: "PUT", url: `https://ensono.example.com${path}`, headers: {} }) as const;

/** A log whose clock goes on by a second with each look. */
const started = () => {
  let now = NOW;
  const clock = () => {
    now += 1000;
    return now;
  };
  return exchangeLog({ clock, mask });
};

describe("the log of exchanges", () => {
  it("[L1] notes each call that a run makes: what was asked, when, and how the answer began", async () => {
    const log = started();
    const call = log.recorded(async () => answered('{"Response":\n "PTN added"}', 202));
    const { calls, ended } = await log.during(async () => {
      await call(put("/acme/dev/tickets/e-CS1/returnptn?x=1"));
      return "done";
    });
    expect(ended()).toBe("done");
    expect(calls).toEqual([
      {
        request: "PUT /acme/dev/tickets/e-CS1/returnptn",
        at: NOW + 1000,
        endedAt: NOW + 2000,
        status: 202,
        said: '{"Response": "PTN added"}',
      },
    ]);
  });

  it("[L1] notes a call without an answer, and gives on what it threw", async () => {
    const log = started();
    const failure = new TransientError("unavailable", "unknown", "PUT https://ensono.example.com: ECONNRESET");
    const call = log.recorded(async () => {
      throw failure;
    });
    const { calls, ended } = await log.during(() => call(put("/acme/dev/tickets/e-CS1")));
    expect(ended).toThrow(failure);
    expect(calls).toMatchObject([{ endedAt: NOW + 2000, said: failure.message }]);
    expect(calls[0]).not.toHaveProperty("status");
  });

  it("[L1] masks secrets and people in an answer, also where its end is cut off", async () => {
    const log = started();
    const secret = `X-Amz-Signature=${"a".repeat(300)}`;
    const call = log.recorded(async () => answered(`jane.doe@example.com ${"·".repeat(190)} ${secret}`));
    const { calls } = await log.during(() => call(put("/")));
    expect(calls[0]?.said).toMatch(/^\(masked\) ·+ X-Amz-Signature=\(masked/);
    expect(calls[0]?.said.length).toBeLessThanOrEqual(240);
  });

  it("[L1] keeps runs apart that are under way at the same time", async () => {
    const log = started();
    const gate = Promise.withResolvers<void>();
    const call: HttpCall = log.recorded(async ({ url }) => {
      await gate.promise;
      return answered(url);
    });
    const runs = ["/one", "/two", "/three"].map((path) =>
      log.during(async () => {
        await call(put(path));
        await call(put(`${path}/again`));
      }),
    );
    gate.resolve();
    const requests = (await Promise.all(runs)).map(({ calls }) => calls.map(({ request }) => request));
    expect(requests).toEqual([
      ["PUT /one", "PUT /one/again"],
      ["PUT /two", "PUT /two/again"],
      ["PUT /three", "PUT /three/again"],
    ]);
  });

  it("lets calls pass that nobody listens to", async () => {
    const call = started().recorded(async () => answered("ok"));
    expect(await call(put("/"))).toEqual(answered("ok"));
  });
});

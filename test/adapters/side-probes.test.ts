import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { echoCalls, type SideOptions, sideProbes } from "../../bin/operator/adapters/side-probes.ts";
import config from "../../bridge.config.ts";
import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { serveHttp } from "../support/local-servers.ts";
import { simulatedEnsono } from "../support/simulated-ensono.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const sides = (urls: { ensono?: string; client?: string; apiKey?: string }): SideOptions => ({
  ensono: {
    stackUrl: urls.ensono ?? "http://127.0.0.1:9/acme",
    environment: "dev",
    clientName: "testClient",
    apiKey: async () => urls.apiKey ?? "key",
  },
  client: { url: urls.client ?? "http://127.0.0.1:9/", secrets: async () => [SECRET] },
  call: httpCaller({ clock: Date.now, connectTimeoutMs: 1000 }),
  clock: Date.now,
});

describe("asking Ensono", () => {
  const simulated = simulatedEnsono();

  it("has no effect, and takes a queue's refusal of a handle for a key that counts", async () => {
    simulated.ensono.agent.open({ shortDescription: "a", description: "b" });
    const answer = await sideProbes(sides({ ensono: simulated.ensono.url })).ensono();
    expect(Math.abs(answer.aheadMs ?? Number.NaN)).toBeLessThan(60_000);
    expect(simulated.ensono.calls().map(({ call }) => call)).toEqual(["deleteMessage"]);
    expect([simulated.ensono.queue.waiting(), simulated.ensono.queue.inFlight()]).toEqual([1, 0]);
  });

  it("[E13] tells of a key that does not count, and of a wrong address", async () => {
    const { url } = simulated.ensono;
    await expect(sideProbes(sides({ ensono: url, apiKey: "wrong" })).ensono()).rejects.toThrow("check the API key");
    await expect(sideProbes(sides({ ensono: `${url}x` })).ensono()).rejects.toThrow("check the");
  });

  it("tells of an Ensono that cannot be reached", async () => {
    await expect(sideProbes(sides({})).ensono()).rejects.toThrow("DELETE http://127.0.0.1:9");
  });

  it.each(["dev", "echo", "prod"] as const)(
    "[E1] opens and resolves a ticket in echo only, also for a stage of %s",
    async (environment) => {
      const { ensono, ...others } = sides({ ensono: simulated.ensono.url });
      const paths: string[] = [];
      const call: typeof others.call = (request) => {
        paths.push(new URL(request.url).pathname);
        return others.call(request);
      };
      const { open, resolve } = echoCalls({ ...others, call, ensono: { ...ensono, environment } }, config);
      const number = await open("DOCTOR-1");
      const [message] = await simulated.transactions();
      expect(message).toMatchObject({
        Body: { ticketNumber: number, clientTicketNumber: "DOCTOR-1" },
        Attributes: { TransactionType: "Create" },
      });
      await resolve(number, "DOCTOR-1");
      expect(simulated.ensono.ticket(number)).toMatchObject({ status: "resolved" });
      expect(paths).toEqual([
        expect.stringMatching(/\/echo\/tickets$/),
        expect.stringMatching(new RegExp(`/echo/tickets/${number}$`)),
      ]);
    },
  );
});

describe("asking the client's ITSM", () => {
  /** An ITSM that checks signatures, and refuses what it does not know; its clock is wrong by so much. */
  const receiver = async (aheadMs = 0) => {
    const bodies: unknown[] = [];
    const { origin } = await serveHttp(async (request, response) => {
      const body = await text(request);
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      response.setHeader("date", new Date(Date.now() + aheadMs).toUTCString());
      try {
        new Webhook(SECRET).verify(body, headers);
        bodies.push(JSON.parse(body));
        response.writeHead(204).end();
      } catch {
        response.writeHead(401).end();
      }
    });
    return { probes: sideProbes(sides({ client: origin })), bodies };
  };

  it("is signed as every delivery, of a type that nobody acts upon; or signed with a secret that nobody has", async () => {
    const { probes, bodies } = await receiver();
    expect(await probes.client("rightly")).toMatchObject({ status: 204 });
    expect(await probes.client("wrongly")).toMatchObject({ status: 401 });
    expect(bodies).toEqual([{ type: "bridge.ping", timestamp: expect.any(String), data: {} }]);
  });

  it.each([0, 120_000, -600_000])("tells how far its clock is ahead: %i ms", async (aheadMs) => {
    const { probes } = await receiver(aheadMs);
    const { aheadMs: told = Number.NaN } = await probes.client("rightly");
    expect(Math.abs(told - aheadMs)).toBeLessThan(5_000);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import config from "../../bridge.config.ts";
import { ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { readOptions } from "../../sandbox/options.ts";
import { announceRunning, forgetRunning } from "../../sandbox/running.ts";
import { expectRefused, type Ran, runIn, typed } from "../support/command-line.ts";
import {
  bodiesOf,
  newClientNumber,
  openedPair,
  pairOf,
  refuseNextUpdate,
  restoreAfterTest,
  useSandbox,
} from "../support/sandbox.ts";

/**
 * The operator's command line against one running sandbox: within this process, as `bin/operator.ts` calls it. Where the process
 * itself matters it is one of its own.
 */

const directory = mkdtempSync(join(tmpdir(), "envision-bridge-operator-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const bridge = (...args: string[]): Promise<Ran> => typed(directory, [...args, "--sandbox"]);

/** A command that must succeed. */
const ok = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await bridge(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

const json = async <Schema extends z.ZodType>(schema: Schema, ...args: string[]): Promise<z.infer<Schema>> =>
  schema.parse(JSON.parse(await ok(...args, "--json")));

/** The sweeper comes by, and what it wakes is worked on; on a busy machine. */
const soon = { timeout: 30_000, interval: 200 };

const heldSchema = z.object({
  held: z.array(
    z.object({ ensonoNumber: z.string().nullable(), entry: z.string(), reason: z.string(), behind: z.number() }),
  ),
});
const statusSchema = z.object({
  stage: z.literal("dev"),
  directions: z.array(z.object({ direction: z.string(), state: z.string(), held: z.number(), tickets: z.number() })),
  reading: z.object({ state: z.string() }),
  held: z.number(),
});

describe("against a running sandbox", () => {
  const sandbox = useSandbox();

  beforeAll(() => {
    const { clientName } = config.ensono;
    announceRunning(sandbox(), readOptions(["--port", "0"]), { clientName, directory });
  });
  afterAll(() => forgetRunning(directory));

  const heldOf = async (number: string) => {
    const { held } = await json(heldSchema, "held");
    return held.find(({ ensonoNumber }) => ensonoNumber === number);
  };

  /** A ticket whose update the client refuses, with a comment behind it. */
  const withHeldTicket = async () => {
    const running = sandbox();
    const { ensono, quiet } = running;
    const { ofEnsono } = await openedPair(running);
    refuseNextUpdate(running);
    ensono.agent.update(ofEnsono.ensono, { priority: "1" });
    ensono.agent.comment(ofEnsono.ensono, { body: "Waits behind it" });
    await quiet();
    return ofEnsono;
  };

  test("[R3] what is held is seen in held and status, and goes on in order once released", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const numbers = await withHeldTicket();
    expect(await heldOf(numbers.ensono)).toMatchObject({ behind: 1, reason: expect.stringContaining("no such word") });
    const table = await ok("held");
    expect(table).toContain(numbers.ensono);
    expect(table).toContain("no such word");
    const { held, directions } = await json(statusSchema, "status");
    expect(held).toBeGreaterThan(0);
    expect(directions[0]).toMatchObject({ direction: "to-client", held });

    expect(await ok("release", numbers.client, "--reason", "the word was added")).toContain("released");
    await expect
      .poll(() => bodiesOf(pairOf(running, numbers.ensono).atClient.comments), soon)
      .toEqual(["Waits behind it"]);
    expect(await heldOf(numbers.ensono)).toBeUndefined();
    const trace = await ok("trace", numbers.ensono);
    expect(trace).toContain(`release ${numbers.client}`);
    expect(trace).toContain("the word was added");
    expect(trace).toContain(userInfo().username);
  });

  test("[R3] one entry is skipped as held prints it, and the next one goes on", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const numbers = await withHeldTicket();
    const { entry = "" } = (await heldOf(numbers.ensono)) ?? {};
    expectRefused(await bridge("skip", entry), "--reason");
    await ok("skip", entry, "--reason", "a test");
    await expect
      .poll(() => bodiesOf(pairOf(running, numbers.ensono).atClient.comments), soon)
      .toEqual(["Waits behind it"]);
    expectRefused(await bridge("skip", entry, "--reason", "again"), "this entry is skipped already");
    expect(pairOf(running, numbers.ensono).atClient.fields).not.toMatchObject({ priority: "1" });
  });

  test("[R2] a paused direction sends nothing until it is resumed, and status says who paused it and why", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const { ensono, client, quiet } = running;
    const { ofEnsono, ofClient } = await openedPair(running);
    const deliveries = client.deliveries().length;
    await ok("pause", "to-client", "--reason", "upgrade of the ITSM");
    // Whatever becomes of this test, the others need the direction.
    onTestFinished(async () => void (await bridge("resume", "to-client")));
    ensono.agent.comment(ofEnsono.ensono, { body: "Waits at Ensono" });
    client.agent.comment(ofClient.client, { body: "Goes on" });
    await expect.poll(() => bodiesOf(ensono.ticket(ofClient.ensono)?.comments ?? []), soon).toEqual(["Goes on"]);
    expect((await ok("status")).replace(/\s+/g, " ")).toMatch(/to-client paused .*by .+: upgrade of the ITSM/);
    expect(client.deliveries()).toHaveLength(deliveries);
    expect(ensono.queue.waiting()).toBeGreaterThan(0);

    await ok("resume", "to-client");
    await quiet();
    expect(bodiesOf(pairOf(running, ofEnsono.ensono).atClient.comments)).toEqual(["Waits at Ensono"]);
    expectRefused(await bridge("resume", "to-client"), "to-client is not paused");
  });

  test("[L3] was this client ticket sent, and what was the answer: one command", async () => {
    const { ofClient, ofEnsono } = await openedPair(sandbox());
    const sent = await ok("sent", ofClient.client);
    expect(sent).toContain(`${ofClient.client} = ${ofClient.ensono}: sent`);
    expect(sent).toContain(`200: {"Response":"${ofClient.ensono}"}`);
    expect(await ok("sent", ofEnsono.client)).toContain(`Ensono opened it as ${ofEnsono.ensono}`);
    expectRefused(await bridge("sent", newClientNumber()), "the bridge was never told of this ticket");
  });

  test("[L3] which client tickets have the same Ensono number: one command", async () => {
    const running = sandbox();
    const { ofClient } = await openedPair(running);
    const claiming = newClientNumber();
    const at = { now: Date.now(), wakeAt: Date.now() };
    const content = { kind: "clientNumber", ensonoTicketNumber: ofClient.ensono } as const;
    await running.ledger.ledger.receive(`CLIENT#${claiming}`, [{ order: "1", content }], at);
    await running.quiet();
    expect(await ok("duplicates")).toContain(claiming);
    const schema = z.object({
      duplicates: z.array(
        z.object({
          ensonoNumber: z.string(),
          clientTickets: z.array(z.object({ clientNumber: z.string(), how: z.string() })),
        }),
      ),
    });
    const { duplicates } = await json(schema, "duplicates");
    expect(duplicates.find(({ ensonoNumber }) => ensonoNumber === ofClient.ensono)?.clientTickets).toMatchObject([
      { clientNumber: ofClient.client, how: "linked" },
      { clientNumber: claiming, how: "held" },
    ]);
  });

  test("[L1] the whole story of a ticket, by either number, with every request and its answer", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const { ensono, client, quiet } = running;
    const { ofClient } = await openedPair(running);
    ensono.faults.add({ call: "updateTicket", ticket: ofClient.ensono, kind: "status", status: 503, times: 1 });
    client.agent.update(ofClient.client, { priority: "High", description: "\u001b]0;pwned\u0007 in a title" });
    await quiet();
    const trace = await ok("trace", ofClient.client);
    expect(trace).toBe(await ok("trace", ofClient.ensono));
    expect(trace).toMatch(/PUT \/\w+\/dev\/tickets\/e-CS\d+\n +answer +503 after \d+ ms/);
    expect(trace).toMatch(/answer +20[02] after \d+ ms: \{"Response":"Update Successful"\}/);
    expect(trace).toContain("\\e]0;pwned\\u0007 in a title");
    expect(trace).not.toMatch(/[^\n\P{Cc}]/u);
    expect(Math.max(...trace.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    const { story } = await json(
      z.object({ story: z.array(z.object({ kind: z.string(), at: z.iso.datetime() })) }),
      "trace",
      ofClient.client,
    );
    expect(story.map(({ at }) => at)).toEqual(story.map(({ at }) => at).toSorted());
  });

  test("why a field has its value", async () => {
    const running = sandbox();
    const { ofClient } = await openedPair(running);
    running.client.agent.update(ofClient.client, { priority: "High" });
    await running.quiet();
    const explained = await ok("explain", ofClient.ensono, "priority");
    expect(explained).toContain('at Ensono   "2", put there by the bridge');
    expect(explained).toContain('mappings.toEnsono.priority maps "High" to "2"');
    expectRefused(await bridge("explain", ofClient.ensono, "colour"), "known are:", "priority");
  });

  test("two numbers are linked and taken apart by hand, and never linked twice", async () => {
    const running = sandbox();
    const { ofClient, ofEnsono } = await openedPair(running);
    expectRefused(await bridge("link", ofClient.ensono, ofEnsono.client), "one link only", `unlink ${ofClient.ensono}`);
    expect(await ok("unlink", ofEnsono.ensono, ofEnsono.client, "--reason", "the wrong pair")).toContain("unlinked");
    expect((await running.ledger.ledger.headOf(ensonoLane(ofEnsono.ensono)))?.link).toBeUndefined();
    expect(await ok("link", ofEnsono.ensono, ofEnsono.client)).toContain("linked");
    await running.quiet();
    expect(pairOf(running, ofEnsono.ensono).atEnsono.clientTicketNumber).toBe(ofEnsono.client);
    expect(await ok("trace", ofEnsono.client)).toContain("the wrong pair");
    expectRefused(await bridge("link", "e-CS404", newClientNumber()), "the bridge knows neither of them");
  });

  test("what came since a moment is replayed, dry first, and what is done makes no call", async () => {
    const running = sandbox();
    const { ofEnsono } = await openedPair(running);
    const deliveries = running.client.deliveries().length;
    const schema = z.object({
      dryRun: z.boolean(),
      tickets: z.array(z.object({ ensonoNumber: z.string().nullable(), action: z.string(), alreadyDone: z.number() })),
    });
    const dry = await json(schema, "replay", "--since", "1h", "--dry-run");
    const of = (replay: z.infer<typeof schema>) =>
      replay.tickets.filter(({ ensonoNumber }) => ensonoNumber === ofEnsono.ensono);
    expect(of(dry).map(({ action }) => action)).toEqual(["already done", "already done"]);
    expect(of(await json(schema, "replay", "--since", "1h"))).toEqual(of(dry));
    expect(await ok("replay", "--since", "1h", "--dry-run")).toContain("Nothing was changed");
    await running.quiet();
    expect(running.client.deliveries()).toHaveLength(deliveries);
  });

  test("[E1] doctor finds all well, makes a round trip through echo, and the client hears nothing of it", async () => {
    const running = sandbox();
    const tickets = running.client.tickets().length;
    const schema = z.object({
      checks: z.array(z.object({ check: z.string(), state: z.string(), detail: z.string() })),
    });
    const { checks } = await json(schema, "doctor", "--echo", "--wait", "60");
    const states = new Map(checks.map(({ check, state }) => [check, state]));
    for (const check of [
      "ledger",
      "secret: Ensono's API key",
      "Ensono",
      "client's ITSM: signature",
      "clocks",
      "echo",
    ]) {
      expect({ check, state: states.get(check) }).toEqual({ check, state: "ok" });
    }
    await running.quiet();
    const [number] = /e-CS\d+/.exec(checks.at(-1)?.detail ?? "") ?? [];
    expect(running.ensono.ticket(number ?? "")).toMatchObject({ status: "resolved" });
    expect(running.client.tickets()).toHaveLength(tickets);
    expect(running.client.deliveries().filter(({ body }) => body.includes(String(number)))).toEqual([]);
  });

  test("doctor says what is wrong, and how to mend it, with exit code 1", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    running.ensono.replaceApiKey("another one");
    try {
      const { code, stdout } = await bridge("doctor");
      expect(code).toBe(1);
      expect(stdout).toMatch(/Ensono +failed +Ensono answered 403 "Forbidden"/);
      expect(stdout.replace(/\s+/g, " ")).toContain("check the API key in Secrets Manager");
    } finally {
      running.ensono.replaceApiKey(readOptions([])["ensono-api-key"]);
    }
  });

  test("colours are for terminals only", async () => {
    const { code, stdout } = await runIn(directory, ["status", "--sandbox"]);
    expect(code).toBe(0);
    expect(stdout).not.toContain("\u001b");
  });

  test.each([
    ["an unknown ticket", ["trace", "INC-404"], "INC-404: the bridge has never heard of this ticket"],
    ["another stage than the sandbox's", ["status", "--stage", "prod"], "--stage prod: the sandbox runs the stage dev"],
    ["what is no entry", ["skip", "nonsense", "--reason", "x"], "expected an entry as trace and held print it"],
    ["a ticket that is not held", ["release", "INC-404"], "never heard of"],
  ])("refuses %s in one line", async (_, args, words) => {
    expectRefused(await bridge(...args), words);
  });
});

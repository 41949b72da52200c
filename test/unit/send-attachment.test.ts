import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type SendDeps, sendAttachment } from "../../lambdas/client-to-ensono/attachment-sender/send-attachment.ts";
import { fileBytes } from "../../lambdas/shared/adapters/file-bytes.ts";
import type { Entry } from "../../lambdas/shared/domain/entry.ts";
import { PermanentError, TransientError } from "../../lambdas/shared/domain/errors.ts";
import type { TransferJob } from "../../lambdas/shared/domain/transfer.ts";
import { CLIENT_LANE, clientEvent, ENSONO_NUMBER, NOW } from "../support/builders.ts";
import { carrying } from "../support/carrying.ts";
import { inMemoryBreaker } from "../support/fakes/in-memory-breaker.ts";
import { inMemoryFiles } from "../support/fakes/in-memory-files.ts";
import { inMemoryUploads } from "../support/fakes/in-memory-uploads.ts";

type SendJob = Extract<TransferJob, { kind: "send" }>;

const KEY = "uploads/5b6c";
const ORDER = "1#event-1";
const MAX = 20_000;
const TEXT = Buffer.from("It burns.\n".repeat(1000));
const PNG = Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), Buffer.alloc(5000)]);
const PROGRAM = Buffer.concat([Buffer.from("MZ"), Buffer.from([0x90, 0, 3, 0]), Buffer.alloc(500)]);

/** An event of the client's with files in it. */
const eventWith = (...files: Buffer[]): Entry => ({
  lane: CLIENT_LANE,
  order: ORDER,
  content: {
    kind: "event",
    event: clientEvent(
      {},
      { attachments: files.map((file, nth) => ({ fileName: `${nth}.txt`, content: file.toString("base64") })) },
    ),
  },
  receivedAt: NOW,
  status: "attempting",
  steps: [],
  attempts: 1,
  notes: [],
  revision: 1,
});

/** One file of the client's that is to be sent to Ensono. */
const sending = async (job: Partial<SendJob> = {}, settings: Partial<SendDeps["config"]> = {}, entry?: Entry) => {
  const carried = await carrying(CLIENT_LANE, `${ORDER}#0`, {
    kind: "send",
    ensonoTicketNumber: ENSONO_NUMBER,
    fileName: "fire.txt",
    originalName: "fire.txt",
    contentType: "text/plain",
    source: { from: "store", key: KEY },
    ...job,
  });
  const uploads = inMemoryUploads({ clock: carried.clock.now });
  const files = inMemoryFiles();
  files.files.set(KEY, { bytes: TEXT, contentType: "" });
  const breaker = inMemoryBreaker();
  const deps: SendDeps = {
    ...carried.deps,
    ledger: {
      ...carried.deps.ledger,
      entry: async (lane, order) => (lane === CLIENT_LANE && order === ORDER ? entry : undefined),
    },
    files,
    uploads,
    bytes: fileBytes,
    breaker,
    config: { asBase64: false, mismatch: "send", ...settings },
    maxBytes: MAX,
  };
  return { ...carried, uploads, files, breaker, run: () => sendAttachment(carried.name, deps) };
};

const timeOut = (meanwhile?: () => void) => ({
  error: new TransientError("unavailable", "unknown", "PUT uploads.test: no answer within 60000 ms"),
  ...(meanwhile && { meanwhile }),
});
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const expired = { error: new TransientError("expired", "none", "Request has expired") };
const down = { error: new TransientError("unavailable", "none", "GET ensono: ECONNREFUSED") };

describe("a file on its way to Ensono", () => {
  it("[I10] is put to the URL that Ensono gives for it, and its ticket woken", async () => {
    const sent = await sending();
    expect(await sent.run()).toBe("done");
    expect(sent.uploads.asked).toEqual([`${ENSONO_NUMBER}/fire.txt`]);
    expect([...sent.uploads.arrived.values()]).toEqual([{ contentType: "text/plain", bytes: TEXT }]);
    const file = { key: KEY, size: TEXT.length, sha256: sha256(TEXT) };
    expect(await sent.outcome()).toEqual({ as: "done", file });
    expect(sent.nudged).toEqual([CLIENT_LANE]);
    expect(sent.wakeUps.take()).toEqual([CLIENT_LANE]);
  });

  it("[I10] may come out of the event that brought it", async () => {
    const sent = await sending({ source: { from: "event", order: ORDER, nth: 1 } }, {}, eventWith(PNG, TEXT));
    expect(await sent.run()).toBe("done");
    expect([...sent.uploads.arrived.values()]).toEqual([{ contentType: "text/plain", bytes: TEXT }]);
    expect(await sent.outcome()).toMatchObject({
      file: { key: sent.name.id, size: TEXT.length, sha256: sha256(TEXT) },
    });
  });

  it.each([
    ["", "fire.txt", "text/plain"],
    ["application/octet-stream", "fire.csv", "text/csv"],
    ["text/x-log; charset=utf-8", "fire.log", "text/x-log; charset=utf-8"],
  ])("[I10] goes with a type that fits: '%s' of %s", async (contentType, fileName, expected) => {
    const sent = await sending({ contentType, fileName });
    await sent.run();
    expect([...sent.uploads.arrived.values()][0]?.contentType).toBe(expected);
  });

  it("[I10] goes as base64 where the config wants it; what is recorded is the file", async () => {
    const sent = await sending({}, { asBase64: true });
    expect(await sent.run()).toBe("done");
    expect(sent.uploads.asked).toEqual([`${ENSONO_NUMBER}/fire.txt.base64`]);
    const [arrived] = sent.uploads.arrived.values();
    expect(arrived?.contentType).toBe("text/plain");
    expect(arrived?.bytes.toString()).toBe(TEXT.toString("base64"));
    expect(await sent.outcome()).toMatchObject({ file: { size: TEXT.length, sha256: sha256(TEXT) } });
  });
});

describe("a file that must not or cannot be sent", () => {
  it.each([
    ["a program under another name", PROGRAM, {}, /a program \(\.exe\)/],
    ["a file that is too large", Buffer.alloc(MAX + 1, "x"), {}, /it has 20001 bytes; at most 20000 bytes are taken/],
    [
      "another content, where the config refuses it",
      PNG,
      { mismatch: "refuse" as const },
      /looks like png \(image\/png\), not like fire.txt \(text\/plain\)/,
    ],
  ])("[I10] is %s: nothing is asked of Ensono, and the ticket hears why", async (_, bytes, settings, reason) => {
    const sent = await sending({}, settings);
    sent.files.files.set(KEY, { bytes, contentType: "" });
    expect(await sent.run()).toBe("failed");
    expect(await sent.outcome()).toEqual({ as: "failed", reason: expect.stringMatching(reason) });
    expect(sent.uploads.asked).toEqual([]);
    expect(sent.wakeUps.take()).toEqual([CLIENT_LANE]);
  });

  it("[I10] is another content than its name says: it is sent, and reported", async () => {
    const sent = await sending();
    sent.files.files.set(KEY, { bytes: PNG, contentType: "" });
    expect(await sent.run()).toBe("done");
    expect(await sent.outcome()).toMatchObject({
      warning: expect.stringMatching(/looks like png .* ServiceNow may drop it/),
    });
  });

  it.each([
    ["was never put into the store", { source: { from: "store", key: "uploads/none" } as const }],
    ["is not in the event", { source: { from: "event", order: ORDER, nth: 1 } as const }],
    ["is of an event that is gone", { source: { from: "event", order: "0#event-0", nth: 0 } as const }],
  ])("[I10] %s", async (_, job) => {
    const sent = await sending(job, {}, eventWith(TEXT));
    expect(await sent.run()).toBe("failed");
    expect(await sent.outcome()).toMatchObject({ reason: expect.stringContaining("the bridge does not have it") });
  });

  it.each(["uploadUrl", "upload"] as const)(
    "[E13] is refused by Ensono (%s): its words are the reason",
    async (call) => {
      const sent = await sending();
      sent.uploads.fail(call, { error: new PermanentError("refused", "APIKey not authorized for ticket company") });
      expect(await sent.run()).toBe("failed");
      expect(await sent.outcome()).toEqual({ as: "failed", reason: "APIKey not authorized for ticket company" });
      expect((await sent.breaker.state("ensono")).open).toBeUndefined();
    },
  );
});

describe("an upload URL", () => {
  it("[I10] that has expired is replaced by another one, three in all for one try", async () => {
    const sent = await sending();
    sent.uploads.fail("upload", expired, expired);
    expect(await sent.run()).toBe("done");
    expect(sent.uploads.asked).toHaveLength(3);
    expect(await sent.outcome()).not.toHaveProperty("possibleDouble");

    const other = await sending();
    other.uploads.fail("upload", expired, expired, expired);
    expect(await other.run()).toBe("later");
    expect(other.uploads.asked).toHaveLength(3);
  });

  it("[R1] takes the same file once more when the first upload's outcome is unknown: no double", async () => {
    const sent = await sending();
    sent.uploads.fail("upload", { ...timeOut(() => sent.clock.advance({ seconds: 60 })), after: true });
    expect(await sent.run()).toBe("done");
    expect(sent.uploads.asked).toHaveLength(1);
    expect(sent.uploads.arrived.size).toBe(1);
    expect(await sent.outcome()).not.toHaveProperty("possibleDouble");
  });

  it("[R1] is not used again once it may be dead; the file that then goes to another one may be a double, and says so", async () => {
    const sent = await sending();
    sent.uploads.fail("upload", { ...timeOut(() => sent.clock.advance({ seconds: 111 })), after: true });
    expect(await sent.run()).toBe("later");
    expect((await sent.transfer()).inDoubt).toBe(true);
    sent.clock.advance({ seconds: sent.dueInSeconds() });
    expect(await sent.run()).toBe("done");
    expect(sent.uploads.arrived.size).toBe(2);
    expect(await sent.outcome()).toMatchObject({ as: "done", possibleDouble: true });
  });

  it("[R1] is tried three times at most", async () => {
    const sent = await sending();
    sent.uploads.fail("upload", timeOut(), timeOut(), timeOut());
    expect(await sent.run()).toBe("later");
    expect(sent.uploads.arrived.size).toBe(0);
    expect((await sent.transfer()).inDoubt).toBe(true);
  });

  it("[R1] that is refused after a try in doubt may have been used up: the file goes to another one, and may be a double", async () => {
    const sent = await sending();
    const usedUp = { error: new PermanentError("refused", "AccessDenied") };
    sent.uploads.fail("upload", { ...timeOut(), after: true }, usedUp);
    expect(await sent.run()).toBe("done");
    expect(sent.uploads.asked).toHaveLength(2);
    expect(await sent.outcome()).toMatchObject({ possibleDouble: true });
  });

  it("[R1] is not tried again when the invocation nears its end", async () => {
    const sent = await sending();
    sent.uploads.fail(
      "upload",
      timeOut(() => {
        sent.time.left = 80_000;
      }),
    );
    expect(await sent.run()).toBe("later");
    expect(sent.uploads.arrived.size).toBe(0);
  });

  it("[R1] a doubt is not forgotten when our own store fails afterwards", async () => {
    const sent = await sending();
    sent.uploads.fail(
      "upload",
      timeOut(() => {
        sent.files.broken = new Error("S3 is gone");
      }),
    );
    await expect(sent.run()).rejects.toThrow("S3 is gone");
    expect(await sent.transfer()).toMatchObject({ inDoubt: true, failure: { code: "platform" } });
  });
});

describe("an outage of Ensono", () => {
  it("[R2] costs delay only, and opens the breaker", async () => {
    const sent = await sending();
    sent.uploads.fail("uploadUrl", down, down, down, down, down);
    for (let runs = 0; runs < 5; runs += 1) {
      expect(await sent.run()).toBe("later");
      sent.clock.advance({ seconds: sent.dueInSeconds() });
    }
    expect((await sent.breaker.state("ensono")).open).toBeDefined();
    expect(await sent.run()).toBe("done");
    expect((await sent.breaker.state("ensono")).open).toBeUndefined();
  });

  it("[R2] while its breaker is open nothing is asked of it before the next probe", async () => {
    const sent = await sending();
    await sent.breaker.failed("ensono", { reason: "Forbidden", atOnce: true }, NOW);
    expect(await sent.run()).toBe("later");
    expect(sent.uploads.asked).toEqual([]);
    expect(sent.dueInSeconds()).toBe(300);
    sent.clock.advance({ seconds: 300 });
    expect(await sent.run()).toBe("done");
  });

  it("[E13] a refused key opens the breaker at once, and the file waits", async () => {
    const sent = await sending();
    sent.uploads.fail("uploadUrl", { error: new TransientError("configuration", "none", "Forbidden") });
    expect(await sent.run()).toBe("later");
    expect((await sent.breaker.state("ensono")).open).toBeDefined();
  });

  it("[R2] of the place where files go says nothing about Ensono's tickets: its breaker stays closed", async () => {
    const sent = await sending();
    for (let runs = 0; runs < 8; runs += 1) {
      sent.uploads.fail("upload", {
        error: new TransientError("unavailable", "none", "PUT uploads.test: ECONNREFUSED"),
      });
      expect(await sent.run()).toBe("later");
      sent.clock.advance({ seconds: sent.dueInSeconds() });
    }
    expect((await sent.breaker.state("ensono")).open).toBeUndefined();
  });

  it("[E13] that lasts longer than the config allows ends the transfer", async () => {
    const sent = await sending();
    sent.uploads.fail("uploadUrl", down, down);
    await sent.run();
    sent.clock.advance({ hours: 14 * 24 });
    expect(await sent.run()).toBe("failed");
    expect(await sent.outcome()).toEqual({ as: "failed", reason: "still failing: GET ensono: ECONNREFUSED" });
  });
});

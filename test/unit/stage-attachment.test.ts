import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { stageAttachment } from "../../lambdas/ensono-to-client/attachment-stager/stage-attachment.ts";
import { PermanentError, TransientError } from "../../lambdas/shared/domain/errors.ts";
import { clientLane } from "../../lambdas/shared/domain/lane.ts";
import type { TransferJob } from "../../lambdas/shared/domain/transfer.ts";
import { ENSONO_LANE, NOW } from "../support/builders.ts";
import { carrying } from "../support/carrying.ts";
import { inMemoryDownloads } from "../support/fakes/in-memory-downloads.ts";
import { inMemoryFiles } from "../support/fakes/in-memory-files.ts";

const URL_OF_FILE = "https://bucket.s3.us-west-1.amazonaws.com/rocket.jpg?X-Amz-Signature=secret";
const KEY = "attachments/rocket";
const TWO_HOURS_MS = 7_200_000;
const MAX = 5000;
const bytes = (size: number) => new Uint8Array(size).fill(7);
const unavailable = () => new TransientError("unavailable", "none", "GET bucket: ECONNRESET");

/** One file of Ensono's whose address has just been seen. */
const staging = async (job: Partial<Extract<TransferJob, { kind: "fetch" }>> = {}, lane = ENSONO_LANE) => {
  const carried = await carrying(lane, "1#m-1#0", {
    kind: "fetch",
    from: "ensono",
    url: URL_OF_FILE,
    key: KEY,
    contentType: "image/jpeg",
    goodUntil: NOW + TWO_HOURS_MS,
    ...job,
  });
  const downloads = { ensono: inMemoryDownloads(), client: inMemoryDownloads() };
  const files = inMemoryFiles();
  const deps = { ...carried.deps, downloads, files, maxBytes: MAX };
  return { ...carried, downloads, files, run: () => stageAttachment(carried.name, deps) };
};

/** Runs it whenever it is due, until it has ended; gives how often that was. */
const untilEnd = async (staged: Awaited<ReturnType<typeof staging>>): Promise<number> => {
  for (let runs = 1; runs < 1000; runs += 1) {
    await staged.run().catch(() => undefined);
    if ((await staged.outcome()) !== undefined) return runs;
    staged.clock.advance({ seconds: staged.dueInSeconds() });
  }
  throw new Error("it never ends");
};

describe("a file on its way to us", () => {
  it("[T8] is kept, measured, and its ticket woken", async () => {
    const staged = await staging({ expectedSize: 1234 });
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(1234) });
    expect(await staged.run()).toBe("done");
    const sha256 = createHash("sha256").update(bytes(1234)).digest("hex");
    expect(await staged.outcome()).toEqual({ as: "done", file: { key: KEY, size: 1234, sha256 } });
    expect(staged.files.files.get(KEY)).toEqual({ bytes: Buffer.from(bytes(1234)), contentType: "image/jpeg" });
    expect(staged.nudged).toEqual([ENSONO_LANE]);
    expect(staged.wakeUps.take()).toEqual([ENSONO_LANE]);
  });

  it("[T8] is fetched from where its side may be fetched from", async () => {
    const lane = clientLane("INC0010299");
    const staged = await staging({ from: "client" }, lane);
    staged.downloads.client.serve(URL_OF_FILE, { bytes: bytes(10) });
    expect(await staged.run()).toBe("done");
    expect(staged.downloads.ensono.opened).toEqual([]);
    expect(staged.wakeUps.take()).toEqual([lane]);
  });

  it("[R1] is not fetched again once it has ended; its ticket is woken again, in case nobody was", async () => {
    const staged = await staging();
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(10) });
    await staged.run();
    staged.wakeUps.take();
    expect(await staged.run()).toBe("not-now");
    expect(staged.downloads.ensono.opened).toHaveLength(1);
    expect(staged.nudged).toHaveLength(2);
    expect(staged.wakeUps.take()).toEqual([ENSONO_LANE]);
  });

  it("[R1] is not touched while another run is at it, and goes on when that run died", async () => {
    const staged = await staging();
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(10) });
    await staged.transfers.take(ENSONO_LANE, staged.name.id, { now: NOW, until: NOW + 900_000 });
    expect(await staged.run()).toBe("not-now");
    expect(staged.nudged).toEqual([]);
    expect(staged.dueInSeconds()).toBe(900);
    staged.clock.advance({ minutes: 15 });
    expect(await staged.run()).toBe("done");
  });
});

describe("a file that cannot be had for good", () => {
  it.each([
    ["expired", new TransientError("expired", "none", "bucket answered 403: the address is no longer good")],
    ["refused", new PermanentError("refused", "nothing is fetched from evil.example")],
  ])("[T8] %s: ends at once, with the reason, and its ticket is woken", async (_, error) => {
    const staged = await staging();
    staged.downloads.ensono.serve(URL_OF_FILE, error);
    expect(await staged.run()).toBe("failed");
    expect(await staged.outcome()).toEqual({ as: "failed", reason: error.message });
    expect(staged.files.files.size).toBe(0);
    expect(staged.wakeUps.take()).toEqual([ENSONO_LANE]);
  });

  it("[T8] larger than is taken: is not even asked for when that was announced", async () => {
    const staged = await staging({ expectedSize: MAX + 1 });
    expect(await staged.run()).toBe("failed");
    expect(staged.downloads.ensono.opened).toEqual([]);
    expect(await staged.outcome()).toMatchObject({ reason: expect.stringMatching(/5001 bytes; at most 5000 bytes/) });
  });
});

describe("a file that comes with another size than was announced", () => {
  it.each([
    ["by its header", { bytes: bytes(90), size: 90 }, "has 90"],
    ["less", { bytes: bytes(90), size: undefined }, "has 90"],
    ["nothing", { bytes: bytes(0), size: undefined }, "has 0"],
    ["more", { bytes: bytes(2500), size: undefined }, "has more"],
  ])("[T8] %s: is tried three times, then ends with both sizes; nothing is kept", async (_, served, says) => {
    const staged = await staging({ expectedSize: 100 });
    staged.downloads.ensono.serve(URL_OF_FILE, served);
    expect(await staged.run()).toBe("later");
    expect(await untilEnd({ ...staged, run: staged.run })).toBeGreaterThanOrEqual(3);
    expect(staged.downloads.ensono.opened).toHaveLength(3);
    expect(await staged.outcome()).toEqual({
      as: "failed",
      reason: `it was announced with 100 bytes, and ${says}, each of 3 times`,
    });
    expect(staged.files.files.size).toBe(0);
    expect(staged.downloads.ensono.unfinished()).toBe(0);
  });

  it("[T8] is kept when it comes whole later", async () => {
    const staged = await staging({ expectedSize: 100 });
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(90), size: undefined }, { bytes: bytes(100) });
    await untilEnd(staged);
    expect(await staged.outcome()).toMatchObject({ as: "done", file: { size: 100 } });
  });
});

describe("a file that cannot be had now", () => {
  it("[E13] is tried again after 60 to 120 s, then doubling up to the longest wait, until its address dies", async () => {
    const staged = await staging();
    staged.downloads.ensono.serve(URL_OF_FILE, unavailable());
    const waits: number[] = [];
    while ((await staged.run()) === "later") {
      waits.push(staged.dueInSeconds());
      staged.clock.advance({ seconds: staged.dueInSeconds() });
    }
    expect(waits.slice(0, 4)).toEqual([90, 180, 360, 600]);
    expect(Math.max(...waits)).toBe(600);
    // The last try is made when the address dies, and not after that.
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBe(TWO_HOURS_MS / 1000);
    expect(await staged.outcome()).toEqual({
      as: "failed",
      reason: "it could not be fetched before its address died; the last try: GET bucket: ECONNRESET",
    });
    expect(staged.wakeUps.take()).toEqual([ENSONO_LANE]);
  });

  it("[E13] waits as long as the other side asks for", async () => {
    const staged = await staging();
    const slowDown = new TransientError("unavailable", "none", "slow down", { retryAfterSeconds: 300 });
    staged.downloads.ensono.serve(URL_OF_FILE, slowDown);
    await staged.run();
    expect(staged.dueInSeconds()).toBe(300);
  });

  it("[R1] begins anew when it breaks off", async () => {
    const staged = await staging({ expectedSize: 3000 });
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(3000), breaksAfter: 1500 }, { bytes: bytes(3000) });
    expect(await staged.run()).toBe("later");
    expect(staged.files.files.size).toBe(0);
    expect((await staged.transfer()).strikes).toBe(0);
    await untilEnd(staged);
    expect(await staged.outcome()).toMatchObject({ as: "done", file: { size: 3000 } });
  });

  it("[R1] is given up in time when the invocation nears its end", async () => {
    const staged = await staging();
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(3000) });
    staged.time.left = 60_000;
    expect(await staged.run()).toBe("later");
    expect((await staged.transfer()).failure).toMatchObject({ code: "unavailable", since: NOW });
    expect(staged.downloads.ensono.unfinished()).toBe(0);
  });

  it("is tried once even when its address is said to be dead: clocks differ", async () => {
    const staged = await staging({ goodUntil: NOW - 1000 });
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(10) });
    expect(await staged.run()).toBe("done");
  });

  it("of our own store is put off, and told as a fault", async () => {
    const staged = await staging();
    staged.downloads.ensono.serve(URL_OF_FILE, { bytes: bytes(10) });
    staged.files.broken = new Error("S3 is gone");
    await expect(staged.run()).rejects.toThrow("S3 is gone");
    expect(staged.dueInSeconds()).toBe(90);
    expect(await untilEnd(staged)).toBeGreaterThan(3);
    expect(await staged.outcome()).toMatchObject({ as: "failed", reason: expect.stringContaining("S3 is gone") });
    expect(staged.nudged).toEqual([ENSONO_LANE]);
  });
});

it("[L1] nothing tells the signature of an address", async () => {
  const staged = await staging();
  staged.downloads.ensono.serve(URL_OF_FILE, unavailable(), { bytes: bytes(10) });
  await untilEnd(staged);
  expect(staged.journal.lines.map(({ what }) => what)).toEqual(["transfer failed", "transfer done"]);
  expect(JSON.stringify(staged.journal.lines)).not.toContain("secret");
});

it("what is to be sent is not fetched", async () => {
  const carried = await carrying(ENSONO_LANE, "1#m-1#0", {
    kind: "send",
    ensonoTicketNumber: "e-CS1",
    fileName: "a",
    originalName: "a",
    contentType: "",
    source: { from: "store", key: "a" },
  });
  const downloads = { ensono: inMemoryDownloads(), client: inMemoryDownloads() };
  const deps = { ...carried.deps, downloads, files: inMemoryFiles(), maxBytes: MAX };
  await expect(stageAttachment(carried.name, deps)).rejects.toThrow("sent to the wrong queue");
});

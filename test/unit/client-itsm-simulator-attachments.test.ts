import { describe, expect, it, onTestFinished } from "vitest";
import { serveOnLoopback } from "../../sandbox/emulators/loopback-server.ts";
import { chunksOf, sha256Of } from "../../sandbox/simulators/client-itsm/file-content.ts";
import { changeCreated, changeNotice, created, notice, sha256, start, startBoth } from "../support/itsm-simulator.ts";

const log = Buffer.from("one line of a log\n");
const told = (bytes: Buffer) => ({
  fileName: "db1.log",
  contentType: "text/plain",
  size: bytes.length,
  sha256: sha256(bytes),
});
const attached = (attachment: object) => notice("ticket.attachment_added", { attachment });

/** Serves the bytes under any path, after these statuses. */
const startStore = async (bytes: Buffer, ...statuses: number[]) => {
  let fetched = 0;
  let release = Promise.withResolvers<void>();
  release.resolve();
  const server = await serveOnLoopback(async (_, response) => {
    fetched += 1;
    await release.promise;
    response.writeHead(statuses.shift() ?? 200).end(bytes);
  });
  onTestFinished(server.stop);
  return {
    url: `${server.url}/db1.log`,
    fetched: () => fetched,
    /** Answers nobody until it is released. */
    hang: () => {
      release = Promise.withResolvers();
      return release.resolve;
    },
  };
};

const startTicket = async () => {
  const started = await start({ echoes: false });
  await started.deliver("k1", created);
  return { ...started, attachments: () => started.itsm.tickets()[0]?.attachments };
};

describe("the simulated ITSM, receiving files", () => {
  it("[T8] fetches a file by its link and keeps what is told of it", async () => {
    const { itsm, deliver, attachments } = await startTicket();
    const store = await startStore(log);
    expect(await deliver("k2", attached({ ...told(log), url: store.url }))).toEqual({ status: 200, answer: {} });
    expect(attachments()).toEqual([{ ...told(log), id: "ATT0000001", at: expect.any(String), bridgeKey: "k2" }]);
    expect(itsm.file("ATT0000001")).toEqual(log);
    expect(await deliver("k2", attached({ ...told(log), url: store.url }))).toEqual({ status: 200, answer: {} });
    expect(attachments()).toHaveLength(1);
    expect(store.fetched()).toBe(1);
  });

  it("[C7] takes a file of a change that comes with the delivery", async () => {
    const { itsm, deliver } = await startTicket();
    await deliver("k2", changeCreated());
    const attachment = { ...told(log), content: log.toString("base64") };
    expect(await deliver("k3", changeNotice("attachment_added", { attachment }))).toMatchObject({ status: 200 });
    expect(itsm.tickets()).toMatchObject([{ attachments: [] }, { attachments: [{ fileName: "db1.log" }] }]);
    expect(itsm.file("ATT0000001")).toEqual(log);
  });

  it("keeps of a large file all but its content", async () => {
    const { itsm, deliver, attachments } = await startTicket();
    const large = Buffer.alloc(1_000_000, "x");
    const store = await startStore(large);
    await deliver("k2", attached({ ...told(large), url: store.url }));
    expect(attachments()).toMatchObject([told(large)]);
    expect(itsm.file("ATT0000001")).toBeUndefined();
    expect(await fetch(`${new URL(itsm.url).origin}/files/ATT0000001`)).toMatchObject({ status: 404 });
  });

  it("lets the delivery be repeated when the file cannot be fetched", async () => {
    const { deliver, attachments } = await startTicket();
    const store = await startStore(log, 403);
    const delivery = attached({ ...told(log), url: store.url });
    expect(await deliver("k2", delivery)).toMatchObject({ status: 502, answer: { field: "data.attachment.url" } });
    expect(await deliver("k3", attached({ ...told(log), url: "http://127.0.0.1:1/none" }))).toMatchObject({
      status: 502,
    });
    expect(attachments()).toEqual([]);
    expect(await deliver("k2", delivery)).toMatchObject({ status: 200 });
    expect(attachments()).toHaveLength(1);
  });

  it("attaches a file once when the delivery is repeated while it is still fetched", async () => {
    const { deliver, attachments } = await startTicket();
    const store = await startStore(log);
    const release = store.hang();
    const delivery = attached({ ...told(log), url: store.url });
    const both = [deliver("k2", delivery), deliver("k2", delivery)];
    await expect.poll(store.fetched).toBe(1);
    release();
    expect(await Promise.all(both)).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(attachments()).toHaveLength(1);
  });

  it.each([
    ["another size by link", { size: 3 }, "url", 502, "data.attachment.url"],
    ["another content by link", { sha256: sha256("another") }, "url", 502, "data.attachment.url"],
    ["another content within", { sha256: sha256("another") }, "content", 422, "data.attachment.content"],
    ["neither link nor content", {}, undefined, 400, "data.attachment"],
  ] as const)("refuses %s", async (_, wrong, by, status, field) => {
    const { deliver, attachments } = await startTicket();
    const store = await startStore(log);
    const source = { url: { url: store.url }, content: { content: log.toString("base64") }, none: {} }[by ?? "none"];
    expect(await deliver("k2", attached({ ...told(log), ...wrong, ...source }))).toMatchObject({
      status,
      answer: { field },
    });
    expect(attachments()).toEqual([]);
  });
});

describe("the simulated ITSM, giving files", () => {
  const file = { fileName: "error log.txt", contentType: "text/plain", content: log };
  const made = { bytes: 3_000_000, seed: "a dump" };

  it("[I10] sends a small file within the event", async () => {
    const { itsm, bridge } = await startBoth();
    const { number } = itsm.agent.open({ shortDescription: "Printer" });
    const { attachments } = await itsm.agent.attach(number, file);
    await itsm.idle();
    const { content: _, ...named } = file;
    expect(attachments).toMatchObject([{ id: "ATT0000001", ...named, size: log.length, sha256: sha256(log) }]);
    const [, event] = bridge.events();
    expect(event?.attachments).toEqual([{ id: "ATT0000001", ...named, content: log.toString("base64") }]);
  });

  it("[I10] puts a file to the bridge before the event that names it, and before what comes later", async () => {
    const { itsm, bridge } = await startBoth();
    const { number } = itsm.agent.open({ shortDescription: "Printer" });
    await itsm.agent.attach(number, { fileName: "dump.bin", content: made }, { by: "upload" });
    itsm.agent.comment(number, { body: "There it is" });
    await itsm.idle();
    expect(bridge.calls.map(({ path }) => path)).toEqual(["/events", "/attachments", "/events", "/events"]);
    expect(JSON.parse(bridge.calls[1]?.body ?? "")).toEqual({ fileName: "dump.bin", size: made.bytes });
    const [put, ...more] = bridge.puts;
    expect(more).toEqual([]);
    expect(put).toMatchObject({ size: made.bytes, length: String(made.bytes), sha256: await sha256Of(made) });
    expect(bridge.events()[1]?.attachments).toEqual([
      { id: "ATT0000001", fileName: "dump.bin", uploadId: put?.uploadId },
    ]);
  });

  it("asks again, with the same id, when the upload fails, and not once it is done", async () => {
    const { itsm, bridge } = await startBoth({}, 202, 503, 201, 403, 201, 200, 503);
    const { number } = itsm.agent.open({});
    await itsm.agent.attach(number, file, { by: "upload" });
    await itsm.idle();
    expect(bridge.puts.map(({ status }) => status)).toEqual([403, 200]);
    const requests = bridge.calls.filter(({ path }) => path === "/attachments");
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(bridge.events().map(({ attachments }) => attachments[0]?.uploadId)).toEqual([
      undefined,
      bridge.puts[1]?.uploadId,
      bridge.puts[1]?.uploadId,
    ]);
  });

  it("sends no event of a file that the bridge does not take", async () => {
    const { itsm, bridge } = await startBoth({}, 202, 400);
    const { number } = itsm.agent.open({});
    await itsm.agent.attach(number, { ...file, fileName: "setup.exe" }, { by: "upload" });
    await itsm.idle();
    expect(itsm.events()).toMatchObject([{ outcome: { status: 202 } }, { outcome: { status: 400 } }]);
    expect(bridge.events()).toHaveLength(1);
  });

  it("[I10] lets the bridge fetch a file from its own address", async () => {
    const { itsm, deliver, bridge } = await startBoth({ echoes: false });
    await deliver("k1", changeCreated());
    await itsm.agent.attach("CHG0010001", { ...file, content: made }, { by: "url" });
    await itsm.idle();
    expect(bridge.events()).toMatchObject([{ ticketType: "Change", attachments: [{ url: expect.any(String) }] }]);
    const fetchIt = () => fetch(bridge.events()[0]?.attachments[0]?.url ?? "");

    itsm.faults.inject({ kind: "status", status: 500 });
    itsm.faults.inject({ kind: "status", status: 410, type: "file", count: 1 });
    expect(await fetchIt()).toMatchObject({ status: 410 });
    const answer = await fetchIt();
    expect(answer.headers.get("content-type")).toBe("text/plain");
    expect(answer.headers.get("content-length")).toBe(String(made.bytes));
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(await sha256Of(made));
  });

  it("makes the same bytes up from the same seed, and others from another one", async () => {
    const bytes = Buffer.concat([...chunksOf(made)]);
    expect(bytes).toHaveLength(made.bytes);
    expect(await sha256Of(made)).toBe(sha256(bytes));
    expect(await sha256Of({ ...made, seed: "another" })).not.toBe(sha256(bytes));
  });
});

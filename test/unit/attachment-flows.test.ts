import { describe, expect, it } from "vitest";
import { PermanentError, TransientError } from "../../lambdas/shared/domain/errors.ts";
import { ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { type InMemoryBridge, inMemoryBridge } from "../support/in-memory-bridge.ts";

const ADDRESS = "https://bucket.s3.eu-west-1.amazonaws.com/plan.pdf";
const BYTES = Buffer.from("the plan");
const ticket = { shortDescription: "Printer", description: "On fire", contactName: "J", contactEmail: "j@client.com" };

/** A ticket of Ensono's that the client has. */
const opened = async (bridge: InMemoryBridge): Promise<string> => {
  const number = bridge.ensono.open();
  await bridge.minute();
  return number;
};

/** Ensono attaches a file between two comments. */
const attach = (bridge: InMemoryBridge, number: string, more: Record<string, unknown> = {}): void => {
  bridge.ensono.note(number, "before");
  bridge.ensono.queue.put({
    type: "Attachment",
    group: number,
    body: {
      clientName: "testClient",
      ticketNumber: number,
      ticketType: "Incident",
      attachmentName: "plan.pdf",
      attachmentType: "application/pdf",
      attachmentSize: String(BYTES.length),
      attachmentInfo: `https://ensono.example/attachment/${number}`,
      attachment: ADDRESS,
      ...more,
    },
    attributes: {},
  });
  bridge.ensono.note(number, "after");
};

const clientTicket = ({ itsm }: InMemoryBridge) => itsm.tickets[0];

describe("a file from Ensono", () => {
  it("[T8] is fetched at once, and handed on in its ticket's turn", async () => {
    const bridge = inMemoryBridge();
    bridge.downloads.serve(ADDRESS, { bytes: BYTES });
    attach(bridge, await opened(bridge));
    await bridge.minutes(2);
    expect(bridge.itsm.performed.map(({ step }) => step.do).slice(1)).toEqual([
      "addComment",
      "addAttachment",
      "addComment",
    ]);
    expect(clientTicket(bridge)?.attachments).toMatchObject([{ fileName: "plan.pdf", size: BYTES.length }]);
    expect(bridge.downloads.opened).toEqual([ADDRESS]);
  });

  it("[T8] is fetched although its ticket is held, and delivered when that is released", async () => {
    const bridge = inMemoryBridge();
    bridge.downloads.serve(ADDRESS, { bytes: BYTES });
    const number = await opened(bridge);
    bridge.itsm.fail("refusal");
    attach(bridge, number);
    await bridge.minutes(2);
    expect(bridge.downloads.opened).toEqual([ADDRESS]);
    await bridge.ledger.release(ensonoLane(number), { who: "ada", why: "mended", now: bridge.clock.now() });
    await bridge.minutes(2);
    expect(clientTicket(bridge)?.attachments).toHaveLength(1);
  });

  it("[T8] [R2] is had after failures, as long as its address lives; its ticket waits, in order", async () => {
    const bridge = inMemoryBridge();
    const down = new TransientError("unavailable", "none", "the bucket is down");
    bridge.downloads.serve(ADDRESS, down, down, { bytes: BYTES });
    attach(bridge, await opened(bridge));
    await bridge.minutes(15);
    expect(clientTicket(bridge)?.attachments).toHaveLength(1);
    expect(clientTicket(bridge)?.comments).toEqual(["before", "after"]);
  });

  it.each<[string, Record<string, unknown>, PermanentError | TransientError]>([
    ["expired", {}, new TransientError("expired", "none", "Request has expired")],
    ["gone", {}, new PermanentError("refused", "it is not there (404)")],
    ["without an address", { attachment: "" }, new PermanentError("refused", "unused")],
  ])("[T8] that is %s becomes a comment, and its ticket goes on", async (_, more, failure) => {
    const bridge = inMemoryBridge();
    bridge.downloads.serve(ADDRESS, failure);
    attach(bridge, await opened(bridge), more);
    await bridge.minutes(3);
    expect(clientTicket(bridge)?.comments).toEqual(["before", expect.stringContaining('"plan.pdf"'), "after"]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[T8] of another size than was announced is not handed on in silence", async () => {
    const bridge = inMemoryBridge();
    bridge.downloads.serve(ADDRESS, { bytes: BYTES });
    attach(bridge, await opened(bridge), { attachmentSize: "999" });
    await bridge.minutes(30);
    expect(clientTicket(bridge)?.attachments).toEqual([]);
    expect(clientTicket(bridge)?.comments).toContainEqual(expect.stringMatching(/plan\.pdf.*999/));
  });

  it("[Q5] that is put on the queue again is not attached again", async () => {
    const bridge = inMemoryBridge();
    bridge.downloads.serve(ADDRESS, { bytes: BYTES });
    const number = await opened(bridge);
    attach(bridge, number);
    await bridge.minutes(2);
    attach(bridge, number);
    await bridge.minutes(2);
    expect(clientTicket(bridge)?.attachments).toHaveLength(1);
  });

  it("[T8] [R1] is fetched and handed on although every wake-up of its transfer gets lost", async () => {
    const bridge = inMemoryBridge();
    bridge.downloads.serve(ADDRESS, { bytes: BYTES });
    attach(bridge, await opened(bridge));
    await bridge.poll();
    bridge.wakeUps.become("lost");
    await bridge.minutes(4);
    bridge.wakeUps.become("working");
    await bridge.minutes(4);
    expect(clientTicket(bridge)?.attachments).toHaveLength(1);
  });
});

describe("a file to Ensono", () => {
  const uploaded = ({ uploads }: InMemoryBridge) =>
    [...uploads.arrived.keys()].map((url) => url.replace(/^.*\/\d+\./, ""));
  const content = BYTES.toString("base64");

  it("[I10] goes after its ticket is created, and after the comment that came with it", async () => {
    const bridge = inMemoryBridge();
    const number = await bridge.open(ticket, {
      comments: [{ id: "c1", body: "see the file" }],
      attachments: [{ fileName: "Plan (1).pdf", content }],
    });
    await bridge.minutes(3);
    expect(bridge.ensono.tickets).toMatchObject([{ clientTicketNumber: number, comments: ["see the file"] }]);
    expect(uploaded(bridge)).toEqual([expect.stringMatching(/^Plan-1-[0-9a-f]{16}\.pdf$/)]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[I10] of the same name as an earlier one gets another name; one with the same id is sent once", async () => {
    const bridge = inMemoryBridge();
    const number = await bridge.open(ticket, { attachments: [{ id: "f1", fileName: "a.txt", content }] });
    await bridge.minutes(2);
    await bridge.change(
      number,
      {},
      {
        attachments: [
          { id: "f1", fileName: "a.txt", content },
          { id: "f2", fileName: "A.TXT", content },
        ],
      },
    );
    await bridge.minutes(2);
    expect(uploaded(bridge)).toEqual(["a.txt", expect.stringMatching(/^A-[0-9a-f]{16}\.TXT$/)]);
  });

  it("[I10] that the client names by its address is fetched first, and its ticket's news do not wait for it", async () => {
    const bridge = inMemoryBridge();
    const url = "https://files.client.com/plan.pdf";
    bridge.downloads.serve(url, new TransientError("unavailable", "none", "down"), { bytes: BYTES });
    await bridge.open(ticket, { attachments: [{ fileName: "plan.pdf", url }] });
    await bridge.minute();
    expect(bridge.ensono.tickets).toHaveLength(1);
    expect(uploaded(bridge)).toEqual([]);
    await bridge.minutes(10);
    expect(uploaded(bridge)).toEqual(["plan.pdf"]);
  });

  it.each([
    ["was never uploaded", { fileName: "plan.pdf", uploadId: "1b4e28ba-2fa1-11d2-883f-0016d3cca427" }],
    ["cannot be fetched", { fileName: "plan.pdf", url: "https://files.client.com/none" }],
    [
      "is a program under another name",
      { fileName: "plan.pdf", content: Buffer.from("MZ\x90\0".padEnd(200, "\0"), "latin1").toString("base64") },
    ],
  ])("[I10] that %s is told of on the client's ticket, which goes on", async (_, attachment) => {
    const bridge = inMemoryBridge();
    const number = await bridge.open(ticket);
    await bridge.minutes(2);
    await bridge.change(number, {}, { attachments: [attachment], comments: [{ id: "c1", body: "with a file" }] });
    await bridge.change(number, { priority: "High" });
    await bridge.minutes(5);
    expect(uploaded(bridge)).toEqual([]);
    expect(clientTicket(bridge)?.comments).toEqual([expect.stringContaining('"plan.pdf" was not sent to Ensono')]);
    expect(bridge.ensono.tickets).toMatchObject([{ comments: ["with a file"], fields: { priority: "2" } }]);
    expect(await bridge.troubles()).toEqual([]);
  });

  it("[I10] whose content does not fit its name is sent, and the mismatch told on the client's ticket", async () => {
    const bridge = inMemoryBridge();
    const zip = Buffer.concat([Buffer.from("PK\x03\x04\x14\0\0\0", "latin1"), Buffer.alloc(200)]);
    const number = await bridge.open(ticket);
    await bridge.minutes(2);
    await bridge.change(number, {}, { attachments: [{ fileName: "list.csv", content: zip.toString("base64") }] });
    await bridge.minutes(3);
    expect(uploaded(bridge)).toEqual(["list.csv"]);
    expect(clientTicket(bridge)?.comments).toEqual([
      expect.stringMatching(/"list\.csv" was sent to Ensono, but: .*ServiceNow may drop it/),
    ]);
  });
});

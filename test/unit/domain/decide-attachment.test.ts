import { describe, expect, it } from "vitest";
import { decide, type TransactionEvidence } from "../../../lambdas/shared/domain/decide.ts";
import { fileOf } from "../../../lambdas/shared/domain/decide-attachment.ts";
import { fetchFromClient, fetchFromEnsono } from "../../../lambdas/shared/domain/fetch-job.ts";
import { ensonoLane } from "../../../lambdas/shared/domain/lane.ts";
import {
  digest,
  inShort,
  linkedToClient,
  NOW,
  policiesWith,
  readMessage,
  stepsOf,
  ticketView,
} from "../../support/builders.ts";
import { guideMessages } from "../../support/guide-messages.ts";

const example = guideMessages.changeAttachment;
const attachmentWith = (body: Record<string, unknown> = {}) =>
  readMessage({ ...example, Body: { ...example.Body, ...body } });
const stored = { as: "done", file: { key: "attachments/1", size: 138_092, sha256: "0".repeat(64) } } as const;

const decided = (
  evidence: Partial<TransactionEvidence> = {},
  body = {},
  ticket = linkedToClient({ ticketType: "Change" }),
) =>
  decide(attachmentWith(body), ticket, { repeatedNoteIds: [], echoedNotes: [], ...evidence }, policiesWith()).decision;

const commentIn = (...input: Parameters<typeof decided>): string => {
  const [step] = stepsOf(decided(...input));
  return step?.do === "addComment" ? step.comment.body : "no comment";
};

describe("a file of Ensono's", () => {
  it("[T8] [C7] is handed on with its name, type, group, ensonoGroup and attachmentInfo", () => {
    expect(stepsOf(decided({ file: stored }))).toEqual([
      {
        do: "addAttachment",
        attachment: {
          ...stored.file,
          fileName: "rocket.jpg",
          contentType: "image/jpeg",
          group: "CLIENT - Ensono Other",
          ensonoGroup: "Platform BPMDevandSupport",
          info: example.Body.attachmentInfo,
        },
      },
    ]);
  });

  it("[T8] waits for its ticket's turn until it lies in our store", () => {
    expect(inShort(decided())).toBe("wait");
  });

  it("[T8] that could not be had is told of in a comment: its name, why, and where it is", () => {
    const comment = commentIn({ file: { as: "failed", reason: "the address had expired" } });
    for (const told of ["rocket.jpg", "the address had expired", example.Body.attachmentInfo])
      expect(comment).toContain(told);
    expect(comment).not.toContain("X-Amz");
  });

  it("[T8] for which Ensono gave no address is told of in a comment", () => {
    expect(commentIn({}, { attachment: "" })).toContain("no address");
  });

  it("[Q5] that the client has is not handed on again", () => {
    expect(inShort(decided({ file: stored, isRepeatedAttachment: true }))).toBe("ignore");
  });

  it("[T4] of a ticket that was never seen holds the ticket: the message has too few fields to make it from", () => {
    expect(inShort(decided({ file: stored }, {}, ticketView()))).toBe("hold: not-understood");
  });

  it.each([
    ["138092", 138_092],
    ["1,380,923", 1_380_923],
    [138_092, 138_092],
    ["about 5", undefined],
    ["", undefined],
  ])("[Q9] reads the size %j", (attachmentSize, size) => {
    expect(fileOf(attachmentWith({ attachmentSize }).body).size).toBe(size);
  });
});

describe("what is to be fetched", () => {
  const of = { lane: ensonoLane("e-CHG0032103"), order: "1", nth: 0, givenAt: NOW };

  it("[T8] is what the transaction names, until its address dies, under a key of ours", () => {
    const job = fetchFromEnsono(attachmentWith().body, of, digest);
    expect(job).toMatchObject({
      url: example.Body.attachment,
      expectedSize: 138_092,
      contentType: "image/jpeg",
      goodUntil: Date.parse("2023-02-08T19:22:43Z"),
    });
    expect(job?.kind === "fetch" && job.key).toMatch(/^attachments\/[\w-]{16}$/);
  });

  it("[T8] nothing, where there is no address", () => {
    expect(fetchFromEnsono(attachmentWith({ attachment: null }).body, of, digest)).toBeUndefined();
  });

  it("[I10] is what the client's event names by its address", () => {
    const url = "https://files.client.com/a.pdf";
    expect(fetchFromClient({ fileName: "a.pdf", url }, of, digest)).toMatchObject({ url, from: "client" });
    expect(fetchFromClient({ fileName: "a.pdf", content: "aGVsbG8=" }, of, digest)).toBeUndefined();
  });
});

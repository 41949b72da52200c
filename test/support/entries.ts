import * as z from "zod";
import type { Entry, EntryContent } from "../../lambdas/shared/domain/entry.ts";
import type { EntryChange } from "../../lambdas/shared/domain/tell-entry.ts";
import { CLIENT_LANE, clientEvent, ENSONO_LANE, messageWith, NOW } from "./builders.ts";

/** Stands for all that a ticket says: wherever it turns up, ticket text does. */
export const PLANTED = "planted ticket text";

export const transactionContent = (...message: Parameters<typeof messageWith>): EntryContent => ({
  kind: "transaction",
  message: z.json().parse(messageWith(...message)),
});

/** An entry that says something in each place where it can. */
export const entryWith = (other: Partial<Entry> = {}): Entry => ({
  lane: ENSONO_LANE,
  order: "000001674864000000#1#m",
  content: transactionContent("Update", { description: PLANTED }),
  receivedAt: NOW,
  status: "done",
  steps: [
    { step: { do: "updateTicket", changed: { description: PLANTED } }, key: "evb_k_0", status: "done" },
    { step: { do: "addComment", comment: { body: PLANTED } }, key: "evb_k_1", status: "done", possibleDouble: true },
  ],
  attempts: 1,
  failure: { code: "refused", message: `no: ${PLANTED}`, since: NOW },
  notes: [`released by ada: ${PLANTED}`],
  finishedAt: NOW + 1500,
  revision: 3,
  ...other,
});

/** An entry of the client's side, with a file of its own. */
export const eventEntryWith = (other: Partial<Entry> = {}): Entry =>
  entryWith({
    lane: CLIENT_LANE,
    content: {
      kind: "event",
      event: clientEvent(
        { description: PLANTED },
        { attachments: [{ fileName: "a.txt", content: btoa("the file's own bytes") }] },
      ),
    },
    ...other,
  });

export const changeOf = (entry: Entry, before: Entry["status"] = "attempting", sequence = "7"): EntryChange => ({
  sequence,
  at: NOW + 2000,
  before,
  entry,
});

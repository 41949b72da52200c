import * as z from "zod";
import type { Notice, NoticeAnswer } from "../../../../lambdas/shared/domain/client-contract.ts";
import type { CallTool } from "../call-tool.ts";
import { performing, type WithFile } from "../performing.ts";
import { fieldsOf, named, noteOf, type Tool, textOf, ticketOf } from "../tool.ts";

/**
 * Freshservice, by its API v2. Statuses and priorities are the words that people see, as Freshservice's placeholders give them.
 * Ensono's number stands in front of the subject: a field of your own for it would have to be made first.
 */

const ticketSchema = z.object({ ticket: z.object({ id: z.number() }) });
const conversationSchema = z.object({ conversation: z.object({ id: z.number() }) });

/** The words that people see, in the API's numbers. */
const statuses = { Open: 2, Pending: 3, Resolved: 4, Closed: 5 } as const;
const priorities = { Low: 1, Medium: 2, High: 3, Urgent: 4 } as const;

/** Freshservice takes HTML; what Ensono sends is text. */
const htmlOf = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br>");

/** Your groups by name, with Freshservice's numbers of them. */
type Groups = Readonly<Record<string, number>>;

const ticketFields = (notice: Notice, groups: Groups): Record<string, unknown> => {
  const fields = fieldsOf(notice);
  const [subject, description] = [textOf(fields.shortDescription), textOf(fields.description)];
  const values = {
    subject: subject === undefined ? undefined : `[${notice.data.ensonoTicketNumber}] ${subject}`,
    description: description === undefined ? undefined : htmlOf(description),
    status: named(statuses, fields.status),
    priority: named(priorities, fields.priority),
    group_id: named(groups, fields.group),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
};

export const freshservice = ({
  call,
  send,
  requesterEmail,
  groups,
}: {
  call: CallTool;
  send: typeof fetch;
  /** Freshservice wants a requester for each ticket. */
  requesterEmail: string;
  groups: Groups;
}): Tool => {
  const hasPlace = (field: string, value: unknown): boolean =>
    ["shortDescription", "description"].includes(field) ||
    (field === "status" && named(statuses, value) !== undefined) ||
    (field === "priority" && named(priorities, value) !== undefined) ||
    (field === "group" && named(groups, value) !== undefined);

  const create = async (notice: Notice): Promise<NoticeAnswer> => {
    const fields = ticketFields(notice, groups);
    const note = noteOf(notice, hasPlace);
    const described = [textOf(fields.description) ?? "(no description)", ...(note === undefined ? [] : [htmlOf(note)])];
    const answer = await call("POST", "/api/v2/tickets", {
      subject: notice.data.ensonoTicketNumber,
      status: 2,
      priority: 2,
      ...fields,
      description: described.join("<br><br>"),
      email: requesterEmail,
      type: notice.data.ticketType === "Request" ? "Service Request" : "Incident",
    });
    return { clientTicketNumber: String(ticketSchema.parse(answer).ticket.id) };
  };

  const pathOf = (notice: Notice) => `/api/v2/tickets/${encodeURIComponent(ticketOf(notice))}`;

  const addNote = async (notice: Notice, text: string): Promise<NoticeAnswer> => {
    const answer = await call("POST", `${pathOf(notice)}/notes`, { body: htmlOf(text), private: false });
    return { commentId: String(conversationSchema.parse(answer).conversation.id) };
  };

  const addFile = async (notice: WithFile, file: Blob): Promise<NoticeAnswer> => {
    const { fileName } = notice.data.attachment;
    const form = new FormData();
    form.set("body", `File from Ensono: ${htmlOf(fileName)}`);
    form.set("private", "false");
    form.set("attachments[]", file, fileName);
    await call("POST", `${pathOf(notice)}/notes`, form);
    return {};
  };

  const update = async (notice: Notice): Promise<NoticeAnswer> => {
    const fields = ticketFields(notice, groups);
    if (Object.keys(fields).length > 0) await call("PUT", pathOf(notice), fields);
    const note = noteOf(notice, hasPlace);
    return note === undefined ? {} : addNote(notice, note);
  };

  const link = (notice: Notice) => addNote(notice, `This ticket is ${notice.data.ensonoTicketNumber} at Ensono.`);

  return {
    hasPlace,
    perform: performing({ create, update, comment: addNote, note: addNote, addFile, link }, send),
    find: async () => "cannot say",
  };
};

import * as z from "zod";
import type { Notice, NoticeAnswer } from "../../../../lambdas/shared/domain/client-contract.ts";
import type { CallTool } from "../call-tool.ts";
import { performing, type WithFile } from "../performing.ts";
import { fieldsOf, named, noteOf, type Tool, textOf, ticketOf } from "../tool.ts";

/**
 * Zendesk Support, by its Ticketing API. Statuses and priorities are the words that people see, as Zendesk's placeholders
 * give them. Ensono's number is the ticket's external id.
 */

const numbered = z.object({ id: z.number() });
const ticketSchema = z.object({ ticket: numbered });
const listSchema = z.object({ tickets: z.array(numbered) });
const auditSchema = z.object({
  audit: z.object({ events: z.array(z.looseObject({ id: z.number(), type: z.string() })) }).optional(),
});
const uploadSchema = z.object({ upload: z.object({ token: z.string() }) });

/** The words that people see, in the API's. Zendesk closes what is solved by itself, and takes nothing more for a closed ticket. */
const statuses = {
  New: "new",
  Open: "open",
  Pending: "pending",
  "On-hold": "hold",
  Solved: "solved",
  Closed: "solved",
} as const;
const priorities = { Low: "low", Normal: "normal", High: "high", Urgent: "urgent" } as const;

/** A second ticket for the same one of Ensono's has an external id of its own. */
const externalIdOf = ({ data }: Notice): string =>
  "replaces" in data && data.replaces !== undefined
    ? `${data.ensonoTicketNumber} ${data.replaces}`
    : data.ensonoTicketNumber;

/** Your groups by name, with Zendesk's numbers of them. */
type Groups = Readonly<Record<string, number>>;

const ticketFields = (notice: Notice, groups: Groups): Record<string, unknown> => {
  const fields = fieldsOf(notice);
  const values = {
    subject: textOf(fields.shortDescription),
    status: named(statuses, fields.status),
    priority: named(priorities, fields.priority),
    group_id: named(groups, fields.group),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
};

export const zendesk = ({ call, send, groups }: { call: CallTool; send: typeof fetch; groups: Groups }): Tool => {
  /** Zendesk keeps the description as the ticket's first comment: a later one cannot take its place. */
  const hasPlace = (field: string, value: unknown): boolean =>
    field === "shortDescription" ||
    (field === "status" && named(statuses, value) !== undefined) ||
    (field === "priority" && named(priorities, value) !== undefined) ||
    (field === "group" && named(groups, value) !== undefined);

  const create = async (notice: Notice): Promise<NoticeAnswer> => {
    const description = textOf(fieldsOf(notice).description) ?? "(no description)";
    const note = noteOf(notice, (field, value) => field === "description" || hasPlace(field, value));
    const answer = await call("POST", "/api/v2/tickets", {
      ticket: {
        ...ticketFields(notice, groups),
        external_id: externalIdOf(notice),
        type: notice.data.ticketType === "Change" ? "task" : "incident",
        comment: { body: [description, ...(note === undefined ? [] : [note])].join("\n\n") },
      },
    });
    return { clientTicketNumber: String(ticketSchema.parse(answer).ticket.id) };
  };

  const update = async (notice: Notice, change: object): Promise<NoticeAnswer> => {
    const answer = await call("PUT", `/api/v2/tickets/${encodeURIComponent(ticketOf(notice))}`, { ticket: change });
    const comment = auditSchema.parse(answer).audit?.events.find(({ type }) => type === "Comment");
    return comment === undefined ? {} : { commentId: String(comment.id) };
  };

  const comment = (notice: Notice, body: string) => update(notice, { comment: { body, public: true } });
  const note = (notice: Notice, body: string) => update(notice, { comment: { body, public: false } });

  const addFile = async (notice: WithFile, file: Blob): Promise<NoticeAnswer> => {
    const { fileName, contentType } = notice.data.attachment;
    const path = `/api/v2/uploads?filename=${encodeURIComponent(fileName)}`;
    const { upload } = uploadSchema.parse(await call("POST", path, file, { "content-type": contentType }));
    const body = `File from Ensono: ${fileName}`;
    return update(notice, { comment: { body, public: false, uploads: [upload.token] } });
  };

  const updateFields = (notice: Notice) => {
    const body = noteOf(notice, hasPlace);
    const withNote = body === undefined ? {} : { comment: { body, public: false } };
    return update(notice, { ...ticketFields(notice, groups), ...withNote });
  };

  const link = (notice: Notice) => update(notice, { external_id: notice.data.ensonoTicketNumber });

  return {
    hasPlace,
    perform: performing({ create, update: updateFields, comment, note, addFile, link }, send),

    async find(notice) {
      if (notice.type !== "ticket.created" && notice.type !== "change.created") return "cannot say";
      const found = await call("GET", `/api/v2/tickets?external_id=${encodeURIComponent(externalIdOf(notice))}`);
      const [ticket] = listSchema.parse(found).tickets;
      return ticket === undefined ? "nothing" : { clientTicketNumber: String(ticket.id) };
    },
  };
};

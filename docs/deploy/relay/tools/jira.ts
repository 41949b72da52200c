import * as z from "zod";
import type { Notice, NoticeAnswer } from "../../../../lambdas/shared/domain/client-contract.ts";
import type { CallTool } from "../call-tool.ts";
import { performing, type WithFile } from "../performing.ts";
import { fieldsOf, noteOf, type Tool, ToolError, textOf, ticketOf } from "../tool.ts";

/**
 * Jira Service Management (Cloud), by Jira's REST API v2, which takes texts as texts. Statuses are those that a transition of your
 * workflow leads to, priorities Jira's names (`mappings.toClient`). Ensono's number is a label.
 */

const issueSchema = z.object({ key: z.string() });
const commentSchema = z.object({ id: z.string() });
const transitionsSchema = z.object({
  transitions: z.array(z.object({ id: z.string(), to: z.object({ name: z.string() }) })),
});
const statusSchema = z.object({ fields: z.object({ status: z.object({ name: z.string() }) }) });

const hasPlace = (field: string): boolean => ["shortDescription", "description", "status", "priority"].includes(field);

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const issueFields = (notice: Notice): Record<string, unknown> => {
  const fields = fieldsOf(notice);
  return {
    ...(textOf(fields.shortDescription) && { summary: fields.shortDescription }),
    ...(textOf(fields.description) && { description: fields.description }),
    ...(textOf(fields.priority) && { priority: { name: fields.priority } }),
  };
};

export const jira = ({
  call,
  send,
  project,
  issueTypes,
}: {
  call: CallTool;
  send: typeof fetch;
  /** The project's key. */
  project: string;
  /** The names of your issue types, for each of Ensono's kinds of tickets. */
  issueTypes: Readonly<Record<"Incident" | "Request" | "Change", string>>;
}): Tool => {
  const pathOf = (notice: Notice) => `/rest/api/2/issue/${encodeURIComponent(ticketOf(notice))}`;

  const create = async (notice: Notice): Promise<NoticeAnswer> => {
    const kind = z.enum(["Incident", "Request", "Change"]).catch("Incident").parse(notice.data.ticketType);
    const fields = issueFields(notice);
    // A new issue has the status in which its workflow begins; Ensono's stands in the description.
    const note = noteOf(notice, (field) => field !== "status" && hasPlace(field));
    const answer = await call("POST", "/rest/api/2/issue", {
      fields: {
        summary: notice.data.ensonoTicketNumber,
        ...fields,
        description: [textOf(fields.description) ?? "", ...(note === undefined ? [] : [note])].join("\n\n").trim(),
        project: { key: project },
        issuetype: { name: issueTypes[kind] },
        labels: [notice.data.ensonoTicketNumber],
      },
    });
    return { clientTicketNumber: issueSchema.parse(answer).key };
  };

  const addComment = async (notice: Notice, body: string): Promise<NoticeAnswer> => {
    const answer = await call("POST", `${pathOf(notice)}/comment`, { body });
    return { commentId: commentSchema.parse(answer).id };
  };

  /** Moves the issue along the one transition that leads to this status; it may be there already. */
  const moveTo = async (notice: Notice, status: string): Promise<void> => {
    const { transitions } = transitionsSchema.parse(await call("GET", `${pathOf(notice)}/transitions`));
    const transition = transitions.find(({ to }) => isSame(to.name, status));
    if (transition !== undefined) {
      await call("POST", `${pathOf(notice)}/transitions`, { transition: { id: transition.id } });
      return;
    }
    const now = statusSchema.parse(await call("GET", `${pathOf(notice)}?fields=status`)).fields.status.name;
    if (isSame(now, status)) return;
    throw new ToolError("none", 422, `${ticketOf(notice)}: no transition leads from "${now}" to "${status}"`);
  };

  const addFile = async (notice: WithFile, file: Blob): Promise<NoticeAnswer> => {
    const form = new FormData();
    form.set("file", file, notice.data.attachment.fileName);
    await call("POST", `${pathOf(notice)}/attachments`, form, { "x-atlassian-token": "no-check" });
    return {};
  };

  const update = async (notice: Notice): Promise<NoticeAnswer> => {
    const fields = issueFields(notice);
    if (Object.keys(fields).length > 0) await call("PUT", pathOf(notice), { fields });
    const status = textOf(fieldsOf(notice).status);
    if (status !== undefined) await moveTo(notice, status);
    const note = noteOf(notice, hasPlace);
    return note === undefined ? {} : addComment(notice, note);
  };

  const link = async (notice: Notice): Promise<NoticeAnswer> => {
    await call("PUT", pathOf(notice), { update: { labels: [{ add: notice.data.ensonoTicketNumber }] } });
    return {};
  };

  return {
    hasPlace,
    perform: performing({ create, update, comment: addComment, note: addComment, addFile, link }, send),
    find: async () => "cannot say",
  };
};

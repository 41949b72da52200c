import type { AttachedFile } from "./attached-file.ts";
import type { Json } from "./queue-message.ts";
import { shownText, type TicketRecord } from "./tickets.ts";

/** The answer to GET /tickets/{n} in the guide's shape, with the fields that this simulator knows. */
export function getTicketResponse(ticket: TicketRecord): Json {
  const ticketFields = serviceNowFields(ticket);
  return {
    Response: {
      task_ci: {},
      attachments: Object.fromEntries(ticket.files.map((file) => [file.fileId, attachmentFields(file)])),
      comments: Object.fromEntries(
        ticket.comments.map((comment) => [
          comment.id,
          { element: "comments", name: "sn_customerservice_case", sys_id: comment.id, value: shownText(comment) },
        ]),
      ),
      incident: ticketFields,
      case: ticketFields,
      u_task_integ: {},
    },
  };
}

/** The hash is ServiceNow's sha256 of the file; `u_public` is what Ensono's people tick. */
const attachmentFields = (file: AttachedFile): Record<string, Json> => ({
  content_type: file.contentType,
  file_name: file.fileName,
  hash: file.sha256 ?? "",
  size_bytes: String(file.size),
  state: "Available",
  sys_created_on: serviceNowTime(file.attachedAt),
  sys_id: file.fileId,
  table_name: "sn_customerservice_case",
  u_public: String(file.from === "Ensono" && file.isPublic),
});

/** ServiceNow's own number has no `e-`, and its times have a blank where ISO 8601 has a T. */
const serviceNowFields = (ticket: TicketRecord): Record<string, Json> => ({
  number: ticket.ticketNumber.replace(/^e-/, ""),
  short_description: ticket.shortDescription,
  description: ticket.description,
  state: ticket.status,
  priority: ticket.priority,
  impact: ticket.impact,
  urgency: ticket.urgency,
  assignment_group: ticket.group,
  category: ticket.category,
  cmdb_ci: ticket.cis,
  contact: ticket.contactName,
  opened_at: serviceNowTime(ticket.openedTime),
  sys_updated_on: serviceNowTime(ticket.updatedOn),
  sys_class_name: "sn_customerservice_case",
  u_case_type: ticket.ticketType,
  x_aito_data_sync_client_number: ticket.clientTicketNumber,
  closeNotes: ticket.closeNotes,
});

const serviceNowTime = (utc: string): string => utc.replace("T", " ").replace("Z", "");

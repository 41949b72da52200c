import { type ChangeState, type ChangeType, changeStates, changeTypes } from "./ensono-ticket.ts";
import type { Json } from "./ensono-transaction.ts";

/** Words of Ensono's changes, read as they come (Q9): the guide's text and its examples spell some of them differently. */

const lettersOf = (value: Json | undefined): string =>
  typeof value === "string" ? value.toLowerCase().replaceAll(/[\s_-]/g, "") : "";

const otherStates: Readonly<Record<string, ChangeState>> = {
  draft: "New",
  canceled: "Cancelled",
  implementation: "Implement",
};

/** Reads a state of a change; undefined when it is none of the guide's. */
export const readChangeState = (value: Json | undefined): ChangeState | undefined =>
  otherStates[lettersOf(value)] ?? changeStates.find((state) => state.toLowerCase() === lettersOf(value));

/** Reads a type of a change; undefined when it is none of the guide's. */
export const readChangeType = (value: Json | undefined): ChangeType | undefined =>
  changeTypes.find((type) => type.toLowerCase() === lettersOf(value));

const approvals: Readonly<Record<string, string>> = {
  approved: "Approved",
  rejected: "Rejected",
  requested: "Requested",
  notrequested: "Not Yet Requested",
  notyetrequested: "Not Yet Requested",
};

/** Gives the guide's word for how far Ensono's approval is; undefined when it is none of the guide's. */
export const readApproval = (value: Json | undefined): string | undefined => approvals[lettersOf(value)];

import { readApproval, readChangeState } from "./change-words.ts";
import type { ClientTicket } from "./client-contract.ts";
import type { BridgeConfig, Mapping } from "./config.ts";
import type { EnsonoFields } from "./ensono-ticket.ts";
import { ensonoStatuses, type TicketType, ticketTypeSchema, ticketTypes } from "./ensono-ticket.ts";
import { type EnsonoBody, type Json, readStatus } from "./ensono-transaction.ts";
import { withoutExtraFields } from "./extra-fields.ts";
import type { ClientFields } from "./steps.ts";
import { localise, readUtc } from "./times.ts";

/** Translates ticket fields between the client's words and Ensono's (I6). A value without a translation is noted. */

export const KEEP = "keep";

/** Looks through the table's own words alone: a value may be called as something that every object has. */
const find = (values: Readonly<Record<string, string>>, value: string): string | undefined => {
  const words = Object.entries(values);
  const [, found] =
    words.find(([word]) => word === value) ?? words.find(([word]) => word.toLowerCase() === value.toLowerCase()) ?? [];
  return found;
};

/** The table's word for a value, `own` words standing for themselves; where it names none, `otherwise`. */
export const wordIn = (table: Mapping, value: string, own: readonly string[] = []): string =>
  namedIn(table, value, own) ?? (table.otherwise === KEEP ? value : table.otherwise);

const namedIn = ({ values }: Mapping, value: string, own: readonly string[]): string | undefined =>
  find(values, value) ?? own.find((word) => word.toLowerCase() === value.toLowerCase());

/** What was odd about a translation: in words, and the fields whose value is in no table. */
interface Findings {
  readonly notes: string[];
  readonly unmapped: string[];
}

const translate = (field: string, value: string, table: Mapping, own: readonly string[], found: Findings): string => {
  const word = wordIn(table, value, own);
  if (namedIn(table, value, own) === undefined && table.otherwise !== KEEP) {
    found.notes.push(`${field} "${value}" is not in the mapping table: "${word}" is used`);
    found.unmapped.push(field);
  }
  return word;
};

const passOn = (field: string, value: string, found: Findings): string => {
  found.notes.push(`${field} "${value}" is none of the guide's: it is passed on as it is`);
  found.unmapped.push(field);
  return value;
};

export const PRIORITIES = ["1", "2", "3", "4"];
export const LEVELS = ["1", "2", "3"];

/** The fields that Ensono has a place for, in Ensono's words; the config chose priority, or impact and urgency (E9). */
export const toEnsonoFields = (
  ticket: ClientTicket,
  config: Pick<BridgeConfig, "mappings" | "policies">,
): { fields: EnsonoFields } & Findings => {
  const { toEnsono } = config.mappings;
  const found: Findings = { notes: [], unmapped: [] };
  const fields: EnsonoFields = {};
  const put = (field: keyof EnsonoFields, value: string | undefined): void => {
    if (value !== undefined) Object.assign(fields, { [field]: value });
  };
  const mapped = (field: Exclude<keyof typeof toEnsono, "ticketType">, own: readonly string[]): string | undefined => {
    const value = ticket[field];
    return value === undefined ? undefined : translate(field, value.trim(), toEnsono[field], own, found);
  };

  put("status", mapped("status", ensonoStatuses));
  if (config.policies.severity === "priority") put("priority", mapped("priority", PRIORITIES));
  else {
    put("impact", mapped("impact", LEVELS));
    put("urgency", mapped("urgency", LEVELS));
  }
  put("group", mapped("group", []));
  put("cis", ticket.cis?.map((ci) => ci.trim()).join(","));
  put("contactName", ticket.contactName);
  put("contactPhone", ticket.contactPhone);
  put("contactEmail", ticket.contactEmail);
  put("shortDescription", ticket.shortDescription);
  put("description", ticket.description);
  put("closeNotes", ticket.closeNotes?.trim() || undefined);
  return { fields, ...found };
};

/**
 * Which kind of ticket the client's word means. A word that nobody has thought of changes nothing about a ticket whose kind is
 * known; else the default stands for it.
 */
export const toEnsonoTicketType = (
  word: string,
  known: TicketType | undefined,
  { mappings: { toEnsono } }: Pick<BridgeConfig, "mappings">,
): { ticketType: TicketType } & Findings => {
  const { values, otherwise } = toEnsono.ticketType;
  const table = { values, otherwise: known ?? otherwise };
  const found: Findings = { notes: [], unmapped: [] };
  return { ticketType: ticketTypeSchema.parse(translate("ticketType", word, table, ticketTypes, found)), ...found };
};

/** Fields that say whose ticket it is or carry the transaction, and are not the ticket's own. */
const notOfTheTicket = new Set(["clientName", "clientTicketNumber", "ticketNumber", "ticketType", "changed", "notes"]);
/** Whether a field of a transaction's body belongs to the ticket. */
export const isOfTheTicket = (name: string): boolean => !notOfTheTicket.has(name);
const timeName = /(?:Time|Date|At|On)$/;

const toClientValue = (
  name: string,
  value: Json,
  config: Pick<BridgeConfig, "mappings" | "policies">,
  found: Findings,
): Json => {
  if (name === "cis" && typeof value === "string") return listOf(value);
  if (typeof value !== "string" || value === "") return value;
  const { toClient } = config.mappings;
  switch (name) {
    case "status": {
      const status = readStatus(value);
      if (status !== undefined) return toClient.status[status];
      return passOn(name, value, found);
    }
    case "state": {
      const state = readChangeState(value);
      if (state !== undefined) return toClient.changeState[state];
      return passOn(name, value, found);
    }
    case "approval":
      return readApproval(value) ?? value;
    case "description":
      return withoutExtraFields(value);
    case "priority":
    case "group":
    case "category":
      return translate(name, value, toClient[name], [], found);
    case "closeCode":
      return translate(name, value.replace(/\*$/, ""), toClient.closeCode, [], found);
    default: {
      const epochMs = timeName.test(name) ? readUtc(value) : undefined;
      return epochMs === undefined ? value : { ...localise(epochMs, config.policies.timeZone) };
    }
  }
};

const listOf = (commaSeparated: string): string[] =>
  commaSeparated
    .split(",")
    .map((ci) => ci.trim())
    .filter((ci) => ci !== "");

/** A body of Ensono, or its `changed`, in the client's words: identity left out, times localised (T9), the rest passed through. */
export const toClientFields = (
  body: EnsonoBody,
  config: Pick<BridgeConfig, "mappings" | "policies">,
): { fields: ClientFields } & Findings => {
  const found: Findings = { notes: [], unmapped: [] };
  const fields: ClientFields = {};
  for (const [name, value] of Object.entries(body)) {
    if (!notOfTheTicket.has(name)) fields[name] = toClientValue(name, value, config, found);
  }
  return { fields, ...found };
};

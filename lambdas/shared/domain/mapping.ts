import type { ClientTicket } from "./client-contract.ts";
import type { BridgeConfig, Mapping } from "./config.ts";
import type { EnsonoFields } from "./ensono-ticket.ts";
import { ensonoStatuses } from "./ensono-ticket.ts";
import { type EnsonoBody, type Json, readStatus } from "./ensono-transaction.ts";
import type { ClientFields } from "./steps.ts";
import { localise, readUtc } from "./times.ts";

/** Translates ticket fields between the client's words and Ensono's (I6). A value without a translation is noted. */

const KEEP = "keep";

const find = (values: Readonly<Record<string, string>>, value: string): string | undefined =>
  values[value] ?? Object.entries(values).find(([word]) => word.toLowerCase() === value.toLowerCase())?.[1];

const translate = (field: string, value: string, table: Mapping, own: readonly string[], notes: string[]): string => {
  const found = find(table.values, value) ?? own.find((word) => word === value.toLowerCase());
  if (found !== undefined) return found;
  if (table.otherwise === KEEP) return value;
  notes.push(`${field} "${value}" is not in the mapping table: "${table.otherwise}" is used`);
  return table.otherwise;
};

const PRIORITIES = ["1", "2", "3", "4"];
const LEVELS = ["1", "2", "3"];

/** The fields that Ensono has a place for, in Ensono's words; the config chose priority, or impact and urgency (E9). */
export const toEnsonoFields = (
  ticket: ClientTicket,
  config: Pick<BridgeConfig, "mappings" | "policies">,
): { fields: EnsonoFields; notes: string[] } => {
  const { toEnsono } = config.mappings;
  const notes: string[] = [];
  const fields: EnsonoFields = {};
  const put = (field: keyof EnsonoFields, value: string | undefined): void => {
    if (value !== undefined) Object.assign(fields, { [field]: value });
  };
  const mapped = (field: keyof typeof toEnsono, own: readonly string[]): string | undefined => {
    const value = ticket[field];
    return value === undefined ? undefined : translate(field, value.trim(), toEnsono[field], own, notes);
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
  return { fields, notes };
};

/** Fields that say whose ticket it is or carry the transaction, and are not the ticket's own. */
const notOfTheTicket = new Set(["clientName", "clientTicketNumber", "ticketNumber", "ticketType", "changed", "notes"]);
const timeName = /(?:Time|Date|At|On)$/;

const toClientValue = (
  name: string,
  value: Json,
  config: Pick<BridgeConfig, "mappings" | "policies">,
  notes: string[],
): Json => {
  if (name === "cis" && typeof value === "string") return value === "" ? [] : value.split(",").map((ci) => ci.trim());
  if (name === "cis" && typeof value === "string") return listOf(value);
  if (typeof value !== "string" || value === "") return value;
  const { toClient } = config.mappings;
  switch (name) {
    case "status": {
      const status = readStatus(value);
      if (status !== undefined) return toClient.status[status];
      notes.push(`status "${value}" is none of the guide's: it is passed on as it is`);
      return value;
    }
    case "priority":
    case "group":
      return translate(name, value, toClient[name], [], notes);
    case "closeCode":
      return translate(name, value.replace(/\*$/, ""), toClient.closeCode, [], notes);
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
): { fields: ClientFields; notes: string[] } => {
  const notes: string[] = [];
  const fields: ClientFields = {};
  for (const [name, value] of Object.entries(body)) {
    if (!notOfTheTicket.has(name)) fields[name] = toClientValue(name, value, config, notes);
  }
  return { fields, notes };
};

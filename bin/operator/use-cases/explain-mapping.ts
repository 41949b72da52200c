import type { BridgeConfig, Mapping } from "../../../lambdas/shared/domain/config.ts";
import { ensonoStatuses } from "../../../lambdas/shared/domain/ensono-ticket.ts";
import type { Side } from "../../../lambdas/shared/domain/lane.ts";
import { KEEP, LEVELS, PRIORITIES, wordIn } from "../../../lambdas/shared/domain/mapping.ts";

/** What was said of a field, and what was put on the other side. */
export interface Translation {
  readonly name: string;
  readonly said: unknown;
  readonly put: unknown;
  readonly from: Side;
}

/** By which rule of `bridge.config.ts` the one became the other, in words; nothing where they are the same or no table is about it. */
export const whyMapped = ({ name, said, put, from }: Translation, config: BridgeConfig): string[] => {
  if (said === undefined && put !== undefined) return from === "client" ? [whyUnsaid(name, put, config)].flat() : [];
  if (typeof said !== "string" || typeof put !== "string") return [];
  const table = from === "client" ? toEnsono(name, config) : toClient(name, config);
  if (table === undefined) return [];
  const { path, mapping, own = [] } = table;
  const word = said.trim();
  const row = Object.keys(mapping.values).find((value) => value.toLowerCase() === word.toLowerCase());
  if (wordIn(mapping, word, own) !== put) {
    return [`${path} says ${quoted(wordIn(mapping, word, own))} for ${quoted(word)} today; it was put otherwise then`];
  }
  if (row !== undefined) return [`${path} maps ${quoted(row)} to ${quoted(put)}`];
  if (own.includes(word.toLowerCase())) return [`${quoted(word)} is Ensono's own word`];
  if (mapping.otherwise === KEEP) return [`${path} has no row for ${quoted(word)}: it is passed on as it is`];
  return [`${path} has no row for ${quoted(word)}: its otherwise ${quoted(mapping.otherwise)} is used`];
};

interface Table {
  readonly path: string;
  readonly mapping: Mapping;
  readonly own?: readonly string[];
}

const toEnsono = (name: string, { mappings: { toEnsono: tables } }: BridgeConfig): Table | undefined => {
  const path = `mappings.toEnsono.${name}`;
  switch (name) {
    case "status":
      return { path, mapping: tables.status, own: ensonoStatuses };
    case "priority":
      return { path, mapping: tables.priority, own: PRIORITIES };
    case "impact":
    case "urgency":
      return { path, mapping: tables[name], own: LEVELS };
    case "group":
      return { path, mapping: tables.group };
    default:
      return undefined;
  }
};

const toClient = (name: string, { mappings: { toClient: tables } }: BridgeConfig): Table | undefined => {
  switch (name) {
    case "status":
      return { path: "mappings.toClient.status", mapping: { values: tables.status, otherwise: KEEP } };
    case "state":
      return { path: "mappings.toClient.changeState", mapping: { values: tables.changeState, otherwise: KEEP } };
    case "priority":
    case "group":
    case "closeCode":
    case "category":
      return { path: `mappings.toClient.${name}`, mapping: tables[name] };
    default:
      return undefined;
  }
};

/** What the client did not say and Ensono asks for, the configuration says. */
const whyUnsaid = (name: string, put: unknown, { mappings, ensono }: BridgeConfig): string[] => {
  if (name === "contactName" || name === "contactEmail") return ["not said: policies.defaultContact stands in"];
  if (name === "closeNotes") return ["not said: policies.defaultCloseNotes stands in"];
  if (name === "description") return ["not said: the short description stands in"];
  if (name === "group" && put === ensono.defaultGroup)
    return ["ensono.defaultGroup is put in place of a group that Ensono does not know"];
  if (name === "priority" || name === "impact" || name === "urgency") {
    const { otherwise } = mappings.toEnsono[name];
    return [
      `not said: every create says how severe it is (policies.severity), and mappings.toEnsono.${name} says ${quoted(otherwise)} otherwise`,
    ];
  }
  return name === "status" ? ["said by what was done: resolving and closing are calls of their own"] : [];
};

const quoted = (word: string): string => `"${word}"`;

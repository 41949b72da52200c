import type { BridgeConfig } from "./config.ts";
import { type EnsonoComment, ensonoFieldsSchema } from "./ensono-ticket.ts";
import { inWords } from "./in-words.ts";
import { findOverLong } from "./limits.ts";
import { BRIDGE } from "./steps.ts";

/**
 * Fields of the client that Ensono has no place for (I7; guide, "Appending Custom or Extra Fields"): told under a label of the config, in
 * a comment or behind the description.
 */

type Config = Pick<BridgeConfig, "policies">;
type Texts = Readonly<Record<string, string>>;

/** The lines around the block behind a description: what stands between them is ours and not an agent's. */
const BEGIN = "-- Further fields --";
const END = "-- End of further fields --";

/** Names of the config's extra fields that Ensono has a place for after all; they are sent as what they are. */
export const fieldsWithPlace = ({ policies: { extraFields, severity } }: Config): string[] => {
  const elsewhere = severity === "priority" ? ["impact", "urgency"] : ["priority"];
  return Object.keys(extraFields.fields).filter(
    (name) => Object.hasOwn(ensonoFieldsSchema.shape, name) && !elsewhere.includes(name),
  );
};

/** The value of each of the config's extra fields that the ticket has, as text. */
export const extraFieldsOf = (
  ticket: Readonly<Record<string, unknown>>,
  { policies }: Config,
): Record<string, string> =>
  Object.fromEntries(
    Object.keys(policies.extraFields.fields).flatMap((name) =>
      ticket[name] === undefined ? [] : [[name, inWords(ticket[name])] as const],
    ),
  );

const LONGEST_KEPT = 1000;

/** What is kept of them for a description that changes later; undefined where nothing will be asked for. */
export const keptExtraFields = (extras: Texts, { policies }: Config): Record<string, string> | undefined => {
  if (policies.extraFields.tell === "as-comment" || Object.keys(extras).length === 0) return undefined;
  const isLong = (text: string) => text.length > LONGEST_KEPT;
  return Object.fromEntries(
    Object.entries(extras).map(([name, text]) => [
      name,
      isLong(text) ? `${text.slice(0, LONGEST_KEPT).toWellFormed()} …` : text,
    ]),
  );
};

/** A field that was emptied is told, too, where it is told by itself. */
const linesOf = (extras: Texts, { policies }: Config, empty?: string): string =>
  Object.entries(policies.extraFields.fields)
    .flatMap(([name, label]) => {
      const text = extras[name] === undefined ? undefined : extras[name] || empty;
      // Indented, no line of a value can be taken for one of the block's ends.
      return text === undefined ? [] : [`${label}: ${text.replaceAll("\n", "\n  ")}`];
    })
    .join("\n");

/**
 * What to send of them: in the description where it is known and one of both has changed, else in a comment; also where the two
 * together are longer than Ensono takes, so that the block is there as a whole or not at all.
 *
 * @param description as the event gives it, and as far as it has changed.
 */
export const tellExtraFields = (
  description: { given: string | undefined; changed: string | undefined },
  extras: { changed: Texts; all: Texts },
  config: Config,
): { description?: string; comments: EnsonoComment[] } => {
  const hasChanged = Object.keys(extras.changed).length > 0;
  const known = description.changed ?? (hasChanged ? description.given : undefined);
  if (config.policies.extraFields.tell === "as-comment" || known === undefined) {
    return { comments: hasChanged ? commentOf(linesOf(extras.changed, config, "(empty)")) : [] };
  }
  const own = withoutExtraFields(known);
  const lines = linesOf(extras.all, config);
  if (lines === "") return { description: own, comments: [] };
  const expanded = `${own === "" ? "" : `${own}\n\n`}${BEGIN}\n${lines}\n${END}`;
  return findOverLong({ description: expanded }) === undefined
    ? { description: expanded, comments: [] }
    : { description: own, comments: commentOf(lines) };
};

const commentOf = (body: string): EnsonoComment[] => [{ body, commenter: BRIDGE }];

/** A description without the block that we once put behind it: "updates back to the client may include the expanded description". */
export const withoutExtraFields = (description: string): string => {
  const lines = description.split("\n");
  const begin = lines.findIndex((line) => line.trimEnd() === BEGIN);
  const end = lines.findIndex((line, place) => place > begin && line.trimEnd() === END);
  if (begin < 0 || end < 0) return description;
  const before = lines[begin - 1]?.trim() === "" ? lines.slice(0, begin - 1) : lines.slice(0, begin);
  return [...before, ...lines.slice(end + 1)].join("\n").replace(/\r$/, "");
};

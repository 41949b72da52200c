import type { EnsonoComment, EnsonoFields } from "./ensono-ticket.ts";
import { sentLength } from "./escaping.ts";

/** Ensono's limits (E8; guide, "Fields for Opening a Ticket"), counted as the text is sent. Nothing is lost to them. */
const fieldLimits = {
  shortDescription: { limit: 160, title: "Short description" },
  description: { limit: 4000, title: "Description" },
  closeNotes: { limit: 4000, title: "Close notes" },
} as const;
const fieldNames = ["shortDescription", "description", "closeNotes"] as const satisfies (keyof typeof fieldLimits)[];

const COMMENT_LIMIT = 4000;
const CONTINUED = " … (continued in comments)";
/** Enough for more parts than the longest string of JavaScript has. */
const PART_LABEL_ROOM = "(999999/999999) ".length;
/** An escape (`\n`) or a surrogate pair; a shorter part could not hold one whole. */
const LONGEST_UNIT = 2;

/**
 * Cuts a text into parts that are at most `limit` long as sent. Joined again, they are the text. Neither a surrogate pair
 * nor an escape is cut in two. A text that fits, also the empty one, is one part.
 *
 * @throws RangeError for a limit below 2.
 */
export const splitText = (text: string, limit: number): string[] => {
  if (limit < LONGEST_UNIT) throw new RangeError(`limit: expected at least ${LONGEST_UNIT}, got ${limit}`);
  const parts: string[] = [];
  let start = 0;
  let end = 0;
  let length = 0;
  for (const character of text) {
    const added = sentLength(character);
    if (length + added > limit) {
      parts.push(text.slice(start, end));
      start = end;
      length = 0;
    }
    end += character.length;
    length += added;
  }
  return [...parts, text.slice(start)];
};

/** Gives the comment itself where it fits, else several of the same commenter, numbered "(1/3) …". Idempotent. */
export const fitComment = (comment: EnsonoComment): EnsonoComment[] => {
  if (sentLength(comment.body) <= COMMENT_LIMIT) return [comment];
  const parts = splitText(comment.body, COMMENT_LIMIT - PART_LABEL_ROOM);
  return parts.map((part, index) => ({ ...comment, body: `(${index + 1}/${parts.length}) ${part}` }));
};

/**
 * Cuts texts that are too long for their field, marks the cut, and gives what was cut off as comments that are to follow.
 * Idempotent. A closed ticket takes no comments: send those of `closeNotes` first.
 */
export const fitTicketTexts = (fields: EnsonoFields): { fields: EnsonoFields; overflow: EnsonoComment[] } => {
  const fitted = { ...fields };
  const overflow: EnsonoComment[] = [];
  for (const name of fieldNames) {
    const text = fields[name];
    const { limit, title } = fieldLimits[name];
    if (text === undefined || sentLength(text) <= limit) continue;
    const [head = ""] = splitText(text, limit - sentLength(CONTINUED));
    fitted[name] = head + CONTINUED;
    overflow.push(...fitComment({ body: `${title}, continued: ${text.slice(head.length)}` }));
  }
  return { fields: fitted, overflow };
};

/** Says what is too long to be sent and by how much; undefined when all fits. */
export const findOverLong = (fields: EnsonoFields, comments: readonly EnsonoComment[] = []): string | undefined => {
  const texts = [
    ...fieldNames.map((name) => ({ at: name, text: fields[name] ?? "", limit: fieldLimits[name].limit })),
    ...comments.map(({ body }, index) => ({ at: `comments[${index}].body`, text: body, limit: COMMENT_LIMIT })),
  ];
  const found = texts.find(({ text, limit }) => sentLength(text) > limit);
  return found && `${found.at}: expected at most ${found.limit} characters as sent, got ${sentLength(found.text)}`;
};

import type { EnsonoComment } from "./ensono-ticket.ts";
import type { Note } from "./ensono-transaction.ts";
import { escapeFreeText, unescapeFreeText } from "./escaping.ts";
import type { Digest } from "./marks.ts";

/**
 * Knows our own comments again when Ensono sends them back (I5). The text alone proves nothing, because a person may write
 * the same; so a footprint of each comment sent says what else its echo must show. One footprint explains one echo.
 */

export const COMMENT_TOKEN = "comment";

/** What we keep of a comment that we send: its text as a digest, and who and when it was said to be from. */
export const evidenceOf = (comment: EnsonoComment, digest: Digest): Record<string, string> => {
  const { commenter, commentTime, commenterEmail, commenterPhone } = comment;
  const told = { commenter, commentTime, commenterEmail, commenterPhone };
  const given = Object.entries(told).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()] as const] : []));
  const sent = asSent(comment.body);
  return { text: digest(sent), length: String(sent.length), ...Object.fromEntries(given) };
};

/** What arrives at Ensono: characters that it cannot take are replaced on the way. */
const asSent = (body: string): string => unescapeFreeText(escapeFreeText(body)) ?? body;

export interface EchoRules {
  /** In `echo`, every comment of ours comes back once, "as if an Ensono user had made the action" (guide, /echo/). */
  environment: "dev" | "echo" | "cert" | "prod";
  /** Names that Ensono shows as commenter for what came over the integration. */
  writesAs: readonly string[];
}

/** Whether the note is the echo of the comment with this evidence. */
export const isEcho = (
  note: Note,
  evidence: Readonly<Record<string, string>>,
  rules: EchoRules,
  digest: Digest,
): boolean => {
  const { text, length, ...told } = evidence;
  const sameText = [note.body, unescapeFreeText(note.body)].some((body) => body !== undefined && digest(body) === text);
  if (sameText) {
    const commenter = note.commenter?.trim() ?? "";
    return rules.environment === "echo" || rules.writesAs.includes(commenter) || commenter === told.commenter;
  }
  // "The commenter fields … if provided will be appended to the body of the comment" (guide, Comments Array Format).
  const appended = note.body.slice(Number(length));
  const values = Object.values(told);
  return (
    values.length > 0 &&
    digest(note.body.slice(0, Number(length))) === text &&
    values.every((value) => appended.includes(value))
  );
};

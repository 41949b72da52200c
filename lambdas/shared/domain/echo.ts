import type { EnsonoComment } from "./ensono-ticket.ts";
import type { Note } from "./ensono-transaction.ts";
import { escapeFreeText, unescapeFreeText } from "./escaping.ts";
import { clientLane, type Lane } from "./lane.ts";
import { type Digest, markOf } from "./marks.ts";

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

export const UPDATE_TOKEN = "update";

/**
 * In `echo` every update of ours comes back once, in the order in which it was sent. There the newest value that was sent is no
 * measure, for later updates may have been sent before the first one comes back: each leaves a footprint of its fields instead.
 */
export const isEchoOfUpdate = (
  changed: Readonly<Record<string, unknown>>,
  sent: Readonly<Record<string, string>>,
  digest: Digest,
): boolean => {
  const names = Object.keys(sent).filter((name) => name in changed);
  return names.length > 0 && names.every((name) => markOf(changed[name], digest) === sent[name]);
};

/**
 * Creates that are under way at the client. Their tickets may come back as events before we know their numbers, and an event of
 * a ticket without a number of Ensono would be opened there. The footprints lie in a lane of their own, some minutes together.
 */
export const UNDER_WAY: Lane = clientLane("*");
export const UNDER_WAY_MS = 5 * 60_000;
export const underWayToken = (at: number): string => `create:${Math.floor(at / UNDER_WAY_MS)}`;

/** Whether an event received at this moment may be of a ticket whose create has this evidence: begun before it, and not long ago. */
export const mayBeOf = (evidence: Readonly<Record<string, string>>, receivedAt: number, now: number): boolean => {
  const begunAt = Number(evidence.begunAt);
  return begunAt <= receivedAt && now - begunAt < UNDER_WAY_MS;
};

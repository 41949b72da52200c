import * as z from "zod";

/** Turns the functions' logs into lines that a person can follow. */

const logSchema = z.object({
  level: z.string(),
  message: z.string(),
  error: z.object({ message: z.string() }).optional(),
  journal: z
    .object({
      lane: z.string().optional(),
      step: z.string().optional(),
      type: z.string().optional(),
      kind: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      number: z.string().optional(),
      notes: z.array(z.string()).optional(),
    })
    .loose()
    .optional(),
});

/** What is worth a line; the rest of the journal is for machines. */
const told: Readonly<Record<string, string>> = {
  received: "received",
  "client event": "received",
  done: "done",
  linked: "linked",
  finished: "nothing to do",
  failed: "failed",
  "put off": "waits",
  held: "HELD",
  quarantined: "QUARANTINED",
  unreadable: "UNREADABLE",
  "not deleted": "comes again",
};

const arrow = (lane: string | undefined): string => {
  if (lane === undefined) return "";
  const [origin, number = ""] = lane.split("#");
  return origin === "ENSONO" ? `Ensono → client  ${number.padEnd(12)}` : `client → Ensono  ${number.padEnd(12)}`;
};

/** One line for one line of a function's log; undefined for what says nothing new. */
export const tell = (text: string, at: Date): string | undefined => {
  const time = at.toTimeString().slice(0, 8);
  const parsed = logSchema.safeParse(jsonOf(text));
  if (!parsed.success) return /Task timed out|Error|exited/.test(text) ? `${time}  !! ${text.trim()}` : undefined;
  const { level, message, journal = {}, error } = parsed.data;
  const what = told[message];
  if (what === undefined) return level === "ERROR" ? `${time}  !! ${message}: ${error?.message ?? ""}` : undefined;
  if (message === "finished" && (journal.notes ?? []).length === 0) return undefined;
  const detail = journal.step ?? journal.type ?? journal.number ?? journal.kind ?? "";
  const why = journal.reason ?? journal.message ?? (journal.notes ?? []).join("; ");
  return `${time}  ${arrow(journal.lane)} ${what.padEnd(13)} ${detail}${why === "" ? "" : `  (${why})`}`.trimEnd();
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

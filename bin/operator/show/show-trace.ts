import { localisedTimeSchema } from "../../../lambdas/shared/domain/steps.ts";
import type { ToldCall, ToldEntry, ToldStep } from "../use-cases/tell-entry.ts";
import type { ToldCommand, ToldLane, Trace } from "../use-cases/trace-ticket.ts";
import { labelled, type Screen } from "./table.ts";
import { cut, type Style, timeOf, visible, when, wrapped } from "./text.ts";

const INDENT = 4;
const LABEL = 9;

/** How much of a text of the ticket is shown without `--full`. */
const EXCERPT = 160;

export interface TraceScreen extends Screen {
  /** Whole texts, in place of how they begin. */
  readonly full: boolean;
}

export const showTrace = (trace: Trace, screen: TraceScreen): string[] => [
  ...headOf(trace, screen),
  ...trace.lanes.flatMap((lane) => laneLines(lane, screen)),
  ...trace.story.flatMap((item) => [
    "",
    ...(item.kind === "entry" ? entryLines(item, screen) : commandLines(item, screen)),
  ]),
];

const headOf = ({ ensonoNumber, clientNumber, formerNumbers, ticketType, status, linkedAt }: Trace, screen: Screen) => {
  const numbers = [ensonoNumber, clientNumber].filter((number) => number !== null).join(" = ");
  const about = [
    ...(ticketType === null ? [] : [ticketType]),
    ...(status === null ? [] : [status]),
    ...(linkedAt === undefined ? ["not linked"] : [`linked since ${when(linkedAt)}`]),
    ...(formerNumbers.length === 0 ? [] : [`before: ${formerNumbers.join(", ")}`]),
    "times in UTC",
  ];
  const title = visible(numbers);
  const [first = "", ...more] = wrapped(visible(about.join(", ")), Math.max(20, screen.columns - title.length - 2));
  return [`${screen.paint("bold", title)}  ${first}`, ...more.map((line) => `${" ".repeat(title.length + 2)}${line}`)];
};

const arrows: Readonly<Record<ToldLane["direction"], string>> = {
  "to-client": "Ensono → client",
  "to-ensono": "client → Ensono",
};

const laneLines = (
  { direction, state, unfinished, notBefore, held, replacedBy, lane }: ToldLane,
  screen: Screen,
): string[] => {
  const waits = unfinished === 0 ? "" : `, ${unfinished} unfinished`;
  const until = notBefore === undefined ? "" : `, not before ${when(notBefore)}`;
  const place = replacedBy === undefined ? "" : `; ${replacedBy} has taken the place of ${lane}`;
  const by = held === undefined ? "" : ` since ${when(held.since)} by ${held.entry}: ${held.code}: ${held.reason}`;
  return labelled(arrows[direction], `${state}${by}${waits}${until}${place}`, 2, 17, screen);
};

const styles: Readonly<Record<ToldEntry["status"], Style>> = {
  done: "green",
  skipped: "yellow",
  held: "red",
  received: "cyan",
  attempting: "cyan",
};

const words: Readonly<Record<ToldEntry["status"], string>> = {
  done: "done",
  skipped: "skipped",
  held: "held",
  received: "waits",
  attempting: "waits",
};

const entryLines = (entry: ToldEntry, screen: TraceScreen): string[] => {
  const { at, direction, what, id, came, notes, failure, steps, files, status, finishedAt, attempts } = entry;
  const { paint } = screen;
  const line = (label: string, text: string) => labelled(label, text, INDENT, LABEL, screen);
  const failed =
    failure === undefined ? [] : line("failed", `${failure.code}: ${failure.message} (since ${when(failure.since)})`);
  // A release begins to count anew, and of very many calls not all are kept.
  const calls = Math.max(
    attempts,
    steps.reduce((sum, step) => sum + step.calls.length, 0),
  );
  const end = [
    words[status],
    ...(finishedAt === undefined ? [] : [when(finishedAt)]),
    ...(calls === 0 ? [] : [calls === 1 ? "after 1 call" : `after ${calls} calls`]),
  ].join(" ");
  return [
    `${when(at)}  ${paint("bold", arrows[direction])}  ${visible(what)}  ${paint("dim", visible(id))}`,
    ...contentLines("came", came.fields, screen),
    ...came.comments.flatMap((text) => line("comment", excerpt(text, screen))),
    ...came.attachments.flatMap((name) => line("file", name)),
    ...came.also.flatMap((text) => line("", excerpt(text, screen))),
    ...notes.flatMap((note) => line("note", note)),
    ...steps.flatMap((step) => stepLines(step, screen)),
    ...files.flatMap(({ file, carries, outcome }) => line("carried", `${file} ${carries}: ${outcome}`)),
    ...failed,
    ...labelled("end", end, INDENT, LABEL, { ...screen, paint: (_, text) => paint(styles[status], text) }),
  ];
};

const stepLines = (step: ToldStep, screen: TraceScreen): string[] => {
  const double = step.possibleDouble ? ", may be there twice" : "";
  return [
    ...labelled("step", `${step.do}: ${step.state}${double}  ${step.key}`, INDENT, LABEL, screen),
    ...contentLines("", flat(step.content), screen),
    ...commentsIn(step.content).flatMap((text) =>
      labelled("", `comment ${excerpt(text, screen)}`, INDENT, LABEL, screen),
    ),
    ...step.calls.flatMap((call) => callLines(call, screen)),
    ...(step.calls.length === 0 && step.attemptedAt !== undefined
      ? labelled("called", `${timeOf(step.attemptedAt)}  no answer is kept`, INDENT, LABEL, screen)
      : []),
  ];
};

const callLines = ({ at, request, status, said, milliseconds }: ToldCall, screen: Screen): string[] => {
  const answer = status === undefined ? "no answer" : String(status);
  return [
    ...labelled("called", `${timeOf(at)}  ${request}`, INDENT, LABEL, screen),
    ...labelled("answer", `${answer} after ${milliseconds} ms: ${said}`, INDENT, LABEL, screen),
  ];
};

/** Of comments, only what they say. */
const commentsIn = ({ comments, comment }: Readonly<Record<string, unknown>>): string[] =>
  [...(Array.isArray(comments) ? comments : []), comment].flatMap((one: unknown) =>
    typeof one === "object" && one !== null && "body" in one ? [`"${String(one.body)}"`] : [],
  );

/** What is nested in a step's content stands for itself. */
const flat = ({ comments: _, comment: __, ...content }: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(content).flatMap(([name, value]) =>
      typeof value === "object" && value !== null && !Array.isArray(value) && name !== "attachment"
        ? Object.entries(value)
        : [[name, value]],
    ),
  );

const contentLines = (label: string, fields: Readonly<Record<string, unknown>>, screen: TraceScreen): string[] =>
  Object.entries(fields)
    .filter(([, value]) => !isEmpty(value))
    .flatMap(([name, value], nth) => {
      return labelled(nth === 0 ? label : "", `${name} ${excerpt(asShown(value), screen)}`, INDENT, LABEL, screen);
    });

const asShown = (value: unknown): string => {
  if (typeof value === "string") return `"${value}"`;
  const { data: time } = localisedTimeSchema.safeParse(value);
  return time === undefined ? JSON.stringify(value) : `${time.local} (${time.zone})`;
};

const isEmpty = (value: unknown): boolean =>
  value === "" || value === null || (Array.isArray(value) && value.length === 0);

const excerpt = (text: string, { full }: TraceScreen): string => (full ? text : cut(visible(text), EXCERPT));

const commandLines = ({ at, command, who, why, outcome }: ToldCommand, screen: Screen): string[] => [
  `${when(at)}  ${screen.paint("bold", "by hand")}          ${visible(command)}`,
  ...labelled("who", who, INDENT, LABEL, screen),
  ...labelled("why", why, INDENT, LABEL, screen),
  ...labelled("end", outcome ?? "the command did not live to say it", INDENT, LABEL, screen),
];

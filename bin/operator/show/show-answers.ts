import type { Explanation, Standing } from "../use-cases/explain-field.ts";
import type { Duplicates } from "../use-cases/find-duplicates.ts";
import type { Sent, Verdict } from "../use-cases/was-sent.ts";
import { type Column, labelled, type Screen, table, tableParts } from "./table.ts";
import { type Style, visible, when } from "./text.ts";

/** Answers to questions about tickets, but for the whole story. */

const LABEL = 12;

const verdictStyles: Readonly<Record<Verdict, Style>> = {
  sent: "green",
  "came from Ensono": "green",
  linked: "green",
  waiting: "cyan",
  "in doubt": "yellow",
  "not sent": "yellow",
  held: "red",
};

export const showSent = (sent: Sent, screen: Screen): string[] => {
  const { clientNumber, ensonoNumber, verdict, because, sentAt, answer, entry, calls } = sent;
  const line = (label: string, text: string | undefined) =>
    text === undefined ? [] : labelled(label, text, 2, LABEL, screen);
  const numbers = [clientNumber, ...(ensonoNumber === null ? [] : [ensonoNumber])].join(" = ");
  return [
    `${screen.paint("bold", visible(numbers))}: ${screen.paint(verdictStyles[verdict], verdict)}`,
    ...line("because", because),
    ...line(
      "called",
      sentAt === undefined
        ? undefined
        : `${when(sentAt)} UTC${calls.length > 1 ? `, ${calls.length} calls in all` : ""}`,
    ),
    ...line("answer", answer),
    ...line("entry", entry),
  ];
};

interface DuplicateRow {
  readonly ensonoNumber: string;
  readonly clientNumber: string;
  readonly how: string;
  readonly detail: string;
}

export const showDuplicates = ({ duplicates, possible }: Duplicates, screen: Screen): string[] => {
  const rows: DuplicateRow[] = duplicates.flatMap(({ ensonoNumber, clientTickets }) =>
    clientTickets.map((ticket, nth) => ({ ...ticket, ensonoNumber: nth === 0 ? ensonoNumber : "" })),
  );
  const shared =
    rows.length === 0
      ? ["No two client tickets share a number of Ensono."]
      : table(
          rows,
          [
            { title: "ENSONO", of: (row) => row.ensonoNumber, most: 24 },
            { title: "CLIENT", of: (row) => row.clientNumber, most: 24 },
            { title: "HOW", of: ({ how }) => how, style: ({ how }) => (how === "held" ? "red" : undefined) },
            { title: "DETAIL", of: ({ detail }) => detail },
          ],
          screen,
        );
  if (possible.length === 0) return shared;
  const doubles = table(
    possible,
    [
      { title: "ENSONO", of: ({ ensonoNumber }) => ensonoNumber ?? "-", most: 24 },
      { title: "CLIENT", of: ({ clientNumber }) => clientNumber ?? "-", most: 24 },
      { title: "MADE AT", of: ({ direction }) => (direction === "to-client" ? "client" : "Ensono") },
      { title: "CALLS", of: ({ calls }) => String(calls) },
      { title: "ENTRY", of: ({ entry }) => entry },
    ],
    screen,
  );
  return [...shared, "", "Creates that were sent again, and may have made a second ticket:", ...doubles];
};

export const showExplanation = (explanation: Explanation, screen: Screen): string[] => {
  const { ensonoNumber, clientNumber, field, atEnsono, atClient, history } = explanation;
  const numbers = [ensonoNumber, clientNumber].filter((number) => number !== null).join(" = ");
  const columns: readonly Column<(typeof history)[number]>[] = [
    { title: "WHEN (UTC)", of: ({ at }) => when(at) },
    { title: "FROM", of: ({ from }) => (from === "ensono" ? "Ensono" : "client") },
    { title: "SAID", of: ({ said }) => (said === undefined ? "-" : quoted(said)), most: 22 },
    {
      title: "PUT",
      of: ({ put, state }) => (put === undefined ? "-" : `${quoted(put)}${state === "open" ? " (not yet)" : ""}`),
      most: 26,
    },
    { title: "ENTRY", of: ({ entry }) => entry },
  ];
  const { title, lines } = tableParts(history, columns, screen);
  return [
    `${screen.paint("bold", visible(field))} of ${visible(numbers)}`,
    ...labelled("at Ensono", standingOf(atEnsono), 2, LABEL, screen),
    ...labelled("at client", standingOf(atClient), 2, LABEL, screen),
    "",
    ...title,
    ...history.flatMap(({ why }, nth) => [
      ...(lines[nth] ?? []),
      ...why.flatMap((reason) => labelled("because", reason, 4, 9, screen)),
    ]),
  ];
};

const quoted = (text: string): string => (text.startsWith("(") ? text : `"${text}"`);

const standingOf = ({ value, since, by, certain }: Standing): string => {
  if (value === null)
    return certain ? "nothing is known" : "known to the ledger by its digest only; its entries are gone";
  const maker = by === "bridge" ? "put there by the bridge" : "said by the side itself";
  const doubt = certain ? "" : "; the ledger knows a newer value, whose entry is not kept any more";
  return `${quoted(value)}, ${maker}${since === undefined ? "" : ` at ${when(since)}`}${doubt}`;
};

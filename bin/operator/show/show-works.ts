import { ticketNumberOf } from "../../../lambdas/shared/domain/lane.ts";
import type { Check } from "../use-cases/examine.ts";
import { type Direction, directionOf } from "../use-cases/find-ticket.ts";
import type { Released, Skipped } from "../use-cases/let-go.ts";
import type { Linked } from "../use-cases/link-tickets.ts";
import type { Held } from "../use-cases/list-held.ts";
import type { Paused } from "../use-cases/pause-direction.ts";
import type { DirectionStatus, Status, Working } from "../use-cases/read-status.ts";
import type { Replay } from "../use-cases/replay-since.ts";
import { labelled, type Screen, table } from "./table.ts";
import { ageOf, type Style, visible, when, wrapped } from "./text.ts";

/** How the bridge stands, and what commands did. */

const arrow = (direction: Direction): string => (direction === "to-client" ? "→ client" : "→ Ensono");

export const showHeld = ({ held, apart }: Held, screen: Screen): string[] => {
  const tickets =
    held.length === 0
      ? ["Nothing is held."]
      : table(
          held,
          [
            { title: "ENTRY", of: ({ entry }) => entry, most: 26, style: () => "bold" },
            {
              title: "OTHER NUMBER",
              of: ({ ensonoNumber, clientNumber, direction }) =>
                (direction === "to-client" ? clientNumber : ensonoNumber) ?? "-",
              most: 16,
            },
            { title: "TO", of: ({ direction }) => arrow(direction) },
            { title: "SINCE (UTC)", of: ({ since }) => when(since).slice(0, 16) },
            { title: "+", of: ({ behind }) => String(behind) },
            { title: "REASON", of: ({ code, reason }) => `${code}: ${reason}` },
          ],
          screen,
        );
  if (apart.length === 0) return tickets;
  const messages = table(
    apart,
    [
      { title: "SINCE (UTC)", of: ({ since }) => when(since) },
      { title: "REASON", of: ({ reason }) => reason },
    ],
    screen,
  );
  return [
    ...tickets,
    "",
    "Messages of Ensono's queue that belong to no ticket (replay brings in what is understood by now):",
    ...messages,
  ];
};

export const showReleased = ({ released }: Released, screen: Screen): string[] =>
  released.flatMap(({ entry, code, reason }) => [
    `released ${screen.paint("bold", visible(entry))}; it goes on within a minute`,
    ...labelled("was held", `${code}: ${reason}`, 2, 10, screen),
  ]);

export const showSkipped = ({ entry, wasHeldBy }: Skipped, screen: Screen): string[] => [
  `skipped ${screen.paint("bold", visible(entry))}; its ticket goes on within a minute`,
  ...(wasHeldBy === null ? [] : labelled("was held", wasHeldBy, 2, 10, screen)),
];

export const showLinked = ({ ensonoNumber, clientNumber, changed }: Linked, screen: Screen): string[] =>
  sentence(
    changed
      ? `linked ${ensonoNumber} = ${clientNumber}; both sides are told within a minute`
      : `${ensonoNumber} = ${clientNumber} were linked already`,
    screen,
  );

export const showUnlinked = ({ ensonoNumber, clientNumber }: Linked, screen: Screen): string[] => [
  ...sentence(`unlinked ${ensonoNumber} and ${clientNumber}`, screen),
  ...sentence(
    "The next message of either may open a new ticket on the other side: link them anew before that.",
    screen,
  ),
];

export const showPaused = ({ direction, state, reading }: Paused, screen: Screen): string[] =>
  state === "working"
    ? sentence(`${direction} goes on; what waits is sent within a minute`, screen)
    : [
        ...sentence(
          `${direction} is paused: what is under way ends, and nothing else is called until: resume ${direction}`,
          screen,
        ),
        ...(reading
          ? []
          : sentence("Ensono's queue is not read meanwhile. Ensono keeps its messages for four days.", screen)),
      ];

const sentence = (text: string, { columns }: Screen): string[] => wrapped(visible(text), columns);

// ── Status ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const stateStyles: Readonly<Record<Working["state"], Style>> = { working: "green", down: "red", paused: "yellow" };

interface StatusRow extends Working {
  readonly name: string;
  readonly direction?: DirectionStatus;
}

export const showStatus = (
  { at, directions, reading, held, apart }: Status,
  stage: string,
  screen: Screen,
): string[] => {
  const rows: StatusRow[] = [
    ...directions.map((direction) => ({ ...direction, name: direction.direction, direction })),
    { ...reading, name: "reading" },
  ];
  const atLeast = (count: number | undefined, complete = true) =>
    count === undefined ? "" : `${count}${complete ? "" : "+"}`;
  return [
    `${screen.paint("bold", visible(stage))} at ${when(at)} UTC`,
    "",
    ...table(
      rows,
      [
        { title: "DIRECTION", of: ({ name }) => name },
        { title: "STATE", of: ({ state }) => state, style: ({ state }) => stateStyles[state] },
        { title: "TICKETS", of: ({ direction }) => atLeast(direction?.tickets) },
        { title: "ENTRIES", of: ({ direction }) => atLeast(direction?.entries, direction?.complete) },
        {
          title: "OLDEST",
          of: ({ direction }) => (direction?.oldest === undefined ? "" : ageOf(direction.oldest, at)),
        },
        {
          title: "HELD",
          of: ({ direction }) => (direction === undefined ? "" : String(direction.held)),
          style: ({ direction }) => ((direction?.held ?? 0) > 0 ? "red" : undefined),
        },
        { title: "", of: (row) => aboutOf(row, at, reading.emptied) },
      ],
      screen,
    ),
    "",
    ...directions
      .filter(({ state }) => state === "paused")
      .flatMap(({ direction }) =>
        sentence(`${direction} is paused by hand: resume ${direction} lets it go on.`, screen),
      ),
    ...([...directions, reading].some(({ state }) => state === "down")
      ? ["What is down is tried once a minute, and then goes on by itself: doctor says more."]
      : []),
    held === 0 && apart === 0 ? "Nothing is held." : `${held} held, ${apart} kept apart: see held.`,
  ];
};

const aboutOf = (
  { state, since, why, who, nextProbe, direction }: StatusRow,
  at: string,
  emptied: string | undefined,
): string => {
  if (state === "paused") return `since ${when(since ?? "")} by ${who}: ${why}`;
  if (state === "down") return `since ${when(since ?? "")}, next probe ${when(nextProbe ?? "")}: ${why}`;
  if (direction !== undefined) return "";
  return emptied === undefined
    ? "Ensono's queue was never read to its end"
    : `Ensono's queue read to its end ${ageOf(emptied, at)} ago`;
};

// ── Replay ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const MOST_ROWS = 50;

const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

export const showReplay = ({ since, dryRun, tickets, apart }: Replay, screen: Screen): string[] => {
  const others = tickets.filter(({ action }) => action !== "already done");
  const count = (action: string) => tickets.filter((ticket) => ticket.action === action).length;
  const brought = apart.filter(({ action }) => action === "brought in").length;
  const entriesDone = tickets.reduce((sum, { alreadyDone }) => sum + alreadyDone, 0);
  const rows = others.slice(0, MOST_ROWS);
  const more = others.length - rows.length;
  return [
    ...wrapped(
      `${dryRun ? "would replay" : "replayed"} what came since ${when(since)} UTC: ${counted(count("woken"), "ticket")} woken, ${count("held")} held, ${counted(brought, "message")} brought in, ${counted(entriesDone, "entry", "entries")} already done`,
      screen.columns,
    ),
    ...(rows.length === 0
      ? []
      : [
          "",
          ...table(
            rows,
            [
              { title: "TICKET", of: ({ lane }) => ticketNumberOf(lane), most: 26 },
              { title: "TO", of: ({ lane }) => arrow(directionOf(lane)) },
              { title: "ALREADY DONE", of: ({ alreadyDone }) => String(alreadyDone) },
              { title: "UNFINISHED", of: ({ unfinished }) => String(unfinished.length) },
              { title: "", of: ({ action }) => (action === "held" ? "held: release or skip it" : action) },
            ],
            screen,
          ),
        ]),
    ...(more > 0 ? [`and ${more} more; --json has all`] : []),
    ...(apart.length === 0
      ? []
      : [
          "",
          ...table(
            apart,
            [
              { title: "KEPT APART SINCE", of: (message) => when(message.since) },
              { title: "NOW", of: ({ action }) => action },
              { title: "", of: ({ detail }) => detail },
            ],
            screen,
          ),
        ]),
    ...(dryRun ? ["", "Nothing was changed. Without --dry-run it is done."] : []),
  ];
};

// ── Doctor ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const checkStyles: Readonly<Record<Check["state"], Style>> = {
  ok: "green",
  warning: "yellow",
  failed: "red",
  skipped: "dim",
};

export const showChecks = (checks: readonly Check[], screen: Screen): string[] => {
  const count = (state: Check["state"]) => checks.filter((check) => check.state === state).length;
  return [
    ...table(
      checks,
      [
        { title: "CHECK", of: ({ check }) => check },
        { title: "STATE", of: ({ state }) => state, style: ({ state }) => checkStyles[state] },
        { title: "", of: ({ detail }) => detail },
      ],
      screen,
    ),
    "",
    count("failed") + count("warning") === 0
      ? "All is well."
      : `${count("failed")} failed, ${count("warning")} to look at.`,
  ];
};

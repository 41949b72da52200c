import { Argument, type Command, InvalidArgumentError } from "commander";
import * as z from "zod";
import type { Connection } from "./connect.ts";
import type { By } from "./ports.ts";
import { showDuplicates, showExplanation, showSent } from "./show/show-answers.ts";
import { showTrace } from "./show/show-trace.ts";
import {
  showChecks,
  showHeld,
  showLinked,
  showPaused,
  showReleased,
  showReplay,
  showSkipped,
  showStatus,
  showUnlinked,
} from "./show/show-works.ts";
import type { Screen } from "./show/table.ts";
import { readSince } from "./since.ts";
import { echoTrip } from "./use-cases/echo-trip.ts";
import { examine } from "./use-cases/examine.ts";
import { explainField } from "./use-cases/explain-field.ts";
import { findDuplicates } from "./use-cases/find-duplicates.ts";
import { releaseTicket, skipEntry } from "./use-cases/let-go.ts";
import { linkTickets, unlinkTickets } from "./use-cases/link-tickets.ts";
import { listHeld } from "./use-cases/list-held.ts";
import { OperatorError } from "./use-cases/operator-error.ts";
import { pauseDirection, resumeDirection } from "./use-cases/pause-direction.ts";
import { readStatus } from "./use-cases/read-status.ts";
import { replaySince } from "./use-cases/replay-since.ts";
import { traceTicket } from "./use-cases/trace-ticket.ts";
import { wasSent } from "./use-cases/was-sent.ts";

/** What a command gives: for machines, and in lines for people. */
export interface Answered {
  readonly result: unknown;
  readonly lines: (screen: Screen) => string[];
  /** The answer is that something is wrong. */
  readonly isFault?: boolean;
}

/** What a command does once the bridge is found. `by` says who gives it, and why. */
export type Work = (bridge: Connection, by: () => Promise<By>) => Promise<Answered>;

/** Has the work of a command done, with the options that were given. */
export type Perform = (work: Work, given: unknown) => Promise<void>;

const answered = <Result>(result: Result, show: (result: Result, screen: Screen) => string[]): Answered => ({
  result,
  lines: (screen) => show(result, screen),
});

/** Of the command itself; the program reads its own. */
const options = z.object({
  full: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  keepReading: z.boolean().default(false),
  echo: z.boolean().default(false),
  wait: z.number().default(180),
  since: z.number().default(0),
});

const text = (value: string): string => {
  if (value.trim() === "") throw new InvalidArgumentError("Expected some words.");
  return value.trim();
};

const moment = (value: string): number => {
  try {
    return readSince(value, Date.now());
  } catch (error) {
    throw error instanceof OperatorError ? new InvalidArgumentError(error.message) : error;
  }
};

const seconds = (value: string): number => {
  const read = z.coerce.number().min(1).max(3600).safeParse(value);
  if (!read.success) throw new InvalidArgumentError("Expected seconds, 1 to 3600.");
  return read.data;
};

const REASON = "--reason <why>";
const directions = z.enum(["to-client", "to-ensono"]);
const direction = () => new Argument("<direction>", "what is sent where").choices(directions.options);

/** Commands that ask. */
export const addQuestions = (program: Command, perform: Perform): void => {
  program
    .command("trace")
    .summary("the whole story of a ticket")
    .description(
      "The whole story of a ticket in order: what came, what was decided and why, every request and answer, attempts, outcome, commands.",
    )
    .argument("<number>", "the ticket's number on either side", text)
    .option("--full", "whole texts, in place of how they begin")
    .action((number: string, given: unknown) =>
      perform(async (bridge) => {
        const { full } = options.parse(given);
        return answered(await traceTicket(number, bridge), (trace, screen) => showTrace(trace, { ...screen, full }));
      }, given),
    );

  program
    .command("explain")
    .summary("why a field has its value")
    .description(
      "Why a field of a ticket has the value that it has on either side: who said what, and which rule made what of it.",
    )
    .argument("<number>", "the ticket's number on either side", text)
    .argument("<field>", "for example priority", text)
    .action((number: string, field: string, given: unknown) =>
      perform(async (bridge) => answered(await explainField(number, field, bridge), showExplanation), given),
    );

  program
    .command("sent")
    .summary("was this client ticket sent")
    .description("Whether a ticket of the client was sent to Ensono, and what the answer was.")
    .argument("<number>", "the client's number", text)
    .action((number: string, given: unknown) =>
      perform(async (bridge) => answered(await wasSent(number, bridge), showSent), given),
    );

  program
    .command("duplicates")
    .summary("client tickets that share an Ensono number")
    .description(
      "Client tickets that share a number of Ensono, and creates that may have made a second ticket. Reads the whole table.",
    )
    .action((given: unknown) =>
      perform(async (bridge) => answered(await findDuplicates(bridge), showDuplicates), given),
    );

  program
    .command("held")
    .summary("what waits for a person")
    .description(
      "Held tickets, the longest held first, each with its reason and the entry that holds it; and messages that are kept apart.",
    )
    .action((given: unknown) => perform(async (bridge) => answered(await listHeld(bridge), showHeld), given));

  program
    .command("status")
    .summary("how the bridge stands")
    .description(
      "What waits in each direction and since when, which side is down or paused, when Ensono's queue was read, what is held.",
    )
    .action((given: unknown) =>
      perform(async (bridge) => {
        const status = { stage: bridge.stage, ...(await readStatus(bridge)) };
        return answered(status, (told, screen) => showStatus(told, told.stage, screen));
      }, given),
    );

  program
    .command("doctor")
    .summary("is all there that the bridge stands on")
    .description(
      "Checks config, credentials, ledger, secrets, whether both sides answer and take our key, clocks, group mapping. Exit code 1 when something failed.",
    )
    .option("--echo", "also a round trip through Ensono's echo environment; opens a ticket there")
    .option("--wait <seconds>", "how long to wait for it to come back (default: 180)", seconds)
    .option(REASON, "why, for the audit log (of --echo)", text)
    .action((given: unknown) =>
      perform(async (bridge, by) => {
        const { echo, wait } = options.parse(given);
        const trip = echo ? [await echoTrip(await by(), { ...bridge, patienceMs: wait * 1000 })] : [];
        const checks = [...(await examine(bridge)), ...trip];
        const isFault = checks.some(({ state }) => state === "failed");
        return {
          ...answered({ stage: bridge.stage, checks }, (told, screen) => showChecks(told.checks, screen)),
          isFault,
        };
      }, given),
    );
};

/** Commands that change something. Each leaves an audit entry. */
export const addCommands = (program: Command, perform: Perform): void => {
  program
    .command("release")
    .summary("let a held ticket go on")
    .description(
      "Lets a held ticket go on with the entry that held it. Look at the other side first: what was in doubt is sent again.",
    )
    .argument("<number>", "the ticket's number on either side", text)
    .option(REASON, "why, for the audit log", text)
    .action((number: string, given: unknown) =>
      perform(async (bridge, by) => answered(await releaseTicket(number, await by(), bridge), showReleased), given),
    );

  program
    .command("skip")
    .summary("pass over one entry")
    .description(
      "Passes over one entry of a ticket, which then has no effect, or no further one; the ticket goes on with the next.",
    )
    .argument("<entry>", "as trace and held print it, for example e-CS0204070/Xk3_a9Qd", text)
    .requiredOption(REASON, "why, for the audit log", text)
    .action((entry: string, given: unknown) =>
      perform(async (bridge, by) => answered(await skipEntry(entry, await by(), bridge), showSkipped), given),
    );

  program
    .command("replay")
    .summary("go through what came since a moment once more")
    .description(
      "Wakes what is unfinished since a moment, and brings in messages that were kept apart and are understood by now. What is done stays as it is, and nobody is called for it. Reads the whole table.",
    )
    .requiredOption("--since <when>", "90m, 2h, 3d, 2026-11-24, 2026-11-24T12:00:00Z", moment)
    .option("--dry-run", "only say what would happen")
    .option(REASON, "why, for the audit log", text)
    .action((given: unknown) =>
      perform(async (bridge, by) => {
        const { since, dryRun } = options.parse(given);
        return answered(await replaySince({ since, dryRun }, await by(), bridge), showReplay);
      }, given),
    );

  program
    .command("link")
    .summary("link two numbers by hand")
    .description(
      "Links a ticket of Ensono and one of the client; both sides are told. Refused where a number has a link already.",
    )
    .argument("<ensono-number>", "Ensono's number", text)
    .argument("<client-number>", "the client's number", text)
    .option(REASON, "why, for the audit log", text)
    .action((one: string, other: string, given: unknown) =>
      perform(async (bridge, by) => answered(await linkTickets(one, other, await by(), bridge), showLinked), given),
    );

  program
    .command("unlink")
    .summary("take two numbers apart")
    .description(
      "Takes two tickets apart that are linked to each other. Their next messages may open new tickets: link them anew before that.",
    )
    .argument("<ensono-number>", "Ensono's number", text)
    .argument("<client-number>", "the client's number", text)
    .option(REASON, "why, for the audit log", text)
    .action((one: string, other: string, given: unknown) =>
      perform(async (bridge, by) => answered(await unlinkTickets(one, other, await by(), bridge), showUnlinked), given),
    );

  program
    .command("pause")
    .summary("stop a direction")
    .description("Stops all calls of a direction until it is resumed. What comes in the meantime is kept, in order.")
    .addArgument(direction())
    .option("--keep-reading", "read Ensono's queue on (to-client only)")
    .option(REASON, "why, for the audit log", text)
    .action((where: string, given: unknown) =>
      perform(async (bridge, by) => {
        const { keepReading } = options.parse(given);
        const what = { direction: directions.parse(where), keepReading };
        return answered(await pauseDirection(what, await by(), bridge), showPaused);
      }, given),
    );

  program
    .command("resume")
    .summary("let a direction go on")
    .description("Lets a paused direction go on.")
    .addArgument(direction())
    .option(REASON, "why, for the audit log", text)
    .action((where: string, given: unknown) =>
      perform(async (bridge, by) => {
        return answered(await resumeDirection(directions.parse(where), await by(), bridge), showPaused);
      }, given),
    );
};

import { describe, expect, it } from "vitest";
import { showDuplicates, showExplanation, showSent } from "../../../bin/operator/show/show-answers.ts";
import { showTrace } from "../../../bin/operator/show/show-trace.ts";
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
} from "../../../bin/operator/show/show-works.ts";
import type { Screen } from "../../../bin/operator/show/table.ts";
import { plain, widthOf } from "../../../bin/operator/show/text.ts";
import { explainField } from "../../../bin/operator/use-cases/explain-field.ts";
import { findDuplicates } from "../../../bin/operator/use-cases/find-duplicates.ts";
import { releaseTicket, skipEntry } from "../../../bin/operator/use-cases/let-go.ts";
import { listHeld } from "../../../bin/operator/use-cases/list-held.ts";
import { pauseDirection } from "../../../bin/operator/use-cases/pause-direction.ts";
import { readStatus } from "../../../bin/operator/use-cases/read-status.ts";
import { replaySince } from "../../../bin/operator/use-cases/replay-since.ts";
import { traceTicket } from "../../../bin/operator/use-cases/trace-ticket.ts";
import { wasSent } from "../../../bin/operator/use-cases/was-sent.ts";
import { NOW, newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

const SECRET = "Geheimnis";
const nasty = `${SECRET} \u001b[31m\u001b]0;pwned\u0007\u009b2J\r\n\u202e 日本語 ${"very long ".repeat(60)}`;
const screen: Screen = { columns: 100, paint: plain };

/** A client's ticket full of what a terminal would act upon, with a held event, and a number that another one claims. */
const withNastyTicket = async () => {
  const bridge = inMemoryBridge();
  const operator = operatorOf(bridge);
  const texts = { shortDescription: nasty.slice(0, 150), description: nasty, closeNotes: nasty };
  const number = await bridge.open(
    { ...newClientTicket, ...texts, priority: "Galactic" },
    { actor: nasty.slice(0, 60) },
  );
  await bridge.minutes(2);
  const ensonoNumber = bridge.ensono.tickets[0]?.number ?? "";
  bridge.ensono.fail("time-out-before", "refusal");
  await bridge.change(number, { priority: "High" }, { comments: [{ id: "c1", body: nasty }] });
  await bridge.minutes(4);
  await bridge.tell("INC\u001b[2J9", newClientTicket, { ensonoTicketNumber: ensonoNumber });
  bridge.ensono.note(ensonoNumber, nasty);
  await bridge.minutes(2);
  return { bridge, operator, number, ensonoNumber };
};

/** What a terminal shows as it is, in no more columns than it has. */
const expectHarmless = (lines: readonly string[]): void => {
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => widthOf(line) > 100)).toEqual([]);
  expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([]);
};

describe("what an operator sees", () => {
  it("is harmless and fits, whatever a ticket says; its texts are in trace only", async () => {
    const { operator, number, ensonoNumber } = await withNastyTicket();
    const trace = showTrace(await traceTicket(number, operator), { ...screen, full: false });
    expectHarmless(trace);
    expect(trace.join("\n")).toContain(`${SECRET} \\e[31m\\e]0;pwned\\u0007\\u009b2J\\r\\n\\u202e 日本語`);
    const full = showTrace(await traceTicket(number, operator), { ...screen, full: true });
    expectHarmless(full);
    expect(full.length).toBeGreaterThan(trace.length);

    const others = [
      showExplanation(await explainField(number, "description", operator), screen),
      showExplanation(await explainField(number, "priority", operator), screen),
      showSent(await wasSent(number, operator), screen),
      showDuplicates(await findDuplicates(operator), screen),
      showHeld(await listHeld(operator), screen),
      showStatus(await readStatus(operator), "dev", screen),
      showReplay(await replaySince({ since: NOW, dryRun: true }, ada, operator), screen),
      showLinked({ ensonoNumber, clientNumber: nasty.slice(0, 30), changed: true }, screen),
      showUnlinked({ ensonoNumber, clientNumber: "INC\u001b[2J", changed: true }, screen),
      showReleased(await releaseTicket(number, ada, operator), screen),
      showPaused(await pauseDirection({ direction: "to-client", keepReading: false }, ada, operator), screen),
      showChecks([{ check: "groups", state: "warning", detail: `Ensono does not know "\u001b[31m"` }], screen),
    ];
    for (const lines of others) expectHarmless(lines);
    const [, , , duplicates, held] = others;
    expect(duplicates?.join("\n")).toContain("INC\\e[2J9");
    expect(held?.join("\n")).toContain("refused: ");
    expect(others.slice(0, 7).flat().join("\n")).not.toContain(SECRET);
  });

  it("tells in trace the calls, the doubt, what holds the ticket, and who let it go", async () => {
    const { bridge, operator, number, ensonoNumber } = await withNastyTicket();
    const shown = async () =>
      showTrace(await traceTicket(ensonoNumber, operator), { ...screen, full: false }).join("\n");
    const held = await shown();
    expect(held).toContain(
      `${ensonoNumber} = ${number}  Incident, open, linked since 2023-01-28 00:00:00, times in UTC`,
    );
    expect(held).toMatch(
      /client → Ensono {2}held since 2023-01-28 00:0\d:00 by INC1\/[\w-]{8}: refused: Ensono refused it, 1\s+unfinished/,
    );
    expect(held).toContain('note     priority "Galactic" is not in the mapping table: "3" is used');
    expect(held).toContain("called   00:00:00  ensono createTicket");
    expect(held).toContain(`answer   200 after 0 ms: "${ensonoNumber}"`);
    expect(held).toContain("answer   no answer after 0 ms: TransientError: Ensono is down");
    const [entry] = (await listHeld(operator)).held;
    expect(showSkipped(await skipEntry(entry?.entry ?? "", { who: "ada", why: "a test" }, operator), screen)[0]).toBe(
      `skipped ${entry?.entry}; its ticket goes on within a minute`,
    );
    await bridge.minute();
    const after = await shown();
    expect(after).toMatch(/end {6}skipped 2023-01-28 00:\d\d:00 after \d+ calls/);
    expect(after).toMatch(/by hand {10}skip INC1\/[\w-]{8}\n {4}who {6}ada\n {4}why {6}a test\n {4}end {6}skipped/);
    expect(after).toContain("end      skipped 2023-01-28");
  });

  it("shows in trace times as they are read at the client's, and counts calls across a release", async () => {
    const { bridge, operator, number, ensonoNumber } = await withNastyTicket();
    bridge.ensono.change(ensonoNumber, { priority: "1", updatedAt: "2023-01-28 06:07:08" });
    await releaseTicket(number, ada, operator);
    await bridge.minutes(2);
    const trace = await traceTicket(number, operator);
    const shown = showTrace(trace, { ...screen, full: false }).join("\n");
    expect(shown).toMatch(/end {6}done [^\n]+ after 4 calls/);
    expect(shown).toContain("updatedAt 2023-01-28T00:07:08-06:00 (America/Chicago)");
  });

  it("tells in replay of tickets with something to do, and counts the others", async () => {
    const { operator, number, ensonoNumber } = await withNastyTicket();
    const shown = showReplay(await replaySince({ since: NOW, dryRun: true }, ada, operator), screen).join("\n");
    expect(shown).toMatch(/\d+ entries already\s+done/);
    expect(shown).toMatch(new RegExp(`\n${number} .* held: release or skip it`));
    expect(shown).not.toContain(ensonoNumber);
  });

  it("tells in status what is down and paused, by whom and why", async () => {
    const bridge = inMemoryBridge();
    const operator = operatorOf(bridge);
    await bridge.breaker.failed("ensono", { reason: "Forbidden", atOnce: true }, NOW);
    await pauseDirection({ direction: "to-client", keepReading: true }, { who: "ada", why: "upgrade" }, operator);
    await bridge.open(newClientTicket);
    bridge.clock.advance({ minutes: 90 });
    expect(showStatus(await readStatus(operator), "prod", screen)).toEqual([
      "prod at 2023-01-28 01:30:00 UTC",
      "",
      "DIRECTION  STATE    TICKETS  ENTRIES  OLDEST  HELD",
      "to-client  paused   0        0                0     since 2023-01-28 00:00:00 by ada: upgrade",
      "to-ensono  down     1        1        1 h     0     since 2023-01-28 00:00:00, next probe 2023-01-28",
      "                                                    00:05:00: Forbidden",
      "reading    working                                  Ensono's queue was never read to its end",
      "",
      "to-client is paused by hand: resume to-client lets it go on.",
      "What is down is tried once a minute, and then goes on by itself: doctor says more.",
      "Nothing is held.",
    ]);
  });

  it("says where there is nothing to see", async () => {
    const operator = operatorOf(inMemoryBridge());
    expect(showHeld(await listHeld(operator), screen)).toEqual(["Nothing is held."]);
    expect(showDuplicates(await findDuplicates(operator), screen)).toEqual([
      "No two client tickets share a number of Ensono.",
    ]);
    expect(showReplay(await replaySince({ since: NOW, dryRun: false }, ada, operator), screen)).toEqual([
      "replayed what came since 2023-01-28 00:00:00 UTC: 0 tickets woken, 0 held, 0 messages brought in, 0",
      "entries already done",
    ]);
    expect(showChecks([{ check: "config", state: "ok", detail: "fine" }], screen).at(-1)).toBe("All is well.");
  });
});

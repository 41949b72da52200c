import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../lambdas/shared/domain/decide.ts";
import { evidenceOf, isEcho } from "../../../lambdas/shared/domain/echo.ts";
import type { EnsonoComment } from "../../../lambdas/shared/domain/ensono-ticket.ts";
import type { Note } from "../../../lambdas/shared/domain/ensono-transaction.ts";
import { escapeFreeText } from "../../../lambdas/shared/domain/escaping.ts";
import { toEnsonoFields } from "../../../lambdas/shared/domain/mapping.ts";
import { plan } from "../../../lambdas/shared/domain/plan.ts";
import type { ClientStep, Decision, EnsonoStep } from "../../../lambdas/shared/domain/steps.ts";
import { viewOf } from "../../../lambdas/shared/domain/ticket-view.ts";
import {
  afterLearning,
  clientEvent,
  digest,
  linkedHeads,
  NOW,
  noEventEvidence,
  policiesWith,
  transactionWith,
} from "../../support/builders.ts";

const comment: EnsonoComment = { body: "any news?", commenter: "Jason Doe", commentTime: "2017-07-03 17:55:48" };

describe("our own comments coming back", () => {
  const rules = { environment: "prod", writesAs: ["API User"] } as const;
  const seen = (
    note: Note,
    { environment = "prod", sent = comment }: { environment?: "prod" | "echo"; sent?: EnsonoComment } = {},
  ) => isEcho(note, evidenceOf(sent, digest), { ...rules, environment }, digest);

  it.each<[string, Note, boolean]>([
    ["the text, by the commenter we named", { body: "any news?", commenter: "Jason Doe" }, true],
    ["the text, by the user as which Ensono shows us", { body: "any news?", commenter: "API User " }, true],
    ["the text alone: a person may write the same", { body: "any news?", commenter: "Ensono User" }, false],
    ["the text, by nobody", { body: "any news?" }, false],
    ["the text with the commenter's fields appended", { body: "any news?\nJason Doe 2017-07-03 17:55:48" }, true],
    ["the text with only some of what we told of the commenter", { body: "any news?\nJason Doe" }, false],
    ["a text that begins as ours", { body: "any news? Anybody?", commenter: "Jason Doe" }, false],
    ["another text of ours", { body: "no news", commenter: "Jason Doe" }, false],
  ])("[I5] %s: %s", (_, note, isOurs) => {
    expect(seen(note)).toBe(isOurs);
  });

  it("[I5] in the echo environment every comment of ours comes back, by whomever", () => {
    expect(seen({ body: "any news?", commenter: "Ensono User" }, { environment: "echo" })).toBe(true);
    expect(seen({ body: "no news", commenter: "Ensono User" }, { environment: "echo" })).toBe(false);
  });

  it("[I5] [E7] a text with special characters is known again, escaped or not", () => {
    return fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", '"', "\\", "\n", "\t", "\u0000", "é", "😀") }), (body) => {
        const sent = { ...comment, body };
        const arrives = JSON.parse(`"${escapeFreeText(body)}"`);
        for (const text of [arrives, escapeFreeText(body)]) {
          expect(seen({ body: text, commenter: "Jason Doe" }, { sent })).toBe(true);
        }
      }),
    );
  });

  it("no text can be read from its footprint", () => {
    expect(JSON.stringify(evidenceOf({ ...comment, body: "secret" }, digest))).not.toContain("secret");
  });
});

/** What one side holds, field by field. */
type Values = Record<string, string>;

/** A linked ticket on both sides, and on the way between them; everything is decided by the rules alone. */
const linkedTicket = (echoes: { ensono: boolean; client: "never" | "by actor" | "by value" }) => {
  const policies = policiesWith();
  const heads = linkedHeads();
  const ensono: Values = { status: "open", priority: "3", group: "A" };
  const client: Values = { status: "Open", priority: "3", group: "A" };
  const fromEnsono: Values[] = [{ ...ensono }];
  const fromClient: { ticket: Values; actor?: string }[] = [{ ticket: { ...client } }];
  /** What a side was told to set, in that order. */
  const writes = { toClient: [] as Values[], toEnsono: [] as Values[] };
  let now = NOW;

  const putAtClient = (step: ClientStep): void => {
    if (!("changed" in step)) return;
    const changed = Object.fromEntries(Object.entries(step.changed).map(([name, value]) => [name, String(value)]));
    Object.assign(client, changed);
    writes.toClient.push(changed);
    if (echoes.client === "by actor") fromClient.push({ ticket: changed, actor: "envision-bridge" });
    if (echoes.client === "by value") fromClient.push({ ticket: { ...client } });
  };
  const putAtEnsono = (step: EnsonoStep): void => {
    const fields: Values = step.do === "updateTicket" ? Object(step.fields) : { status: "resolved" };
    Object.assign(ensono, fields);
    writes.toEnsono.push(fields);
    if (echoes.ensono) fromEnsono.push({ ...fields });
  };
  const perform = <Step>(decision: Decision<Step>, put: (step: Step) => void): void => {
    if (decision.outcome === "perform") for (const step of decision.steps) put(step);
    else expect(decision.outcome).toBe("ignore");
  };

  const deliverFromClient = (): boolean => {
    const event = fromClient.shift();
    if (event === undefined) return false;
    now += 1000;
    const view = viewOf(heads.client, heads.ensono, now);
    const body = clientEvent(event.ticket, { actor: event.actor });
    const { decision, learnt } = plan(body, view, noEventEvidence, policies);
    heads.client = afterLearning(heads.client, learnt, now);
    perform(decision, putAtEnsono);
    return true;
  };
  const deliverFromEnsono = (): boolean => {
    const changed = fromEnsono.shift();
    if (changed === undefined) return false;
    now += 1000;
    const view = viewOf(heads.ensono, heads.client, now);
    const update = transactionWith("Update", { changed });
    const { decision, learnt } = decide(update, view, { repeatedNoteIds: [], echoedNotes: [] }, policies);
    heads.ensono = afterLearning(heads.ensono, learnt, now);
    perform(decision, putAtClient);
    return true;
  };
  const deliver = (): boolean => deliverFromClient() || deliverFromEnsono();
  const deliverAll = (): void => {
    while (deliver());
  };

  deliverAll();
  writes.toClient.length = 0;
  writes.toEnsono.length = 0;

  return {
    ensono,
    client,
    writes,
    deliver,
    deliverAll,
    editAtEnsono(field: string, value: string): boolean {
      const isChange = ensono[field] !== value;
      ensono[field] = value;
      if (isChange) fromEnsono.push({ [field]: value });
      return isChange;
    },
    editAtClient(field: string, value: string, told: "all fields" | "changed fields"): boolean {
      const isChange = client[field] !== value;
      client[field] = value;
      if (isChange) fromClient.push({ ticket: told === "all fields" ? { ...client } : { [field]: value } });
      return isChange;
    },
  };
};

describe("edits and echoes", () => {
  const inEnsonoWords = (values: Values) => toEnsonoFields(values, policiesWith().config).fields;
  const edit = fc.oneof(
    fc.record({ field: fc.constant("status"), value: fc.constantFrom("Open", "In Progress", "Pending", "Resolved") }),
    fc.record({ field: fc.constant("priority"), value: fc.constantFrom("1", "2", "3") }),
    fc.record({ field: fc.constant("group"), value: fc.constantFrom("A", "B") }),
  );
  const toEnsonoWord = (field: string, value: string): string =>
    Object.values(inEnsonoWords({ [field]: value }))[0] ?? "";
  const echoes = fc.record({
    ensono: fc.boolean(),
    client: fc.constantFrom("never" as const, "by actor" as const, "by value" as const),
  });

  it("[I5] an honest edit that equals one of ours is not swallowed: each comes through once, and no echo does", () => {
    const clientEdits = fc.record({ edit, told: fc.constantFrom("all fields" as const, "changed fields" as const) });
    /** The client edits once and is heard; then Ensono edits, some of it before our echo has come back to us. */
    const round = fc.record({
      clientEdits: fc.option(clientEdits),
      heard: fc.nat(2),
      ensonoEdits: fc.array(edit, { maxLength: 3 }),
    });
    return fc.assert(
      fc.property(echoes, fc.array(round, { maxLength: 12 }), (mode, rounds) => {
        const ticket = linkedTicket(mode);
        for (const { clientEdits: own, heard, ensonoEdits } of rounds) {
          ticket.writes.toClient.length = 0;
          ticket.writes.toEnsono.length = 0;
          const isOwnChange = own !== null && ticket.editAtClient(own.edit.field, own.edit.value, own.told);
          if (isOwnChange) ticket.deliver();
          const edits = ensonoEdits.flatMap(({ field, value }, nth) => {
            if (nth === heard) ticket.deliver();
            return ticket.editAtEnsono(field, toEnsonoWord(field, value)) ? [{ [field]: value }] : [];
          });
          ticket.deliverAll();

          expect(ticket.writes.toEnsono).toHaveLength(isOwnChange ? 1 : 0);
          expect(ticket.writes.toClient).toEqual(edits);
          expect(inEnsonoWords(ticket.client)).toEqual(ticket.ensono);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("[I5] the client sets A, it echoes, Ensono sets B, then A: both reach the client", () => {
    const ticket = linkedTicket({ ensono: true, client: "by value" });
    ticket.editAtClient("priority", "1", "all fields");
    ticket.deliverAll();
    ticket.editAtEnsono("priority", "2");
    ticket.deliverAll();
    ticket.editAtEnsono("priority", "1");
    ticket.deliverAll();
    expect(ticket.writes).toEqual({ toEnsono: [{ priority: "1" }], toClient: [{ priority: "2" }, { priority: "1" }] });
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import bridge from "../../../bridge.config.ts";
import { defineBridge } from "../../../lambdas/shared/domain/config.ts";
import {
  changeCloseCodes,
  changeStates,
  ensonoStatuses,
  ticketCloseCodes,
} from "../../../lambdas/shared/domain/ensono-ticket.ts";
import { toClientFields, toEnsonoFields } from "../../../lambdas/shared/domain/mapping.ts";
import { mappingFaults } from "../../../lambdas/shared/domain/mapping-check.ts";
import { configWith } from "../../support/builders.ts";

type Tables = Parameters<typeof configWith>[0];

/** What `defineBridge`, and so the synthesis, says of such tables. */
const refusal = (tables: Tables): string => {
  try {
    configWith(tables);
    return "accepted";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const status = bridge.mappings.toEnsono.status;

describe("mapping tables", () => {
  it("[I6] those of bridge.config.ts are total and settle", () => {
    expect(mappingFaults(bridge)).toEqual([]);
    const words = [...ensonoStatuses.map((value) => ({ status: value })), ...changeStates.map((state) => ({ state }))];
    const codes = [...ticketCloseCodes, ...changeCloseCodes].map((closeCode) => ({ closeCode }));
    for (const body of [...words, ...codes]) expect(toClientFields(body, bridge).unmapped).toEqual([]);
  });

  it("[I6] every status, every state of a change and every kind of ticket must have a word", () => {
    const { pending: _, ...statuses } = bridge.mappings.toClient.status;
    const { Review: __, ...states } = bridge.mappings.toClient.changeState;
    const { Change: ___, ...ticketTypes } = bridge.mappings.toClient.ticketType;
    const without = (toClient: object) => () =>
      defineBridge({
        ...bridge,
        mappings: { ...bridge.mappings, toClient: { ...bridge.mappings.toClient, ...toClient } },
      });
    expect(without({ status: statuses })).toThrow(/mappings\.toClient\.status\.pending/);
    expect(without({ changeState: states })).toThrow(/mappings\.toClient\.changeState\.Review/);
    expect(without({ ticketType: ticketTypes })).toThrow(/mappings\.toClient\.ticketType\.Change/);
  });

  it.each<[string, Tables, RegExp]>([
    [
      "a status of Ensono comes back as another one",
      { toClient: { status: { ...bridge.mappings.toClient.status, pending: "Waiting" } } },
      /mappings\.toEnsono\.status: Ensono's "pending" is "Waiting" to you, and comes back as "open": map "Waiting" to "pending"/,
    ],
    [
      "a status of the client ends up as one that means something else",
      {
        toEnsono: { status: { ...status, values: { ...status.values, Parked: "pending" } } },
        toClient: { status: { ...bridge.mappings.toClient.status, pending: "Open" } },
      },
      /mappings\.toClient\.status: your "Parked" is "pending" at Ensono, and comes back as "Open"/,
    ],
    [
      "a priority of Ensono comes back as another one",
      { toClient: { priority: { values: { "1": "P1" }, otherwise: "keep" } } },
      /mappings\.toEnsono\.priority: Ensono's "1" is "P1" to you, and comes back as "3"/,
    ],
    [
      "a priority of nobody's would turn into another one",
      {
        toEnsono: { priority: { values: { High: "2" }, otherwise: "3" } },
        toClient: { priority: { values: { "2": "High", "3": "High" }, otherwise: "keep" } },
      },
      /mappings\.toClient\.priority: what is not in your table is "3" at Ensono, and comes back as "High", which Ensono takes for "2"/,
    ],
    [
      "Ensono's words for an impact mean something else to the client",
      {
        toEnsono: { impact: { values: { "1": "3", "3": "1" }, otherwise: "2" } },
        policies: { severity: "impact-and-urgency" },
      },
      /mappings\.toEnsono\.impact: Ensono's "1" is "1" to you, and comes back as "3"/,
    ],
    [
      "a status that nobody has thought of would close tickets",
      { toEnsono: { status: { ...status, otherwise: "closed" } } },
      /mappings\.toEnsono\.status\.otherwise: every status that is not in the table would be "closed" at Ensono/,
    ],
    [
      "a kind of ticket comes back as another one",
      { toClient: { ticketType: { Incident: "Incident", Request: "Task", Change: "Change" } } },
      /mappings\.toEnsono\.ticketType: Ensono's "Request" is "Task" to you, and comes back as "Incident": map "Task" to "Request"/,
    ],
    [
      "the priorities stand the wrong way round",
      { toClient: { priority: { values: { Critical: "1" }, otherwise: "keep" } } },
      /mappings\.toClient\.priority\.values\.Critical: expected Ensono's "1", "2", "3" or "4" on the left/,
    ],
  ])("[I6] are refused where %s", (_, tables, expected) => {
    expect(refusal(tables)).toMatch(expected);
  });

  it("[I6] may give two of Ensono's statuses one word, unless the client has another one for the status that this loses", () => {
    const toClient = { status: { ...bridge.mappings.toClient.status, cancelled: "Closed" } };
    const { Cancelled: _, ...others } = status.values;
    expect(refusal({ toClient, toEnsono: { status: { ...status, values: others } } })).toBe("accepted");
    expect(refusal({ toClient })).toMatch(/your "Cancelled" is "cancelled" at Ensono, and comes back as "Closed"/);
  });

  it("[I6] the priority's do not count where impact and urgency are sent", () => {
    const toClient = { priority: { values: { "1": "P1" }, otherwise: "keep" } };
    expect(refusal({ toClient, policies: { severity: "impact-and-urgency" } })).toBe("accepted");
  });

  it("[I6] blanks around a word do not matter", () => {
    const values = { " Stuck ": "pending" } as const;
    const config = configWith({ toEnsono: { status: { ...status, values: { ...status.values, ...values } } } });
    expect(toEnsonoFields({ status: " stuck" }, config)).toMatchObject({ fields: { status: "pending" }, unmapped: [] });
  });

  it("[I6] whichever are accepted, what either side says means the same after it came back", () => {
    const word = fc.constantFrom("New", "Open", "In Progress", "Waiting", "Done", "open", "pending");
    const ensonos = fc.constantFrom(...ensonoStatuses);
    const toEnsono = fc.record({
      values: fc.dictionary(word, ensonos),
      otherwise: fc.constantFrom(...(["open", "workingprogress", "pending"] as const)),
    });
    const toClient = fc.record(Object.fromEntries(ensonoStatuses.map((one) => [one, word])));
    fc.assert(
      fc.property(toEnsono, toClient, (there, back) => {
        const mappings = {
          toEnsono: { ...bridge.mappings.toEnsono, status: there },
          toClient: { ...bridge.mappings.toClient, status: { ...bridge.mappings.toClient.status, ...back } },
        };
        const config = { ...bridge, mappings };
        const f = (value: string) => String(toEnsonoFields({ status: value }, config).fields.status);
        const g = (value: string) => String(toClientFields({ status: value }, config).fields.status);
        const isSettling =
          ensonoStatuses.every((value) => g(f(g(value))) === g(value)) &&
          [...Object.keys(there.values), "nobody's"].every((value) => f(g(f(value))) === f(value));
        expect(mappingFaults(config).length === 0).toBe(isSettling);
      }),
    );
  });
});

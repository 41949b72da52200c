import { describe, expect, it } from "vitest";
import { explainField } from "../../../bin/operator/use-cases/explain-field.ts";
import { type Translation, whyMapped } from "../../../bin/operator/use-cases/explain-mapping.ts";
import { configWith, newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { operatorOf } from "../../support/operator.ts";

const withTicket = async (ticket: Record<string, string> = {}) => {
  const bridge = inMemoryBridge();
  const number = await bridge.open({ ...newClientTicket, ...ticket });
  await bridge.minutes(2);
  return { bridge, operator: operatorOf(bridge), number, ensonoNumber: bridge.ensono.tickets[0]?.number ?? "" };
};

describe("explain", () => {
  it("says of a field what was said, what was put on the other side, and by which rule", async () => {
    const { bridge, operator, number, ensonoNumber } = await withTicket({ priority: "Galactic" });
    await bridge.change(number, { priority: "High" });
    await bridge.minute();
    bridge.ensono.change(ensonoNumber, { priority: "1" });
    await bridge.minutes(2);
    const explained = await explainField(ensonoNumber, "PRIORITY", operator);
    expect(explained).toMatchObject({
      ensonoNumber,
      clientNumber: number,
      field: "priority",
      atEnsono: { value: "1", by: "ensono", certain: true },
      atClient: { value: "1", by: "bridge", certain: true },
      history: [
        {
          from: "client",
          said: "Galactic",
          put: "3",
          state: "done",
          why: [
            'mappings.toEnsono.priority has no row for "Galactic": its otherwise "3" is used',
            'priority "Galactic" is not in the mapping table: "3" is used',
          ],
        },
        { from: "client", said: "High", put: "2", why: ['mappings.toEnsono.priority maps "High" to "2"'] },
        { from: "ensono", said: "1", put: "1", why: [expect.stringContaining("passed on as it is")] },
      ],
    });
  });

  it("says why a value did not reach the other side", async () => {
    const { bridge, operator, number } = await withTicket({ priority: "High", contactPhone: "1" });
    bridge.ensono.fail("unavailable");
    await bridge.change(number, { priority: "Low" });
    await bridge.work();
    const waiting = await explainField(number, "priority", operator);
    expect(waiting.atEnsono).toMatchObject({ value: "2", by: "bridge" });
    expect(waiting.atClient).toMatchObject({ value: "Low", by: "client" });
    expect(waiting.history.at(-1)).toMatchObject({
      put: "4",
      state: "open",
      why: ['mappings.toEnsono.priority maps "Low" to "4"', "the call is waiting", "Ensono is down"],
    });
  });

  it("says where a value comes from that nobody said", async () => {
    const { operator, number } = await withTicket();
    expect(await explainField(number, "priority", operator)).toMatchObject({
      atEnsono: { value: "3", by: "bridge" },
      atClient: { value: null },
      history: [{ put: "3", why: [expect.stringContaining("every create says how severe it is")] }],
    });
  });

  it("says that the ledger knows of a newer value whose entry is gone", async () => {
    const { bridge, operator, number } = await withTicket({ priority: "High" });
    const forgetful = {
      ...operator.inspection,
      entries: async () => bridge.ledger.entriesOf(`CLIENT#${number}`).slice(0, 1),
    };
    await bridge.change(number, { priority: "Low" });
    await bridge.minutes(2);
    const explained = await explainField(number, "priority", { ...operator, inspection: forgetful });
    expect(explained.atEnsono).toMatchObject({ value: "2", certain: false });
  });

  it("tells texts by their length only", async () => {
    const { operator, number } = await withTicket();
    const explained = await explainField(number, "description", operator);
    expect(explained.atEnsono.value).toBe(`(text of ${newClientTicket.description.length} characters)`);
    expect(JSON.stringify(explained)).not.toContain(newClientTicket.description);
    expect(JSON.stringify(await explainField(number, "contactEmail", operator))).not.toContain("@");
  });

  it("refuses a field that was never said, and names those that were", async () => {
    const { operator, number } = await withTicket();
    await expect(explainField(number, "colour", operator)).rejects.toThrow(
      /^colour: nothing was said of such a field of INC1; known are: contactEmail, contactName, description, priority/,
    );
  });
});

describe("the rule behind a value", () => {
  const config = configWith({
    toEnsono: { group: { values: { Desk: "Ensono Desk" }, otherwise: "keep" } },
    toClient: { closeCode: { values: { resolved: "Solved" }, otherwise: "Other" } },
  });
  const of = (name: string, said: unknown, put: unknown, from: Translation["from"]): string[] =>
    whyMapped({ name, said, put, from }, config);

  it.each([
    [
      "status",
      "In Progress",
      "workingprogress",
      "client",
      'mappings.toEnsono.status maps "In Progress" to "workingprogress"',
    ],
    ["status", "resolved", "resolved", "client", 'mappings.toEnsono.status maps "Resolved" to "resolved"'],
    ["priority", "2", "2", "client", '"2" is Ensono\'s own word'],
    ["group", "desk", "Ensono Desk", "client", 'mappings.toEnsono.group maps "Desk" to "Ensono Desk"'],
    ["group", "Other", "Other", "client", 'mappings.toEnsono.group has no row for "Other": it is passed on as it is'],
    [
      "group",
      "Other",
      "Ensono Service Desk",
      "client",
      'mappings.toEnsono.group says "Other" for "Other" today; it was put otherwise then',
    ],
    ["status", "resolved", "Resolved", "ensono", 'mappings.toClient.status maps "resolved" to "Resolved"'],
    [
      "category",
      "Telecom",
      "Telecom",
      "ensono",
      'mappings.toClient.category has no row for "Telecom": it is passed on as it is',
    ],
    ["state", "Assess", "Assess", "ensono", 'mappings.toClient.changeState maps "Assess" to "Assess"'],
    [
      "closeCode",
      "unresolved",
      "Other",
      "ensono",
      'mappings.toClient.closeCode has no row for "unresolved": its otherwise "Other" is used',
    ],
    ["contactEmail", undefined, "x@example.com", "client", "not said: policies.defaultContact stands in"],
    ["closeNotes", undefined, "closed", "client", "not said: policies.defaultCloseNotes stands in"],
  ] as const)("%s: %s became %s", (name, said, put, from, why) => {
    expect(of(name, said, put, from)).toEqual([why]);
  });

  it("says nothing where no rule is about it", () => {
    expect(of("shortDescription", "a", "a", "client")).toEqual([]);
    expect(of("cis", ["a"], "a", "client")).toEqual([]);
    expect(of("priority", undefined, "1", "ensono")).toEqual([]);
  });
});

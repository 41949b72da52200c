import { describe, expect, it } from "vitest";
import { toClientFields, toEnsonoFields, toEnsonoTicketType } from "../../../lambdas/shared/domain/mapping.ts";
import { configWith } from "../../support/builders.ts";

const towardsEnsono = (ticket: Record<string, string>, config = configWith()) => toEnsonoFields(ticket, config);
const towardsClient = (body: Record<string, string>, config = configWith()) => toClientFields(body, config);

describe("towards Ensono", () => {
  it.each([
    ["status", "In Progress", "workingprogress"],
    ["status", "in progress", "workingprogress"],
    ["status", " On Hold ", "pending"],
    ["status", "workingprogress", "workingprogress"],
    ["status", "CLOSED", "closed"],
    ["priority", "Critical", "1"],
    ["priority", "4", "4"],
    ["group", "Ensono Network Support", "Ensono Network Support"],
  ])("[I6] %s %s is %s", (field, value, mapped) => {
    expect(towardsEnsono({ [field]: value })).toEqual({ fields: { [field]: mapped }, notes: [], unmapped: [] });
  });

  it.each([
    ["status", "Limbo", "open"],
    ["priority", "5", "3"],
    ["priority", "", "3"],
  ])("[I6] %s %j is not mapped: the default is used and noted", (field, value, otherwise) => {
    expect(towardsEnsono({ [field]: value })).toEqual({
      fields: { [field]: otherwise },
      notes: [`${field} "${value}" is not in the mapping table: "${otherwise}" is used`],
      unmapped: [field],
    });
  });

  it("[I6] groups follow their table, and the default group stands for all others", () => {
    const group = { values: { Network: "Ensono Network Support" }, otherwise: "Ensono Service Desk" };
    const config = configWith({ toEnsono: { group } });
    expect(towardsEnsono({ group: "network" }, config).fields).toEqual({ group: "Ensono Network Support" });
    expect(towardsEnsono({ group: "Facilities" }, config).fields).toEqual({ group: "Ensono Service Desk" });
  });

  it("[E9] the config chose what says how severe a ticket is", () => {
    const ticket = { priority: "Critical", impact: "High", urgency: "Low" };
    expect(towardsEnsono(ticket).fields).toEqual({ priority: "1" });
    const config = configWith({ policies: { severity: "impact-and-urgency" } });
    expect(towardsEnsono(ticket, config).fields).toEqual({ impact: "1", urgency: "3" });
  });

  it("[E9] configuration items are joined with commas; what Ensono has no place for stays out", () => {
    expect(toEnsonoFields({ cis: ["a", " b "], category: "Hardware", building: 7 }, configWith()).fields).toEqual({
      cis: "a,b",
    });
  });
});

describe("the kind of a ticket, towards Ensono", () => {
  const values = { "Service Request": "Request", Problem: "Incident", RFC: "Change" } as const;
  const config = configWith({ toEnsono: { ticketType: { values, otherwise: "Request" } } });

  it.each([
    ["service request", undefined, "Request"],
    ["Problem", "Request", "Incident"],
    ["rfc", undefined, "Change"],
    ["incident", undefined, "Incident"],
    ["Change", undefined, "Change"],
  ] as const)("[I6] %s, known as %s, is %s", (word, known, ticketType) => {
    expect(toEnsonoTicketType(word, known, config)).toEqual({ ticketType, notes: [], unmapped: [] });
  });

  it.each([
    [undefined, "Request"],
    ["Incident", "Incident"],
    ["Change", "Change"],
  ] as const)("[I6] a word of nobody's, known as %s, is %s, and this is noted", (known, ticketType) => {
    expect(toEnsonoTicketType("toString", known, config)).toEqual({
      ticketType,
      notes: [`ticketType "toString" is not in the mapping table: "${ticketType}" is used`],
      unmapped: ["ticketType"],
    });
  });
});

describe("towards the client", () => {
  it.each([
    ["status", "workinprogress", "In Progress"],
    ["status", "Pending", "Pending"],
    ["priority", "1", "1"],
    ["closeCode", "unresolved*", "unresolved"],
    ["group", "Ensono Support", "Ensono Support"],
    ["statusNextAction", "pending-caller", "pending-caller"],
  ])("[I6] [Q9] %s %s is %s", (field, value, mapped) => {
    expect(towardsClient({ [field]: value })).toEqual({ fields: { [field]: mapped }, notes: [], unmapped: [] });
  });

  it("[I6] a table's default is used for what it does not name, and noted", () => {
    const config = configWith({ toClient: { closeCode: { values: { resolved: "Solved" }, otherwise: "Other" } } });
    expect(towardsClient({ closeCode: "resolved*" }, config)).toEqual({
      fields: { closeCode: "Solved" },
      notes: [],
      unmapped: [],
    });
    expect(towardsClient({ closeCode: "cancelled" }, config)).toMatchObject({
      fields: { closeCode: "Other" },
      notes: [expect.stringContaining('"cancelled"')],
    });
  });

  it.each(["Hardware", "Mainframe / Mid-range"])("[I6] the category %s is passed on without a table", (category) => {
    expect(towardsClient({ category })).toEqual({ fields: { category }, notes: [], unmapped: [] });
  });

  it("[I6] [C1] categories follow their table, and its default stands for all others but none", () => {
    const category = { values: { Telecom: "Network" }, otherwise: "Other" };
    const config = configWith({ toClient: { category } });
    expect(towardsClient({ category: "telecom" }, config).fields).toEqual({ category: "Network" });
    expect(towardsClient({ category: "" }, config)).toEqual({ fields: { category: "" }, notes: [], unmapped: [] });
    expect(towardsClient({ category: "Patching" }, config)).toEqual({
      fields: { category: "Other" },
      notes: ['category "Patching" is not in the mapping table: "Other" is used'],
      unmapped: ["category"],
    });
  });

  it("[I6] a value that is called as something every object has is looked up like any other", () => {
    const config = configWith({ toClient: { closeCode: { values: {}, otherwise: "Other" } } });
    expect(towardsClient({ closeCode: "constructor" }, config).fields).toEqual({ closeCode: "Other" });
  });

  it.each([
    ["state", "assess", "Assess"],
    ["state", "Draft", "New"],
    ["state", "Canceled", "Cancelled"],
    ["approval", "requested", "Requested"],
    ["approval", "not requested", "Not Yet Requested"],
    ["approval", "approved", "Approved"],
    ["risk", "Moderate", "Moderate"],
  ])("[I6] [Q9] of a change, %s %s is %s", (field, value, mapped) => {
    expect(towardsClient({ [field]: value }).fields).toEqual({ [field]: mapped });
  });

  it("[I6] states of a change have words of the client's, and a state of nobody's is passed on and noted", () => {
    const words = { ...configWith().mappings.toClient.changeState, Implement: "In Progress" };
    const config = configWith({ toClient: { changeState: words } });
    expect(towardsClient({ state: "Implement" }, config).fields).toEqual({ state: "In Progress" });
    expect(towardsClient({ state: "Pondering" }, config)).toMatchObject({
      fields: { state: "Pondering" },
      notes: [expect.stringContaining('"Pondering"')],
      unmapped: ["state"],
    });
  });

  it("[T9] a change's schedule comes in UTC and locally, over the change of the clocks", () => {
    const { fields } = towardsClient({ startDate: "2023-03-12T07:30:00Z", endDate: "2023-03-12T08:30:00Z" });
    const zone = "America/Chicago";
    expect(fields).toEqual({
      startDate: { utc: "2023-03-12T07:30:00.000Z", local: "2023-03-12T01:30:00-06:00", zone },
      endDate: { utc: "2023-03-12T08:30:00.000Z", local: "2023-03-12T03:30:00-05:00", zone },
    });
  });

  it.each(["Successful", "Successful with issues", "Successful Outside Change Window", "Unsuccessful"])(
    "[I6] [C6] a change's close code %s has a word of the client's",
    (closeCode) => {
      const values = { [closeCode.toUpperCase()]: "Mapped" };
      const config = configWith({ toClient: { closeCode: { values, otherwise: "keep" } } });
      expect(towardsClient({ closeCode }, config).fields).toEqual({ closeCode: "Mapped" });
    },
  );

  it("[T9] times come in UTC and locally, whatever their field; what is no time stays a text", () => {
    const { fields } = towardsClient({ offHoldDate: "2023-01-28 22:26:23", openedTime: "at noon", updatedAt: "" });
    expect(fields).toEqual({
      offHoldDate: { utc: "2023-01-28T22:26:23.000Z", local: "2023-01-28T16:26:23-06:00", zone: "America/Chicago" },
      openedTime: "at noon",
      updatedAt: "",
    });
  });

  it.each([
    ["a,b , c", ["a", "b", "c"]],
    ["", []],
  ])("configuration items %j come as the list %j", (cis, list) => {
    expect(towardsClient({ cis }).fields).toEqual({ cis: list });
  });

  it("identity is not passed on as fields", () => {
    const identity = {
      clientName: "testClient",
      ticketNumber: "e-CS1",
      clientTicketNumber: "INC1",
      ticketType: "Incident",
    };
    expect(towardsClient({ ...identity, origin: "Web" }).fields).toEqual({ origin: "Web" });
  });
});

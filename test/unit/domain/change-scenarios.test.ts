import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeStates } from "../../../lambdas/shared/domain/ensono-ticket.ts";
import { configWith, inShort } from "../../support/builders.ts";
import { changeWalk } from "../../support/change-walk.ts";

type Walk = ReturnType<typeof changeWalk>;

const assess = (walk: Walk) => walk.take("Create", { state: "Assess" });
const move = (walk: Walk, state: string, body = {}) => walk.take("Update", { state, ...body });
const redraft = (walk: Walk) => walk.take("Redraft", { state: "New", approval: "not requested" });
const close = (walk: Walk, closeCode: string) =>
  walk.take("Closure", { state: "Closed", closeCode, closeNotes: "Free text" });

describe("the first transaction of each type", () => {
  it.each([
    ["[C1] Normal", "Normal", "Assess", "required"],
    ["[C1] Standard", "Standard", "Scheduled", "given"],
    ["[C1] Emergency", "Emergency", "Authorize", "given"],
  ])("%s begins in its own state and says whose approval it needs", (_, type, state, clientApproval) => {
    const walk = changeWalk({ type });
    expect(inShort(walk.take("Create", { state }))).toBe("createTicket");
    expect(walk.changes).toMatchObject([{ status: "open", clientApproval, fields: { type, state } }]);
  });
});

describe("the guide's Normal Change Scenarios", () => {
  const codes = { Successful: "OK", "Successful with issues": "OK, with issues", Unsuccessful: "Failed" };
  const config = configWith({ toClient: { closeCode: { values: codes, otherwise: "keep" } } });

  it.each([
    ["[C6] row 1: implemented", "Successful", "OK"],
    ["[C6] row 2: implemented with issues", "Successful with issues", "OK, with issues"],
    ["[C6] row 3: failed", "Unsuccessful", "Failed"],
    ["[C6] outside of its window", "Successful Outside Change Window", "Successful Outside Change Window"],
  ])("%s: the client's change is closed with the mapped close code", (_, closeCode, mapped) => {
    const walk = changeWalk({ config });
    assess(walk);
    walk.answer("approved");
    for (const state of ["Authorize", "Scheduled", "Implement", "Review"])
      expect(inShort(move(walk, state))).toBe("updateTicket");
    expect(inShort(close(walk, closeCode))).toBe("closeTicket");
    expect(walk.changes).toMatchObject([
      { status: "closed", fields: { state: "Closed", closeCode: mapped, closeNotes: "Free text" } },
    ]);
  });

  it("[C6] row 4: approved, then rejected at Ensono and moved to New: cancelled", () => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("approved");
    expect(inShort(move(walk, "New", { approval: "rejected" }))).toBe("cancelTicket");
    expect(walk.changes).toMatchObject([{ status: "cancelled" }]);
  });

  it("[C6] row 5: approved, then cancelled: cancelled", () => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("approved");
    expect(inShort(move(walk, "Cancelled"))).toBe("cancelTicket");
    expect(walk.changes).toMatchObject([{ status: "cancelled", fields: { state: "Cancelled" } }]);
  });

  it("[C6] row 6: approved, then moved to New: cancelled, once", () => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("approved");
    expect(inShort(redraft(walk))).toBe("cancelTicket");
    expect(inShort(redraft(walk))).toBe("ignore");
    expect(inShort(move(walk, "Cancelled"))).toBe("ignore");
  });

  it.each([
    ["as a Create", "Create"],
    ["as an Update", "Update"],
  ])("[C6] row 7: approved, New, then assessed again %s: a new change takes the cancelled one's place", (_, type) => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("approved");
    redraft(walk);
    const decision = walk.take(type, { state: "Assess", shortDescription: "better" });
    expect(decision).toMatchObject({ steps: [{ do: "createTicket", replaces: "CHG1" }] });
    expect(walk.changes).toMatchObject([
      { status: "cancelled" },
      { status: "open", fields: { shortDescription: "better" } },
    ]);
  });

  it.each(["Authorize", "Scheduled", "Implement", "Review"])(
    "[C6] row 7, without the New in between, from %s: the previous change is cancelled first",
    (state) => {
      const walk = changeWalk();
      assess(walk);
      walk.answer("approved");
      move(walk, state);
      expect(inShort(move(walk, "Assess"))).toBe("cancelTicket, createTicket");
      expect(walk.changes).toMatchObject([
        { number: "CHG1", status: "cancelled" },
        { number: "CHG2", status: "open" },
      ]);
    },
  );

  it("[C6] row 8: rejected, then cancelled: nothing, for the client has closed its change", () => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("rejected");
    expect(inShort(move(walk, "Cancelled"))).toBe("ignore");
  });

  it("[C6] row 9: rejected, then moved to New: cancelled", () => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("rejected");
    expect(inShort(redraft(walk))).toBe("cancelTicket");
  });

  it("[C6] row 10: rejected, New, then assessed again: a new change", () => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("rejected");
    redraft(walk);
    expect(inShort(assess(walk))).toBe("createTicket");
    expect(walk.open()).toMatchObject([{ number: "CHG2" }]);
  });

  it("[C6] row 10, without the New in between", () => {
    const walk = changeWalk();
    assess(walk);
    walk.answer("rejected");
    expect(inShort(assess(walk))).toBe("cancelTicket, createTicket");
    expect(walk.open()).toMatchObject([{ number: "CHG2" }]);
  });
});

describe("state updates", () => {
  it("[C4] tell only what differs from what Ensono last said", () => {
    const walk = changeWalk();
    assess(walk);
    expect(move(walk, "Authorize", { endDate: "2023-02-08T18:00:00Z" })).toMatchObject({
      steps: [{ changed: { state: "Authorize", endDate: { utc: "2023-02-08T18:00:00.000Z" } } }],
    });
    expect(move(walk, "Authorize")).toMatchObject({
      steps: [{ changed: { endDate: { utc: "2023-02-08T16:25:52.000Z" } } }],
    });
    expect(inShort(move(walk, "Authorize"))).toBe("ignore");
  });

  it("[C4] an update that changes nothing does nothing, whatever its updatedOn says", () => {
    const walk = changeWalk();
    assess(walk);
    expect(inShort(walk.take("Update", { state: "Assess", updatedOn: "2023-02-09T00:00:00Z" }))).toBe("ignore");
  });

  it("[T9] gives start and end in UTC and in the config's zone", () => {
    const walk = changeWalk();
    assess(walk);
    expect(walk.present().fields.startDate).toEqual({
      utc: "2023-02-08T16:25:48.000Z",
      local: "2023-02-08T10:25:48-06:00",
      zone: "America/Chicago",
    });
  });

  it.each([
    ["draft", "cancelTicket"],
    ["NEW", "cancelTicket"],
    ["Canceled", "cancelTicket"],
    ["closed", "closeTicket"],
    ["implementation", "updateTicket"],
  ])("[Q9] reads the state %s", (state, expected) => {
    const walk = changeWalk();
    assess(walk);
    expect(inShort(move(walk, state))).toBe(expected);
  });

  it("[T6] closed is final", () => {
    const walk = changeWalk();
    assess(walk);
    close(walk, "Successful");
    for (const state of changeStates) expect(inShort(move(walk, state))).toBe("ignore");
    expect(inShort(walk.take("Notes", { notes: { body: "late" } }))).toBe("ignore");
  });

  it("[C7] a note is a comment, also while the change is drafted anew", () => {
    const walk = changeWalk();
    assess(walk);
    redraft(walk);
    expect(inShort(walk.take("Notes", { state: "New", notes: { id: "1", body: "next week" } }))).toBe("addComment");
    expect(walk.present().comments).toEqual(["next week"]);
  });

  it("[T4] a change that was never seen is made from its first update, and closed with its closure", () => {
    const walk = changeWalk();
    expect(inShort(move(walk, "Review"))).toBe("createTicket");
    const closed = changeWalk();
    expect(inShort(close(closed, "Successful"))).toBe("createTicket, closeTicket");
    const noted = changeWalk();
    expect(inShort(noted.take("Notes", { state: "Review", notes: { body: "done" } }))).toBe("createTicket, addComment");
  });

  it.each([["New"], ["Cancelled"]])(
    "[C6] a change that the client never had and that is %s is nothing to it",
    (state) => {
      expect(inShort(move(changeWalk(), state))).toBe("ignore");
    },
  );

  it("[T4b] a change that carries the client's number is linked and not made again", () => {
    const walk = changeWalk();
    expect(inShort(walk.take("Create", { clientTicketNumber: "CHG77" }))).toBe("link");
  });

  it("[Q5] a Create as of the same moment is the same one again, as long as the client's change is open", () => {
    const walk = changeWalk();
    assess(walk);
    move(walk, "Authorize");
    expect(inShort(walk.take("Create", { state: "Assess" }, { isRepeatedCreate: true }))).toBe("ignore");
    expect(walk.changes).toHaveLength(1);
  });
});

describe("approvals", () => {
  const request = (walk: Walk, approvalId = "a-1", evidence = {}) =>
    walk.take(
      "Approval Request",
      { state: "Assess", approvalState: "Requested", approvalId, approverEmail: "cab@client.com" },
      evidence,
    );

  it("[C2] each external approver's request is told with its approvalId, name and address", () => {
    const walk = changeWalk();
    assess(walk);
    expect(
      walk.take("Approval Request", {
        approvalId: "a-1",
        approverName: "Default User",
        approverEmail: "cab@client.com",
      }),
    ).toMatchObject({
      steps: [
        {
          do: "requestApproval",
          approval: { approvalId: "a-1", approverName: "Default User", approverEmail: "cab@client.com" },
        },
      ],
    });
    request(walk, "a-2");
    expect(walk.present().approvals).toEqual(["a-1", "a-2"]);
  });

  it("[Q5] a request that comes again is known by its approvalId", () => {
    const walk = changeWalk();
    assess(walk);
    request(walk);
    expect(inShort(request(walk, "a-1", { isRepeatedApproval: true }))).toBe("ignore");
  });

  it("[C2] a request without an approvalId cannot be answered: it is held", () => {
    const walk = changeWalk();
    assess(walk);
    expect(inShort(request(walk, ""))).toBe("hold: not-understood");
  });

  it("[C2] of a change that is no longer open nothing is requested", () => {
    const walk = changeWalk();
    assess(walk);
    redraft(walk);
    expect(inShort(request(walk))).toBe("ignore");
  });
});

describe("emergency changes", () => {
  const emergency = (other: Partial<ReturnType<typeof configWith>["policies"]["emergencyChanges"]>) =>
    changeWalk({
      type: "Emergency",
      config: configWith({
        policies: { emergencyChanges: { handling: "pre-approved", raisedFrom: "Authorize", ...other } },
      }),
    });

  it("[C1] option 1: raised late, as approved already, and closed with Ensono's", () => {
    const walk = emergency({ raisedFrom: "Implement" });
    expect(inShort(walk.take("Create", { state: "Authorize" }))).toBe("ignore");
    expect(inShort(move(walk, "Scheduled"))).toBe("ignore");
    expect(inShort(move(walk, "Implement"))).toBe("createTicket");
    expect(walk.present()).toMatchObject({ clientApproval: "given", fields: { state: "Implement" } });
    expect(inShort(close(walk, "Successful"))).toBe("closeTicket");
  });

  it("[C1] option 1: a comment is not lost on a change that is not raised yet", () => {
    const walk = emergency({ raisedFrom: "Review" });
    walk.take("Create", { state: "Authorize" });
    expect(inShort(walk.take("Notes", { state: "Authorize", notes: { body: "hurry" } }))).toBe(
      "createTicket, addComment",
    );
  });

  it("[C1] option 2: raised in Authorize, reviewed afterwards, and closed by the client itself", () => {
    const walk = emergency({ handling: "reviewed-afterwards" });
    expect(inShort(walk.take("Create", { state: "Authorize" }))).toBe("createTicket");
    expect(walk.present()).toMatchObject({ clientApproval: "afterwards" });
    expect(inShort(close(walk, "Successful"))).toBe("updateTicket");
    expect(walk.present()).toMatchObject({ status: "open", fields: { state: "Closed", closeCode: "Successful" } });
  });
});

describe("any walk over the states", () => {
  type Act = { answer: "approved" | "rejected" } | { state: string; type: string };
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.constantFrom(...changeStates).map((state) => ({ state, type: "Update" })),
    fc.constantFrom(...changeStates).map((state) => ({ state, type: "Create" })),
    fc.constantFrom({ state: "New", type: "Redraft" }, { state: "Closed", type: "Closure" }),
    fc.constantFrom<"approved" | "rejected">("approved", "rejected").map((answer) => ({ answer })),
  );

  /** Walks, and after each step says what must not be. */
  const faultsOf = (type: string, acts: readonly Act[]): string[] => {
    const walk = changeWalk({ type });
    let last = "New";
    return acts.flatMap((one) => {
      if ("answer" in one) {
        if (walk.open().length > 0) walk.answer(one.answer);
        return [];
      }
      walk.take(one.type, { state: one.state, closeCode: "Successful" });
      if (last !== "Closed") last = one.type === "Closure" && one.state !== "Cancelled" ? "Closed" : one.state;
      return faultsAfter(walk, last);
    });
  };

  const faultsAfter = (walk: Walk, state: string): string[] => {
    const open = walk.open();
    const isOver = ["New", "Cancelled", "Closed"].includes(state);
    return [
      ...(open.length > 1 ? [`${open.length} are open`] : []),
      ...(isOver && open.length > 0 ? [`one is open although Ensono's is ${state}`] : []),
      ...(open[0] !== undefined && open[0] !== walk.present() ? ["one that was replaced is open"] : []),
    ];
  };

  it("[C6] leaves at most one client change open, and none that Ensono has taken back or closed", () => {
    const types = fc.constantFrom("Normal", "Standard", "Emergency");
    fc.assert(fc.property(types, fc.array(act, { maxLength: 30 }), (type, acts) => faultsOf(type, acts).length === 0));
  });
});

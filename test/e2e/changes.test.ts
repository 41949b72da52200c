import { describe, expect, test } from "vitest";
import {
  type ChangeScript,
  flowScripts,
  normalChangeScenarios,
  walkChangeScript,
} from "../../sandbox/simulators/envision-connect/change-scripts.ts";
import { callApi, callNames, differing, effectsOn, noticesOf, useSandbox, writesTo } from "../support/sandbox.ts";

describe.concurrent("changes, through the synthesised stack", () => {
  const sandbox = useSandbox();

  const clientChanges = (changeNumber: string) =>
    sandbox()
      .client.tickets()
      .filter(({ ensonoTicketNumber }) => ensonoTicketNumber === changeNumber);

  /** The client answers as soon as it has been asked, and Ensono goes on as soon as it has the answer. */
  const answer = async (how: "approve" | "reject", changeNumber: string): Promise<void> => {
    const { client, ensono } = sandbox();
    const asked = () => clientChanges(changeNumber).at(-1);
    await expect.poll(() => asked()?.approvals.length ?? 0, WAIT).toBeGreaterThan(0);
    const approver = { name: "Jason Doe", email: "Jason.Doe@abc.com", phone: "000-000-000" };
    client.agent[how](asked()?.number ?? "", { approver, reason: "as the CAB decided" });
    await expect.poll(() => ensono.change(changeNumber)?.answers.length ?? 0, WAIT).toBe(1);
  };

  /** Ensono's acts follow each other at once: keeping them in order is the bridge's. */
  const walk = async (script: ChangeScript): Promise<string> => {
    const changeNumber = await walkChangeScript(script, { agent: sandbox().ensono.agent, answer });
    await sandbox().quiet();
    return changeNumber;
  };

  const phases = { closes: ["closed"], "is cancelled": ["cancelled"], "stays as it is": ["closed"] };
  const expectClientChange = (script: ChangeScript, changeNumber: string): void => {
    const wasRejected = script.acts.some((act) => "client" in act && act.client === "reject");
    const first = wasRejected ? "closed" : "cancelled";
    const expected =
      script.clientChange === "is cancelled, a new one is created"
        ? [first, "open"]
        : script.clientChange === "is cancelled"
          ? [first]
          : phases[script.clientChange];
    expect(clientChanges(changeNumber).map(({ phase }) => phase)).toEqual(expected);
    // Of a change that the client has closed itself, a cancellation is told and changes nothing.
    expect(effectsOn(sandbox(), changeNumber).includes("change.cancelled")).toBe(
      script.clientChange.startsWith("is cancelled"),
    );
  };

  test.each(Object.values(flowScripts))("[C1] [C2] [C3] flow diagram: $name", async (script) => {
    const changeNumber = await walk(script);
    expectClientChange(script, changeNumber);
    expect(sandbox().ensono.change(changeNumber)).toMatchObject(script.ends);
    expect(differing(sandbox(), changeNumber)).toEqual([]);
  });

  test.each(normalChangeScenarios.map((script, nth) => ({ ...script, row: nth + 1 })))(
    "[C6] scenario $row: $name",
    async (script) => {
      const changeNumber = await walk(script);
      expectClientChange(script, changeNumber);
      expect(sandbox().ensono.change(changeNumber)?.clientTicketNumber).toBe(
        clientChanges(changeNumber).at(-1)?.number,
      );
      expect(differing(sandbox(), changeNumber)).toEqual([]);
    },
  );

  test("[C3] of two answers only the first one reaches Ensono, with approver, approvalId and who decided why", async () => {
    const { ensono, client, quiet } = sandbox();
    const changeNumber = ensono.agent.openChange({ shortDescription: "Two answers", description: "-" });
    ensono.agent.submit(changeNumber);
    await quiet();
    const [change] = clientChanges(changeNumber);
    client.agent.reject(change?.number ?? "", {
      approver: { name: "Jason Doe", email: "Jason.Doe@abc.com" },
      reason: "time conflict",
    });
    client.agent.approve(change?.number ?? "", { approver: { name: "Eve" } });
    await quiet();
    const answers = writesTo(sandbox(), changeNumber).filter(
      ({ call }) => call === "approveChange" || call === "rejectChange",
    );
    expect(callNames(answers)).toEqual(["rejectChange"]);
    expect(answers[0]?.payload).toMatchObject({
      ticketType: "Change",
      approvalId: change?.approvals[0]?.approvalId,
      approver: change?.approvals[0]?.approverEmail,
      comments: [
        { body: expect.stringMatching(/Jason Doe, Email: Jason\.Doe@abc\.com rejected change .*: time conflict/) },
      ],
    });
    expect(Object.keys(answers[0]?.payload ?? {})).not.toContain("commenter");
  });

  test("[C5] [C7] comments and files go both ways, fields of the client's change do not", async () => {
    const { ensono, client, quiet } = sandbox();
    const changeNumber = ensono.agent.openChange({ shortDescription: "Comments", description: "-", type: "Standard" });
    ensono.agent.submit(changeNumber);
    ensono.agent.comment(changeNumber, { body: 'Plan "B"\n\tis ready' });
    ensono.agent.attach(changeNumber, {
      fileName: "plan.txt",
      contentType: "text/plain",
      content: Buffer.from("plan"),
    });
    await quiet();
    const number = clientChanges(changeNumber)[0]?.number ?? "";
    client.agent.comment(number, { body: "Seen by the CAB 👍" });
    await client.agent.attach(number, { fileName: "minutes.txt", content: Buffer.from("minutes") });
    await callApi(sandbox(), {
      clientTicketNumber: number,
      ticketType: "Change",
      ticket: { priority: "High", status: "Implement" },
    });
    await quiet();
    expect(callNames(writesTo(sandbox(), changeNumber)).toSorted()).toEqual(["addComments", "returnClientNumber"]);
    expect(differing(sandbox(), changeNumber)).toEqual([]);
    expect(clientChanges(changeNumber)[0]).toMatchObject({
      attachments: [{ fileName: "plan.txt" }, { fileName: "minutes.txt" }],
    });
    expect(ensono.change(changeNumber)).toMatchObject({
      files: [{ fileName: "plan.txt" }, { fileName: "minutes.txt" }],
    });
  });

  test("[C1] a change that the client starts is not sent to Ensono", async () => {
    const number = `CHG-${Date.now()}`;
    const { status } = await callApi(sandbox(), {
      clientTicketNumber: number,
      ticketType: "Change",
      ticket: { shortDescription: "Ours" },
    });
    await sandbox().quiet();
    expect(status).toBe(202);
    expect(writesTo(sandbox(), number)).toEqual([]);
  });

  test("[T9] start and end come in UTC and in the zone of the config", async () => {
    const { ensono, quiet } = sandbox();
    const changeNumber = ensono.agent.openChange({
      type: "Standard",
      shortDescription: "Times",
      description: "-",
      startDate: "2023-02-08T16:25:48Z",
    });
    ensono.agent.submit(changeNumber);
    await quiet();
    expect(noticesOf(sandbox(), changeNumber)[0]).toMatchObject({
      type: "change.created",
      data: {
        clientApproval: "given",
        ticket: { startDate: { utc: "2023-02-08T16:25:48.000Z", local: "2023-02-08T10:25:48-06:00" } },
      },
    });
  });
});

const WAIT = { timeout: 90_000, interval: 100 };

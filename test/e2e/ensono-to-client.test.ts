import { describe, expect, test } from "vitest";
import { effectsOn, noticesOf, pairOf, useSandbox, writesTo } from "../support/sandbox.ts";

describe.concurrent("Ensono → client, through the synthesised stack", () => {
  const sandbox = useSandbox();

  const open = (shortDescription: string): string =>
    sandbox().ensono.agent.open({ shortDescription, description: "As it stands", priority: "2" });

  /** A ticket that is at the client already. */
  const opened = async (shortDescription: string): Promise<string> => {
    const number = open(shortDescription);
    await sandbox().quiet();
    return number;
  };

  /** What the ticket's transaction looks like, for those that Ensono's own ITSM would not send in this state. */
  const sendUpdate = (number: string, changed: Record<string, string>, attributes: Record<string, string | boolean>) =>
    sandbox().ensono.send({
      Body: { clientName: "testClient", ticketNumber: number, clientTicketNumber: "", ticketType: "Incident", changed },
      Attributes: { MessageGroupId: number, TransactionType: "Update", ...attributes },
    });

  test("[T1] a ticket is created once, with all its fields, and its number is returned to Ensono", async () => {
    const running = sandbox();
    const number = await opened("Disk almost full");

    const { atEnsono, atClient } = pairOf(running, number);
    expect(atEnsono.clientTicketNumber).toBe(atClient.number);
    expect(atClient.fields).toMatchObject({
      shortDescription: "Disk almost full",
      description: "As it stands",
      status: "Open",
      priority: "2",
    });
    expect(effectsOn(running, number)).toEqual(["ticket.created"]);
    expect(writesTo(running, number)).toEqual([
      {
        call: "returnClientNumber",
        payload: { clientName: "testClient", ticketType: "Incident", clientTicketNumber: atClient.number },
      },
    ]);
  });

  test("[T1] a request becomes a request", async () => {
    const running = sandbox();
    const number = running.ensono.agent.open({ ticketType: "Request", shortDescription: "Access", description: "-" });
    await running.quiet();
    expect(pairOf(running, number).atClient.ticketType).toBe("Request");
  });

  test("[T2] an update tells only what changed, notes only the comment", async () => {
    const running = sandbox();
    const { agent } = running.ensono;
    const number = await opened("Printer offline");
    agent.update(number, { priority: "1" });
    agent.comment(number, {
      body: 'Part "A\\B" ordered\n\tTuesday 🖨',
      commenter: "Dana",
      commenterEmail: "d@example.com",
    });
    await running.quiet();

    const [, updated, commented] = noticesOf(running, number);
    expect(updated).toMatchObject({ type: "ticket.updated", data: { transaction: { type: "Update" } } });
    expect(updated?.type === "ticket.updated" && Object.keys(updated.data.changed).toSorted()).toEqual([
      "priority",
      "updatedAt",
    ]);
    expect(commented).toMatchObject({
      type: "ticket.commented",
      data: {
        transaction: { type: "Notes" },
        comment: { body: 'Part "A\\B" ordered\n\tTuesday 🖨', author: "Dana", authorEmail: "d@example.com" },
      },
    });
    expect(Object.keys(commented?.data ?? {})).not.toContain("changed");
  });

  test("[T3] a number that Ensono still lacks long after the link is returned once more", async () => {
    const running = sandbox();
    const number = await opened("Backup failed");
    const inTwentyMinutes = String(Date.now() + 20 * 60_000);
    const lacking = { SentTimestamp: inTwentyMinutes, ClientReferenceAvailable: false };
    sendUpdate(number, { priority: "3" }, lacking);
    await running.quiet();

    const returned = writesTo(running, number).filter(({ call }) => call === "returnClientNumber");
    expect(returned).toHaveLength(2);
    expect(effectsOn(running, number)).toEqual(["ticket.created", "ticket.updated"]);
  });

  test("[T6] resolved may be commented and reopened; closed is final", async () => {
    const running = sandbox();
    const { agent } = running.ensono;
    const number = await opened("VPN drops");
    agent.update(number, { status: "workingprogress" });
    agent.resolve(number, { closeNotes: "New client version", closeCode: "resolved*" });
    agent.comment(number, { body: "Please confirm" });
    agent.reopen(number);
    agent.resolve(number, { closeNotes: "Truly gone" });
    agent.close(number);
    sendUpdate(number, { priority: "1" }, {});
    await running.quiet();

    expect(effectsOn(running, number)).toEqual([
      "ticket.created",
      "ticket.updated",
      "ticket.resolved",
      "ticket.commented",
      "ticket.reopened",
      "ticket.resolved",
      "ticket.closed",
    ]);
    expect(pairOf(running, number).atClient.fields).toMatchObject({
      status: "Closed",
      closeNotes: "Truly gone",
      closeCode: "resolved",
      priority: "2",
    });
  });

  test.each([
    { ensono: "workingprogress", client: "In Progress", effect: "ticket.updated" },
    { ensono: "workinprogress", client: "In Progress", effect: "ticket.updated" },
    { ensono: "pending", client: "Pending", effect: "ticket.updated" },
    { ensono: "cancelled", client: "Cancelled", effect: "ticket.closed" },
  ] as const)("[I6] the status $ensono becomes $client", async ({ ensono: status, client, effect }) => {
    const running = sandbox();
    const number = await opened(`Becomes ${status}`);
    running.ensono.agent.update(number, { status });
    await running.quiet();
    expect(pairOf(running, number).atClient.fields.status).toBe(client);
    expect(effectsOn(running, number)).toEqual(["ticket.created", effect]);
  });

  test.each([
    { season: "winter", utc: "2026-03-02T18:02:11.000Z", local: "2026-03-02T12:02:11-06:00" },
    { season: "summer", utc: "2026-07-02T18:02:11.000Z", local: "2026-07-02T13:02:11-05:00" },
  ])("[T9] a time in $season comes in UTC and in the configured zone", async ({ utc, local }) => {
    const running = sandbox();
    const number = await opened("Waits for a part");
    const offHoldDate = utc.replace(".000Z", "Z");
    running.ensono.agent.update(number, { status: "pending", statusNextAction: "pending-vendor", offHoldDate });
    await running.quiet();

    const [, updated] = noticesOf(running, number);
    expect(updated).toMatchObject({
      type: "ticket.updated",
      data: { changed: { offHoldDate: { utc, local, zone: "America/Chicago" } } },
    });
    const { utc: sentAt, local: sentAtLocal } = updated?.data.transaction?.sentAt ?? { utc: "", local: "" };
    expect(Date.parse(sentAtLocal)).toBe(Math.floor(Date.parse(sentAt) / 1000) * 1000);
  });

  test("[R1] each delivery is signed, and its webhook-id names one effect", async () => {
    const running = sandbox();
    const number = await opened("Signed");
    running.ensono.agent.comment(number, { body: "First" });
    running.ensono.agent.comment(number, { body: "Second" });
    await running.quiet();

    const deliveries = running.client.deliveries();
    expect(deliveries.filter(({ valid }) => !valid)).toEqual([]);
    const keys = running.client.effects().map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(deliveries.map(({ id }) => id))).toEqual(new Set(keys));
  });

  test("[Q3][Q4] what happens at once to many tickets arrives once each, in each ticket's order", async () => {
    const running = sandbox();
    const { agent, queue } = running.ensono;
    const comments = Array.from({ length: 8 }, (_, nth) => `Comment ${nth}`);
    const numbers = Array.from({ length: 12 }, (_, nth) => open(`Ticket ${nth}`));
    for (const body of comments) for (const number of numbers) agent.comment(number, { body });
    for (const number of numbers) agent.resolve(number, { closeNotes: "Done" });
    await running.quiet();

    for (const number of numbers) {
      expect(effectsOn(running, number)).toEqual([
        "ticket.created",
        ...comments.map(() => "ticket.commented"),
        "ticket.resolved",
      ]);
      expect(pairOf(running, number).atClient.comments.map(({ body }) => body)).toEqual(comments);
    }
    expect(queue.failed()).toEqual([]);
    expect(queue.maxReceiveCount(), "every message was deleted well before it showed again").toBe(1);
  });

  test("[T4] an update of a ticket that was never seen makes it first", async () => {
    const running = sandbox();
    const number = "e-CS0990001";
    const body = { ticketNumber: number, clientName: "testClient", ticketType: "Incident", shortDescription: "Unseen" };
    running.ensono.send({
      Body: { ...body, description: "From before", status: "pending", changed: { status: "pending" } },
      Attributes: { MessageGroupId: number, TransactionType: "Update" },
    });
    await running.quiet();
    expect(effectsOn(running, number)).toEqual(["ticket.created", "ticket.updated"]);
  });
});

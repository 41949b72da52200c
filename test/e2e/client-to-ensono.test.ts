import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { callApi, callNames, effectsOn, newClientNumber, pairOf, useSandbox, writesTo } from "../support/sandbox.ts";

const spoken = 'He said "down"\n\tC:\\temp\\new \r\n📱 – naïve';
/** On the wire, in the guide's words: newline as \\n, quote as \\", backslash as \\\\, tab as \\t. */
const onTheWire = String.raw`He said \"down\"\n\tC:\\temp\\new \r\n📱 – naïve`;

const sandbox = useSandbox();

describe.concurrent("client → Ensono, through the synthesised stack", () => {
  /** A ticket of the client that is at Ensono already. */
  const opened = async (shortDescription: string): Promise<string> => {
    const { client, quiet } = sandbox();
    const { number } = client.agent.open({ shortDescription, priority: "High" });
    await quiet();
    return number;
  };
  /** What the bridge wrote to Ensono about the ticket since it was opened there. */
  const writesAfterCreate = (number: string) => {
    const running = sandbox();
    const { ticketNumber } = pairOf(running, number).atEnsono;
    return writesTo(running, ticketNumber).map(({ call, payload }) => {
      const { clientName, clientTicketNumber, ticketType, ...rest } = payload;
      expect({ clientName, clientTicketNumber, ticketType }).toEqual({
        clientName: "testClient",
        clientTicketNumber: number,
        ticketType: "Incident",
      });
      return { call, ...rest };
    });
  };

  test("[E7][E9][I2][I13] a create carries what the guide asks for, free text double-escaped, and its number comes back", async () => {
    const running = sandbox();
    const { number } = running.client.agent.open(
      { shortDescription: spoken, description: spoken, priority: "Critical", cis: ["db-17", "db-18"], status: "New" },
      { comments: [{ body: spoken, commenter: "Jason Doe" }] },
    );
    await running.quiet();

    const [create, ...others] = writesTo(running, number);
    expect(others).toEqual([]);
    expect(create).toEqual({
      call: "createTicket",
      payload: {
        clientName: "testClient",
        clientTicketNumber: number,
        ticketType: "Incident",
        shortDescription: onTheWire,
        description: onTheWire,
        contactName: "Service Desk",
        contactEmail: "service-desk@example.com",
        priority: "1",
        cis: "db-17,db-18",
        comments: [{ body: onTheWire, commenter: "Jason Doe", commentTime: expect.any(String) }],
      },
    });
    const { atEnsono, atClient } = pairOf(running, number);
    expect(atEnsono).toMatchObject({ shortDescription: spoken, description: spoken, clientTicketNumber: number });
    expect(atClient.ensonoTicketNumber).toBe(atEnsono.ticketNumber);
    expect(effectsOn(running, atEnsono.ticketNumber)).toEqual(["ticket.linked"]);
  });

  test("[E10][I3] an update carries only what changed", async () => {
    const { client, quiet } = sandbox();
    const number = await opened("Mail is slow");
    client.agent.update(number, { priority: "High", status: "In Progress", description: spoken });
    await quiet();
    client.agent.update(number, { priority: "High", description: spoken });
    await quiet();
    expect(writesAfterCreate(number)).toEqual([
      { call: "updateTicket", status: "workingprogress", description: onTheWire },
    ]);
  });

  test("[E12][I3] a comment is sent once, over /notes, however often its id comes", async () => {
    const running = sandbox();
    const clientTicketNumber = newClientNumber();
    const ticket = { shortDescription: "Told by snapshots", status: "New", priority: "Low" };
    const first = { id: "CMT-1", body: spoken, commenter: "Dana", commenterEmail: "dana@example.com" };
    const second = { id: "CMT-2", body: "And again" };
    await callApi(running, { clientTicketNumber, ticketType: "Incident", ticket });
    await running.quiet();
    await callApi(running, { clientTicketNumber, ticket, comments: [first] });
    await callApi(running, { clientTicketNumber, ticket, comments: [first, second] });
    await running.quiet();

    expect(writesAfterCreate(clientTicketNumber)).toEqual([
      {
        call: "addComments",
        comments: [{ body: onTheWire, commenter: "Dana", commenterEmail: "dana@example.com" }],
      },
      { call: "addComments", comments: [{ body: "And again" }] },
    ]);
  });

  test("[I3][I4] fields, comments and closure of one event become calls in this order; events keep theirs", async () => {
    const { client, quiet } = sandbox();
    const { number } = client.agent.open({ shortDescription: "All at once" });
    client.agent.update(number, { priority: "Low" }, [{ body: "First" }]);
    client.agent.comment(number, { body: "Second" });
    client.agent.resolve(number, { closeNotes: "Gone" });
    await quiet();
    expect(callNames(writesAfterCreate(number))).toEqual([
      "updateTicket",
      "addComments",
      "addComments",
      "updateTicket",
    ]);
    expect(pairOf(sandbox(), number).atEnsono.comments.map(({ body }) => body)).toEqual(["First", "Second"]);
  });

  test("[E11][I9] closing an open ticket resolves it first", async () => {
    const { client, quiet } = sandbox();
    const number = await opened("Straight to closed");
    client.agent.close(number, { closeNotes: spoken });
    await quiet();
    expect(writesAfterCreate(number)).toEqual([
      { call: "updateTicket", status: "resolved", closeNotes: onTheWire },
      { call: "updateTicket", status: "closed", closeNotes: onTheWire },
    ]);
    expect(pairOf(sandbox(), number).atEnsono.status).toBe("closed");
  });

  test("[E10][I9] resolve, reopen as a status update, resolve without a reason, close", async () => {
    const { client, quiet } = sandbox();
    const number = await opened("To and fro");
    client.agent.resolve(number, { closeNotes: "Restarted" });
    await quiet();
    client.agent.reopen(number);
    await quiet();
    client.agent.update(number, { status: "Resolved", closeNotes: "" });
    await quiet();
    client.agent.close(number, { closeNotes: "Confirmed" });
    await quiet();
    expect(writesAfterCreate(number)).toEqual([
      { call: "updateTicket", status: "resolved", closeNotes: "Restarted" },
      { call: "updateTicket", status: "open" },
      { call: "updateTicket", status: "resolved", closeNotes: "Closed by the client without further notes." },
      { call: "updateTicket", status: "closed", closeNotes: "Confirmed" },
    ]);
  });

  test("[E13][I6] a group that Ensono does not know becomes the default group, and a comment says so", async () => {
    const { client, quiet, ensono } = sandbox();
    const { number } = client.agent.open({ shortDescription: "Wrong group", group: "Mail Team" });
    await quiet();
    const { atEnsono } = pairOf(sandbox(), number);
    expect(atEnsono.group).toBe("Ensono Service Desk");
    expect(atEnsono.comments.map(({ body }) => body)).toEqual([expect.stringContaining('"Mail Team"')]);

    client.agent.update(number, { group: "Fax Team", priority: "Low" });
    await quiet();
    const after = ensono.ticket(atEnsono.ticketNumber);
    expect(after).toMatchObject({ group: "Ensono Service Desk", priority: "4" });
    expect(after?.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('"Mail Team"'),
      expect.stringContaining('"Fax Team"'),
    ]);
  });

  test("[E8] a text that is too long for Ensono is cut, and its rest follows", async () => {
    const { client, quiet } = sandbox();
    const description = `${"A long story. ".repeat(700)}The end.`;
    const { number } = client.agent.open({ shortDescription: "Long", description });
    await quiet();
    const { atEnsono } = pairOf(sandbox(), number);
    const parts = atEnsono.comments.map(({ body }) => body.replace(/^\(\d+\/\d+\) /, ""));
    const told = `${atEnsono.description} ${parts.join("")}`;
    expect(told.replace(" … (continued in comments) Description, continued: ", "")).toBe(description);
  });
});

describe.concurrent("the bridge's API", () => {
  const event = (clientTicketNumber = newClientNumber()) => ({
    clientTicketNumber,
    ticketType: "Incident",
    ticket: { shortDescription: "Through the API" },
  });

  test("[I1][I12] the same event id twice has one effect; with another body it is refused", async () => {
    const running = sandbox();
    const id = randomUUID();
    const body = event();
    const answers = [await callApi(running, body, { id }), await callApi(running, body, { id })];
    expect(answers).toEqual([
      { status: 202, body: { id } },
      { status: 202, body: { id } },
    ]);
    const other = await callApi(running, { ...body, actor: "dana" }, { id });
    expect(other).toMatchObject({ status: 409, body: { field: "webhook-id" } });
    await running.quiet();
    expect(callNames(writesTo(running, body.clientTicketNumber))).toEqual(["createTicket"]);
  });

  test("[I12] a wrong signature, an old timestamp or none at all is not taken", async () => {
    const running = sandbox();
    const secret = `whsec_${btoa("another-secret-of-someone")}`;
    const longAgo = new Date(Date.now() - 301_000);
    const body = event();
    expect(await callApi(running, body, { secret })).toMatchObject({ status: 401 });
    expect(await callApi(running, body, { at: longAgo })).toMatchObject({ status: 401 });
    const bare = await fetch(`${running.cloud.apiUrl}/events`, {
      method: "POST",
      headers: { "webhook-id": randomUUID() },
      body: JSON.stringify(body),
    });
    expect(bare.status).toBe(401);
    await running.quiet();
    expect(writesTo(running, body.clientTicketNumber)).toEqual([]);
  });

  test.each([
    { what: "an empty comment", body: { ...event(), comments: [{ body: "" }] }, field: "comments[0].body" },
    { what: "no number", body: { ticket: {} }, field: "clientTicketNumber" },
    { what: "a type without a word", body: { ...event(), ticketType: " " }, field: "ticketType" },
    { what: "a time without offset", body: { ...event(), occurredAt: "2026-03-02T12:00:00" }, field: "occurredAt" },
    { what: "a body that is not JSON", body: "{", field: "body" },
  ])("[I1] $what is refused, and the field is named", async ({ body, field }) => {
    expect(await callApi(sandbox(), body)).toMatchObject({ status: 400, body: { field } });
  });

  test("[I1] a body that is too long is refused, by the bridge and by the gateway", async () => {
    const body = (length: number) => ({ ...event(), ticket: { note: "x".repeat(length) } });
    expect(await callApi(sandbox(), body(300 * 1024))).toMatchObject({
      status: 413,
      body: { error: expect.stringContaining("at most") },
    });
    expect(await callApi(sandbox(), body(11 * 1024 * 1024))).toMatchObject({ status: 413 });
  });

  test("[I1] there are no other routes, and health needs no proof", async () => {
    const { cloud } = sandbox();
    expect(await callApi(sandbox(), event(), { path: "/nothing-here" })).toEqual({
      status: 403,
      body: { message: "Missing Authentication Token" },
    });
    const health = await fetch(`${cloud.apiUrl}/health`);
    expect({ status: health.status, body: await health.json() }).toEqual({ status: 200, body: { status: "ok" } });
  });

  test("[I11] a client number for a wrong Ensono number is refused by name", async () => {
    const answer = await callApi(
      sandbox(),
      { clientTicketNumber: newClientNumber() },
      { method: "PUT", path: "/tickets/nonsense/client-number" },
    );
    expect(answer).toMatchObject({ status: 400, body: { field: "ensonoTicketNumber" } });
  });
});

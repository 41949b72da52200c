import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import {
  type EnvisionConnect,
  type EnvisionConnectOptions,
  startEnvisionConnect,
} from "../../sandbox/simulators/envision-connect/index.ts";

let clock = Date.UTC(2023, 0, 27, 22, 24, 53, 120);
let ensono: EnvisionConnect;

const start = async (options: Partial<EnvisionConnectOptions> = {}): Promise<void> => {
  await ensono?.close();
  ensono = await startEnvisionConnect({
    clientStack: "acme",
    apiKey: "key",
    clientName: "testClient",
    envelope: "single",
    now: () => clock,
    ...options,
  });
};
beforeEach(() => start());
afterEach(() => ensono.close());

const send = async (method: string, path: string, payload?: unknown, apiKey = "key") => {
  const response = await fetch(new URL(ensono.url).origin + path, {
    method,
    headers: { "x-api-key": apiKey },
    ...(payload === undefined ? {} : { body: JSON.stringify({ payload }) }),
  });
  return { status: response.status, body: await response.json() };
};
const call = (method: string, path: string, payload?: unknown) => send(method, `/acme/dev${path}`, payload);

const identity = { clientName: "testClient", ticketType: "Incident", clientTicketNumber: "INC0010299" };
const newTicket = {
  ...identity,
  description: "test",
  shortDescription: "test",
  contactName: "John Doe",
  contactEmail: "hello@world.com",
};
const response = (text: unknown, status = 200) => ({ status, body: { Response: text } });
const forbidden = { status: 403, body: { message: "Forbidden" } };
const missingToken = { status: 403, body: { message: "Missing Authentication Token" } };

const singleSchema = z.object({
  ReceiveMessageResponse: z.object({
    ReceiveMessageResult: z.object({ messages: z.array(z.record(z.string(), z.json())).default([]) }),
  }),
});
const readQueue = async (environment = "dev") => {
  const { body } = await send("GET", `/acme/${environment}/queue`);
  return singleSchema.parse(body).ReceiveMessageResponse.ReceiveMessageResult.messages;
};
const bodies = async () => (await readQueue()).map(({ Body }) => Body);
const deleteMessage = (handle: unknown) => call("DELETE", `/queue/${encodeURIComponent(String(handle))}`);

describe("calls of the guide", () => {
  test("[E4] create, update, notes, returnptn, resolve and close answer as the guide says", async () => {
    expect(await call("POST", "/tickets", newTicket)).toEqual(response("e-CS0204070"));
    const ticket = "/tickets/e-CS0204070";
    expect(await call("PUT", ticket, { ...identity, priority: "2" })).toEqual(response("Update Successful", 202));
    expect(await call("PUT", `${ticket}/notes`, { ...identity, comments: [{ body: "hello" }] })).toEqual(
      response("Comments added"),
    );
    expect(await call("PUT", `${ticket}/returnptn`, { ...identity, clientTicketNumber: "INC2" })).toEqual(
      response("PTN added"),
    );
    for (const status of ["resolved", "closed"])
      expect(await call("PUT", ticket, { ...identity, status, closeNotes: "done" })).toEqual(
        response("Ticket Closed Successfully"),
      );
    expect(ensono.ticket("e-CS0204070")).toMatchObject({
      openedBy: "client",
      clientTicketNumber: "INC2",
      priority: "2",
      status: "closed",
      closeNotes: "done",
      comments: [{ from: "client", body: "hello" }],
    });
    expect(await readQueue()).toEqual([]);
  });

  test("[E9] priority, impact and urgency fall back to 3, the group to the service desk", async () => {
    await call("POST", "/tickets", { ...newTicket, priority: "9", impact: "1" });
    const expected = { priority: "3", impact: "1", urgency: "3", group: "Ensono Service Desk" };
    expect(ensono.tickets()).toMatchObject([expected]);
  });

  test("[E4] get is there in dev only", async () => {
    await call("POST", "/tickets", newTicket);
    const { body } = await call("GET", "/tickets/e-CS0204070");
    expect(body).toMatchObject({
      Response: {
        comments: {},
        incident: {
          number: "CS0204070",
          short_description: "test",
          state: "open",
          x_aito_data_sync_client_number: "INC0010299",
        },
      },
    });
    expect(await send("GET", "/acme/cert/tickets/e-CS0204070")).toEqual(missingToken);
  });

  test("[E7] free text comes double-escaped and is kept plain", async () => {
    const plain = 'a "quote", a \\ backslash,\r\na line\tand a tab';
    const escaped = JSON.stringify(plain).slice(1, -1);
    await call("POST", "/tickets", { ...newTicket, description: escaped, comments: [{ body: escaped }] });
    expect(ensono.tickets()).toMatchObject([{ description: plain, comments: [{ body: plain }] }]);
  });

  test.each(['a "quote"', "a line\nand another", "C:\\data", "tab\there"])(
    "[E7] refuses free text that was escaped only once: %j",
    async (description) => {
      expect(await call("POST", "/tickets", { ...newTicket, description })).toEqual(
        response(["Error parsing request.", "This ticket cannot be created."]),
      );
    },
  );
});

describe("errors of the guide", () => {
  test.each([
    ["GET", "/acme/Dev/queue"],
    ["POST", "/acme/dev/Tickets"],
    ["POST", "/acme/dev/queue"],
    ["DELETE", "/acme/dev/tickets/e-CS0204070"],
    ["PUT", "/acme/dev/tickets"],
    ["GET", "/acme/echo/queue"],
    ["DELETE", "/acme/echo/queue/handle"],
  ])("[E13] %s %s: Missing Authentication Token", async (method, path) => {
    expect(await send(method, path)).toEqual(missingToken);
  });

  test("[E13] Forbidden for another stack and for a wrong or missing key", async () => {
    expect(await send("GET", "/Acme/dev/queue")).toEqual(forbidden);
    expect(await send("GET", "/acme/dev/queue", undefined, "wrong")).toEqual(forbidden);
    expect((await fetch(`${ensono.url}/dev/queue`)).status).toBe(403);
  });

  test.each(["/tickets/notes", "/tickets/e-CS0204070/note", "/tickets/e-CS0204070/notes/more"])(
    "[E13] %s: Bad Path",
    async (path) => {
      expect(await call("PUT", path, identity)).toEqual(response("Bad Path"));
    },
  );

  test("[E13] an unknown clientName", async () => {
    expect(await call("POST", "/tickets", { ...newTicket, clientName: "other" })).toEqual(
      response("Unable to find mapping for ClientName"),
    );
  });

  test("[E13] a ticket that is unknown, or of another instance", async () => {
    const notAuthorized = response("APIKey not authorized for ticket company");
    expect(await call("PUT", "/tickets/INC0318118", { ...identity, priority: "1" })).toEqual(notAuthorized);
    await call("POST", "/tickets", newTicket);
    expect(await send("PUT", "/acme/prod/tickets/e-CS0204070/returnptn", identity)).toEqual(notAuthorized);
  });

  test("[E13] an unknown group", async () => {
    await start({ groups: ["Ensono Service Desk"] });
    expect(await call("POST", "/tickets", { ...newTicket, group: "Nobody" })).toEqual(
      response(["assignment_group sys_id or name not found.", "This ticket cannot be created."]),
    );
    expect(await call("POST", "/tickets", { ...newTicket, group: "Ensono Service Desk" })).toEqual(
      response("e-CS0204070"),
    );
  });

  test("[E9] missing fields of a create, each named", async () => {
    const { description: _, contactEmail: __, ...incomplete } = newTicket;
    const { body } = await call("POST", "/tickets", { ...incomplete, shortDescription: "" });
    expect(body).toEqual({
      Response: [
        expect.stringMatching(/^description is required/),
        "shortDescription is required.",
        expect.stringMatching(/^contactEmail is required/),
        "This ticket cannot be created.",
      ],
    });
    expect(ensono.tickets()).toEqual([]);
  });

  test.each([
    ["description", 4000],
    ["shortDescription", 160],
  ])("[E8] %s holds %i characters, counted as sent", async (field, limit) => {
    expect(await call("POST", "/tickets", { ...newTicket, [field]: "x".repeat(limit) })).toMatchObject({
      body: { Response: expect.stringMatching(/^e-CS/) },
    });
    expect(await call("POST", "/tickets", { ...newTicket, [field]: `${"x".repeat(limit - 1)}\\n` })).toEqual(
      response([`${field} exceeds ${limit} characters.`, "This ticket cannot be created."]),
    );
  });

  test("[E8] a comment holds 4000 characters", async () => {
    await call("POST", "/tickets", newTicket);
    const comments = [{ body: "x".repeat(4001) }];
    expect(await call("PUT", "/tickets/e-CS0204070/notes", { ...identity, comments })).toEqual(
      response(["comments.0.body exceeds 4000 characters.", "This ticket cannot be updated."]),
    );
  });

  test("[E11] closing needs a resolved ticket, and closed is final", async () => {
    await call("POST", "/tickets", newTicket);
    const closure = { ...identity, closeNotes: "done" };
    const close = () => call("PUT", "/tickets/e-CS0204070", { ...closure, status: "closed" });
    const cannot = (why: string) => response([`Ticket e-CS0204070 ${why}`, "This ticket cannot be updated."]);
    expect(await close()).toEqual(cannot("must be resolved before it can be closed."));
    await call("PUT", "/tickets/e-CS0204070", { ...closure, status: "resolved" });
    await close();
    const closed = cannot("is closed, no more updates are allowed.");
    expect(await call("PUT", "/tickets/e-CS0204070", { ...identity, priority: "1" })).toEqual(closed);
    expect(await call("PUT", "/tickets/e-CS0204070/notes", { ...identity, comments: [{ body: "x" }] })).toEqual(closed);
  });

  test("[E10] resolving needs closeNotes", async () => {
    await call("POST", "/tickets", newTicket);
    expect(await call("PUT", "/tickets/e-CS0204070", { ...identity, status: "resolved" })).toMatchObject({
      body: { Response: [expect.stringMatching(/^closeNotes is required/), "This ticket cannot be updated."] },
    });
  });

  test("[Q4] expired and invalid receipt handles", async () => {
    ensono.agent.open({ shortDescription: "test", description: "test" });
    const [message] = await readQueue();
    const handle = String(message?.ReceiptHandle);
    const requestId = expect.any(String);
    expect(await call("DELETE", `/queue/${handle}`)).toMatchObject({
      body: { Error: { Code: "ReceiptHandleIsInvalid", Type: "Sender" }, RequestId: requestId },
    });
    expect(await deleteMessage("AQEBnone")).toEqual({
      status: 200,
      body: {
        Error: {
          Code: "ReceiptHandleIsInvalid",
          Message: 'The input receipt handle "AQEBnone" is not a valid receipt handle."',
          Type: "Sender",
        },
        RequestId: requestId,
      },
    });
    clock += 30_000;
    expect(await deleteMessage(handle)).toMatchObject({
      body: {
        Error: {
          Code: "InvalidParameterValue",
          Message: `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
        },
      },
    });
    const [again] = await readQueue();
    expect(await deleteMessage(again?.ReceiptHandle)).toEqual({
      status: 200,
      body: { DeleteMessageResponse: { ResponseMetadata: { RequestId: requestId } } },
    });
  });

  test("errorStatus answers the errors in `Response` and `Error` with another status", async () => {
    await start({ errorStatus: 400 });
    expect(await call("POST", "/tickets", { ...newTicket, clientName: "other" })).toMatchObject({ status: 400 });
    expect(await deleteMessage("none")).toMatchObject({ status: 400 });
    expect(await call("POST", "/tickets", newTicket)).toMatchObject({ status: 200 });
  });
});

describe("transactions of an Ensono agent", () => {
  test("a create is the guide's example", async () => {
    ensono.agent.open({ shortDescription: "test", description: "test" });
    const sent = String(clock);
    expect(await readQueue()).toEqual([
      {
        MessageId: expect.any(String),
        ReceiptHandle: expect.any(String),
        MD5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        Body: {
          clientName: "testClient",
          ticketNumber: "e-CS0204070",
          clientTicketNumber: "",
          ticketType: "Incident",
          status: "open",
          description: "test",
          shortDescription: "test",
          group: "Ensono Support",
          ensonoGroup: "CS - 1st Line",
          priority: "4",
          impact: "3",
          urgency: "3",
          openedTime: new Date(clock).toISOString().replace(/\.\d+/, ""),
          category: "Private Cloud",
          origin: "Web",
          cis: "",
        },
        Attributes: {
          SenderId: "AROAYCQITFFPPLPIRNUQG:envxsn2qdev1SN2QBridge",
          ApproximateFirstReceiveTimestamp: sent,
          ApproximateReceiveCount: "1",
          SentTimestamp: sent,
          SequenceNumber: "18875507807458288128",
          MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
          MessageGroupId: "e-CS0204070",
          ClientReferenceAvailable: false,
          TransactionType: "Create",
        },
      },
    ]);
  });

  test("update, comment, resolve, reopen and close, in order, with what changed", async () => {
    const number = ensono.agent.open({ shortDescription: "test", description: 'plain "text"\n' });
    ensono.agent.update(number, { status: "pending", statusNextAction: "pending-client", priority: "4" });
    ensono.agent.comment(number, { body: "adding comment" });
    ensono.agent.resolve(number, { closeNotes: "test close notes" });
    ensono.agent.reopen(number);
    ensono.agent.resolve(number, { closeNotes: "again", closeCode: "unresolved" });
    ensono.agent.close(number);

    const messages = await readQueue();
    expect(
      messages.map(({ Attributes }) => z.object({ TransactionType: z.string() }).parse(Attributes).TransactionType),
    ).toEqual(["Create", "Update", "Notes", "Closure", "Update", "Closure", "Closure"]);
    const updatedOn = new Date(clock).toISOString().replace(/\.\d+/, "");
    expect(messages.map(({ Body }) => Body)).toMatchObject([
      { description: 'plain "text"\n' },
      { changed: { updatedOn, status: "pending", statusNextAction: "pending-client" }, updatedOn },
      { notes: { type: "comment", id: expect.stringMatching(/^[0-9a-f]{32}$/), body: "adding comment" } },
      {
        closeCode: "resolved*",
        changed: { updatedOn, status: "resolved", closeNotes: "test close notes", closeCode: "resolved*" },
      },
      { changed: { updatedOn, status: "pending" } },
      { changed: { status: "resolved", closeNotes: "again", closeCode: "unresolved" } },
      { status: "closed", closeNotes: "again", closeCode: "unresolved", changed: { updatedOn, status: "closed" } },
    ]);
    expect(messages[1]?.Body).toHaveProperty("changed", expect.not.objectContaining({ priority: "4" }));
  });

  test("[T3] carry the client's number once it was returned", async () => {
    const number = ensono.agent.open({ shortDescription: "test", description: "test" });
    await call("PUT", `/tickets/${number}/returnptn`, identity);
    ensono.agent.comment(number, { body: "hello" });
    expect(await readQueue()).toMatchObject([
      { Body: { clientTicketNumber: "" }, Attributes: { ClientReferenceAvailable: false } },
      { Body: { clientTicketNumber: "INC0010299" }, Attributes: { ClientReferenceAvailable: true } },
    ]);
  });

  test("refuses what Ensono's ITSM refuses, and sends nothing", () => {
    const number = ensono.agent.open({ shortDescription: "test", description: "test" });
    expect(() => ensono.agent.close(number)).toThrow("must be resolved");
    expect(() => ensono.agent.reopen(number)).toThrow("only a resolved ticket");
    expect(() => ensono.agent.comment("e-CS1", { body: "x" })).toThrow("There is no ticket e-CS1");
    expect(ensono.queue.waiting()).toBe(1);
  });
});

describe("[E1] echo", () => {
  const echo = (method: string, path: string, payload: unknown) => send(method, `/acme/echo${path}`, payload);

  test("sends every transaction back to dev's queue", async () => {
    const comments = [{ body: "first", commenter: "Jason Doe", commentTime: "2017-07-03 17:55:48" }];
    expect(await echo("POST", "/tickets", { ...newTicket, comments })).toEqual(response("e-CS0204070"));
    const ticket = "/tickets/e-CS0204070";
    await echo("PUT", ticket, { ...identity, priority: "1", group: "", comments: [{ body: "second" }] });
    await echo("PUT", `${ticket}/returnptn`, identity);
    await echo("PUT", ticket, { ...identity, status: "resolved", closeNotes: "done", comments: [{ body: "ignored" }] });
    expect(await bodies()).toMatchObject([
      { clientTicketNumber: "INC0010299", status: "open", priority: "3" },
      { notes: { body: "first\n\nJason Doe, 2017-07-03 17:55:48", commenter: "Envision Connect Integration" } },
      { changed: { priority: "1" }, group: "Ensono Service Desk" },
      { notes: { body: "second" } },
      { changed: { status: "resolved", closeNotes: "done", closeCode: "resolved" } },
    ]);
  });

  test("has the tickets of dev", async () => {
    await call("POST", "/tickets", newTicket);
    expect(await echo("PUT", "/tickets/e-CS0204070/notes", { ...identity, comments: [{ body: "x" }] })).toEqual(
      response("Comments added"),
    );
    expect(ensono.queue.waiting()).toBe(1);
  });
});

describe("[Q2] shapes of the queue's answer", () => {
  const shape = async () =>
    z.object({ ReceiveMessageResponse: z.json() }).parse((await call("GET", "/queue")).body).ReceiveMessageResponse;
  const metadata = { ResponseMetadata: { RequestId: expect.any(String) } };
  const message = { MessageId: expect.any(String) };

  test("single, without messages [] or missing", async () => {
    ensono.send({ Body: {} });
    expect(await shape()).toMatchObject({ ...metadata, ReceiveMessageResult: { messages: [message] } });
    expect(await shape()).toEqual({ ...metadata, ReceiveMessageResult: { messages: [] } });
    expect(await shape()).toEqual({ ...metadata, ReceiveMessageResult: {} });
  });

  test("double, without messages null", async () => {
    await start({ envelope: "double" });
    ensono.send({ Body: {} });
    expect(await shape()).toMatchObject({
      ReceiveMessageResult: { ...metadata, ReceiveMessageResult: { messages: [message] } },
    });
    expect(await shape()).toEqual({
      ReceiveMessageResult: { ...metadata, ReceiveMessageResult: { messages: null } },
    });
  });

  test("by turns", async () => {
    await start({ envelope: "alternate" });
    expect(await shape()).toHaveProperty("ReceiveMessageResult.messages", []);
    expect(await shape()).toHaveProperty("ReceiveMessageResult.ReceiveMessageResult.messages", null);
    expect(await shape()).toEqual({ ...metadata, ReceiveMessageResult: {} });
  });
});

describe("[Q6] odd messages", () => {
  test("go out as given; null leaves a field out", async () => {
    ensono.send({
      Body: '{"ticketNumber":"e-CS1"}',
      MD5OfBody: null,
      MessageId: "my-id",
      Attributes: { TransactionType: "Surprise", SequenceNumber: null, MessageGroupId: "e-CS1" },
    });
    ensono.send({ Body: { ticketNumber: "e-CS1" }, Attributes: null });
    const [first, second] = await readQueue();
    expect(first).toMatchObject({ MessageId: "my-id", Body: '{"ticketNumber":"e-CS1"}' });
    expect(first).not.toHaveProperty("MD5OfBody");
    expect(first?.Attributes).toMatchObject({ TransactionType: "Surprise", MessageGroupId: "e-CS1" });
    expect(first?.Attributes).not.toHaveProperty("SequenceNumber");
    expect(second).not.toHaveProperty("Attributes");
    expect(await deleteMessage(second?.ReceiptHandle)).toHaveProperty("body.DeleteMessageResponse");
  });
});

test("one queue for each instance", async () => {
  await start({ instance: "prod" });
  ensono.agent.open({ shortDescription: "test", description: "test" });
  expect(await readQueue("dev")).toEqual([]);
  expect(await readQueue("prod")).toHaveLength(1);
});

test("records every call", async () => {
  await call("POST", "/tickets", newTicket);
  await send("GET", "/acme/Dev/queue");
  expect(ensono.calls()).toMatchObject([
    {
      at: clock,
      method: "POST",
      path: "/acme/dev/tickets",
      call: "createTicket",
      body: { payload: newTicket },
      answered: { status: 200, body: { Response: "e-CS0204070" } },
    },
    { call: undefined, answered: missingToken },
  ]);
});

test("[R1] a snapshot restores tickets, queue and numbering after a restart", async () => {
  const number = ensono.agent.open({ shortDescription: "test", description: "test" });
  const [message] = await readQueue();
  ensono.agent.comment(number, { body: "hello" });
  const before = ensono.snapshot();
  await start({ state: JSON.parse(JSON.stringify(before)) });
  expect(ensono.snapshot()).toEqual(before);
  expect(await readQueue()).toEqual([]);
  await deleteMessage(message?.ReceiptHandle);
  expect(await bodies()).toMatchObject([{ notes: { body: "hello" } }]);
  expect(await call("POST", "/tickets", newTicket)).toEqual(response("e-CS0204071"));
});

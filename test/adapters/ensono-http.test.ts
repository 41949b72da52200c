import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EnsonoHttpOptions, ensonoHttp } from "../../lambdas/shared/adapters/ensono-http.ts";
import { httpCaller } from "../../lambdas/shared/adapters/http-call.ts";
import { PermanentError, TransientError } from "../../lambdas/shared/domain/errors.ts";

interface Seen {
  readonly call: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What came in on the wire, and what is to be answered: the replies in turn, the last one for ever. */
let seen: Seen[] = [];
let replies: { status: number; body: string; headers?: Record<string, string> }[] = [];
let server: Server;
let stackUrl: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    seen.push({ call: `${request.method} ${request.url}`, headers: request.headers, body: await text(request) });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    response.writeHead(reply?.status ?? 500, reply?.headers).end(reply?.body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
  stackUrl = `http://127.0.0.1:${address.port}/testclient57`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  seen = [];
});

const answer = (body: unknown, status = 200, headers: Record<string, string> = {}) => {
  replies = [{ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) }];
};

const ensono = (options: Partial<EnsonoHttpOptions> = {}) =>
  ensonoHttp({
    stackUrl,
    environment: "cert",
    clientName: "YourCompanyName",
    apiKey: async () => "key-1",
    call: httpCaller({ clock: () => 0 }),
    clock: () => 0,
    ...options,
  });

const ticket = { ensonoTicketNumber: "e-CS0204070", clientTicketNumber: "123456", ticketType: "Incident" } as const;
const identityOnWire = { clientName: "YourCompanyName", ticketType: "Incident", clientTicketNumber: "123456" };
const sentPayload = (): unknown => JSON.parse(seen[0]?.body ?? "").payload;

describe("tickets", () => {
  it("[E2] [E4] [E9] creates with the guide's body and gives the number", async () => {
    answer({ Response: " e-CS0204070 " });
    const number = await ensono().createTicket({
      clientTicketNumber: "123456",
      ticketType: "Incident",
      fields: {
        priority: "4",
        group: "Ensono Service Desk",
        contactName: "John Doe",
        contactPhone: "800-555-1234",
        contactEmail: "hello@world.com",
        shortDescription: "test",
        description: "test",
        cis: "testCI1,testCI3,testCI6",
      },
      comments: [{ body: "test", commenter: "Jason Doe", commentTime: "2017-07-03 17:55:48" }],
    });
    expect(number).toBe("e-CS0204070");
    expect(seen).toHaveLength(1);
    expect(seen[0]?.call).toBe("POST /testclient57/cert/tickets");
    expect(seen[0]?.headers).toMatchObject({ "x-api-key": "key-1", "content-type": "application/json" });
    expect(sentPayload()).toEqual({
      ...identityOnWire,
      priority: "4",
      group: "Ensono Service Desk",
      contactName: "John Doe",
      contactPhone: "800-555-1234",
      contactEmail: "hello@world.com",
      shortDescription: "test",
      description: "test",
      cis: "testCI1,testCI3,testCI6",
      comments: [{ body: "test", commenter: "Jason Doe", commentTime: "2017-07-03 17:55:48" }],
    });
  });

  it.each(["e-CS0204070", "e-CHG0121253", "INC0318118", "CS0879714", "RITM0042"])(
    "[E6] a create may give the number %s, which then stands in the path",
    async (number) => {
      answer({ Response: number });
      expect(await ensono().createTicket({ ...ticket, fields: {}, comments: [] })).toBe(number);
      answer({ Response: "PTN added" });
      await ensono().returnNumber({ ...ticket, ensonoTicketNumber: number });
      expect(seen[1]?.call).toBe(`PUT /testclient57/cert/tickets/${number}/returnptn`);
    },
  );

  it.each([["Bad Path"], [""], ["ticket created"], ["e-CS1 e-CS2"]])(
    "[E5] a create answered with %j has given no number",
    async (text) => {
      answer({ Response: text });
      const created = ensono().createTicket({ ...ticket, fields: {}, comments: [] });
      await expect(created).rejects.toBeInstanceOf(TransientError);
    },
  );

  it("[E10] updates with the identity and the given fields only, byte for byte", async () => {
    answer({ Response: "Update Successful" }, 202);
    await ensono().updateTicket(ticket, { priority: "3", shortDescription: "test update" });
    expect(seen[0]?.call).toBe("PUT /testclient57/cert/tickets/e-CS0204070");
    expect(seen[0]?.body).toBe(
      '{"payload":{"clientName":"YourCompanyName","ticketType":"Incident","clientTicketNumber":"123456","priority":"3","shortDescription":"test update"}}',
    );
  });

  it("[E7] double-escapes free text on the wire, and nothing else", async () => {
    answer({ Response: "Update Successful" });
    const plain = 'a\n\t"b"\\c';
    const wire = String.raw`"a\\n\\t\\\"b\\\"\\\\c"`;
    await ensono().updateTicket(ticket, {
      description: plain,
      closeNotes: plain,
      contactName: plain,
      group: 'The "A" team',
    });
    for (const field of ["description", "closeNotes", "contactName"]) {
      expect(seen[0]?.body).toContain(`"${field}":${wire}`);
    }
    expect(seen[0]?.body).toContain(String.raw`"group":"The \"A\" team"`);

    answer({ Response: "Comments added" });
    await ensono().addComments(ticket, [{ body: plain, commenter: plain }]);
    expect(seen[1]?.body).toContain(`"comments":[{"body":${wire},"commenter":${wire}}]`);
  });

  it.each([["Ticket Closed Successfully"], ["Update Successful"], [" update successful"]])(
    "[E5] [E10] resolves with status and closeNotes, answered %j",
    async (text) => {
      answer({ Response: text });
      await ensono().updateTicket(ticket, { status: "resolved", closeNotes: "no longer needed" });
      expect(sentPayload()).toEqual({ ...identityOnWire, status: "resolved", closeNotes: "no longer needed" });
    },
  );

  it.each([
    [undefined, "workingprogress"],
    ["workingprogress", "workingprogress"],
    ["workinprogress", "workinprogress"],
  ] as const)("[E10] with workInProgressWord %s, the status is sent as %s", async (word, status) => {
    answer({ Response: "Update Successful" });
    await ensono(word && { workInProgressWord: word }).updateTicket(ticket, { status: "workingprogress" });
    expect(sentPayload()).toEqual({ ...identityOnWire, status });
  });

  it("[E12] adds comments", async () => {
    answer({ Response: "Comments added" });
    const comments = [{ body: "moving to different group", commenterEmail: "Jason.Doe@abc.com" }, { body: "test" }];
    await ensono().addComments(ticket, comments);
    expect(seen[0]?.call).toBe("PUT /testclient57/cert/tickets/e-CS0204070/notes");
    expect(sentPayload()).toEqual({ ...identityOnWire, comments });
  });

  it("[E12] a comment carries all five fields of the guide, or its body alone", async () => {
    answer({ Response: "Comments added" });
    const whole = {
      body: "test",
      commenter: "Jason Doe",
      commentTime: "2017-07-03 17:55:48",
      commenterEmail: "Jason.Doe@abc.com",
      commenterPhone: "555-909-2395",
    };
    await ensono().addComments(ticket, [whole, { body: "test" }]);
    expect(sentPayload()).toEqual({ ...identityOnWire, comments: [whole, { body: "test" }] });
  });

  it("[E4] returns the client's number", async () => {
    answer({ Response: "PTN added" });
    await ensono().returnNumber(ticket);
    expect(seen[0]?.call).toBe("PUT /testclient57/cert/tickets/e-CS0204070/returnptn");
    expect(sentPayload()).toEqual(identityOnWire);
  });

  it("[E5] one call's success text is not another's", async () => {
    answer({ Response: "PTN added" });
    await expect(ensono().addComments(ticket, [{ body: "test" }])).rejects.toMatchObject({
      code: "unavailable",
      effect: "unknown",
    });
  });

  it("[E8] sends nothing that is over a limit, since Ensono might cut it", async () => {
    const refused = { code: "refused", message: expect.stringContaining("expected at most") };
    const { createTicket, updateTicket, addComments } = ensono();
    const tooLong = [{ body: '"'.repeat(2001) }];
    await expect(updateTicket(ticket, { shortDescription: "s".repeat(161) })).rejects.toMatchObject(refused);
    await expect(addComments(ticket, tooLong)).rejects.toMatchObject(refused);
    await expect(createTicket({ ...ticket, fields: {}, comments: tooLong })).rejects.toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  it("encodes what is put into the path", async () => {
    answer({ Response: "PTN added" });
    await ensono().returnNumber({ ...ticket, ensonoTicketNumber: "../a b?" });
    expect(seen[0]?.call).toBe("PUT /testclient57/cert/tickets/..%2Fa%20b%3F/returnptn");
  });

  it("[E4] reads a ticket in dev", async () => {
    answer({ Response: { incident: { number: "CS0879714" } } });
    expect(await ensono({ environment: "dev" }).getTicket("e-CS0879714")).toEqual({
      incident: { number: "CS0879714" },
    });
    expect(seen[0]).toMatchObject({ call: "GET /testclient57/dev/tickets/e-CS0879714", body: "" });
    expect(seen[0]?.headers).not.toHaveProperty("content-type");
  });

  it.each(["echo", "cert", "prod"] as const)(
    "[E4] refuses to read a ticket in %s, before any call",
    async (environment) => {
      await expect(ensono({ environment }).getTicket("e-CS0879714")).rejects.toBeInstanceOf(PermanentError);
      expect(seen).toEqual([]);
    },
  );
});

describe("places", () => {
  it.each([
    ["dev", "dev", "dev"],
    ["echo", "echo", "dev"],
    ["cert", "cert", "cert"],
    ["prod", "prod", "prod"],
  ] as const)("[E1] in %s, tickets are at /%s and the queue at /%s", async (environment, tickets, queue) => {
    answer({ Response: "PTN added" });
    await ensono({ environment }).returnNumber(ticket);
    answer({ ReceiveMessageResponse: { ReceiveMessageResult: { messages: null } } });
    await ensono({ environment }).read();
    answer({ DeleteMessageResponse: {} });
    await ensono({ environment }).delete("handle");
    expect(seen.map(({ call }) => call)).toEqual([
      `PUT /testclient57/${tickets}/tickets/e-CS0204070/returnptn`,
      `GET /testclient57/${queue}/queue`,
      `DELETE /testclient57/${queue}/queue/handle`,
    ]);
  });

  it("[E1] the stack's URL may end in a slash", async () => {
    answer({ Response: "PTN added" });
    await ensono({ stackUrl: `${stackUrl}/` }).returnNumber(ticket);
    expect(seen[0]?.call).toBe("PUT /testclient57/cert/tickets/e-CS0204070/returnptn");
  });

  it("[E2] refuses plain http to anywhere but this machine", () => {
    expect(() => ensono({ stackUrl: "http://smconnect.ensono.com/testclient57" })).toThrow("expected https://");
  });
});

describe("the API key", () => {
  const forbidden = { status: 403, body: '{"message": "Forbidden"}' };
  const rotating = (asked: (boolean | undefined)[]) => ({
    apiKey: async ({ fresh }: { fresh?: boolean } = {}) => {
      asked.push(fresh);
      return fresh ? "key-2" : "key-1";
    },
  });

  it("[E3] is read anew when it is refused, and the call repeated once", async () => {
    replies = [forbidden, { status: 200, body: '{"Response": "e-CS0204070"}' }];
    const asked: (boolean | undefined)[] = [];
    expect(await ensono(rotating(asked)).createTicket({ ...ticket, fields: {}, comments: [] })).toBe("e-CS0204070");
    expect(seen.map(({ headers }) => headers["x-api-key"])).toEqual(["key-1", "key-2"]);
    expect(asked).toEqual([false, true]);
    expect(seen[0]?.body).toBe(seen[1]?.body);
  });

  it("[E3] [E13] refused twice is an error of configuration, without a third call", async () => {
    replies = [forbidden];
    await expect(ensono(rotating([])).returnNumber(ticket)).rejects.toMatchObject({
      code: "configuration",
      effect: "none",
    });
    expect(seen).toHaveLength(2);
  });

  it("[E3] is not read anew for other errors", async () => {
    const asked: (boolean | undefined)[] = [];
    answer({ message: "Missing Authentication Token" }, 403);
    await expect(ensono(rotating(asked)).returnNumber(ticket)).rejects.toMatchObject({ code: "configuration" });
    expect(asked).toEqual([false]);
  });
});

describe("errors", () => {
  it("[E13] carry the class, the call and what Ensono said", async () => {
    answer({ Response: ["assignment_group sys_id or name not found.", "This ticket cannot be created."] });
    const created = ensono().createTicket({ ...ticket, fields: { group: "Nobody" }, comments: [] });
    await expect(created).rejects.toMatchObject({
      code: "unknown-group",
      effect: "none",
      message: expect.stringContaining('not found. This ticket cannot be created." to POST /tickets'),
    });
  });

  it("[E13] carry how long Ensono asks us to wait", async () => {
    answer("", 429, { "retry-after": "90" });
    await expect(ensono().read()).rejects.toMatchObject({ effect: "none", retryAfterSeconds: 90 });
  });
});

describe("the queue", () => {
  const message = {
    MessageId: "0eb49bcf-53a7-4769-b37a-2342b3658a00",
    Body: { clientName: "testClient ", ticketNumber: "e-CS0879727" },
    Attributes: { SequenceNumber: "18875507807458288128", ClientReferenceAvailable: false },
    anything: [null, 1, { else: "passes through" }],
  };
  const single = (result: object) => ({
    ReceiveMessageResponse: { ResponseMetadata: { RequestId: "14b203db" }, ReceiveMessageResult: result },
  });
  const nested = (result: object) => ({
    ReceiveMessageResponse: {
      ReceiveMessageResult: { ResponseMetadata: { RequestId: "a4ddf399" }, ReceiveMessageResult: result },
    },
  });

  describe.each([
    ["single", single],
    ["nested", nested],
  ])("in the %s envelope", (_, envelope) => {
    it("[Q2] gives each message as it came, and its receipt handle", async () => {
      answer(
        envelope({
          messages: [
            { ReceiptHandle: "AQEB+/=", ...message },
            { ...message, ReceiptHandle: "b" },
          ],
        }),
      );
      expect(await ensono().read()).toEqual([
        { receiptHandle: "AQEB+/=", raw: message },
        { receiptHandle: "b", raw: message },
      ]);
      expect(seen[0]).toMatchObject({ call: "GET /testclient57/cert/queue", body: "" });
    });

    it("[Q2] [Q3] numbers that JavaScript cannot hold keep their digits", async () => {
      const numbers =
        '{"Attributes":{"SequenceNumber":18875507807458288128,"SentTimestamp":1674858334956},"Body":{"x":1e999}}';
      answer(
        JSON.stringify(envelope({ messages: [{ ReceiptHandle: "a" }] })).replace('{"ReceiptHandle":"a"}', numbers),
      );
      expect(await ensono().read()).toEqual([
        {
          receiptHandle: "",
          raw: {
            Attributes: { SequenceNumber: "18875507807458288128", SentTimestamp: 1_674_858_334_956 },
            Body: { x: "1e999" },
          },
        },
      ]);
    });

    it.each([[{ messages: null }], [{ messages: [] }], [{}], [{ ResponseMetadata: { RequestId: "1" } }]])(
      "[Q2] %j is none",
      async (result) => {
        answer(envelope(result));
        expect(await ensono().read()).toEqual([]);
      },
    );

    it.each([[{ Messages: [message] }], [{ messages: {} }], [{ messages: "none" }]])(
      "[Q2] %j is an error, not none",
      async (result) => {
        answer(envelope(result));
        await expect(ensono().read()).rejects.toMatchObject({ code: "unavailable", effect: "unknown" });
      },
    );

    it("[Q6] a message that is none, or has no receipt handle, does not hide the others", async () => {
      answer(envelope({ messages: [null, "text", { MessageId: "1" }, { ReceiptHandle: 7 }, { ReceiptHandle: "b" }] }));
      expect(await ensono().read()).toEqual([
        { receiptHandle: "", raw: null },
        { receiptHandle: "", raw: "text" },
        { receiptHandle: "", raw: { MessageId: "1" } },
        { receiptHandle: "", raw: {} },
        { receiptHandle: "b", raw: {} },
      ]);
    });

    it.each([200, 5_000, 100_000])(
      "[Q6] one nested %i levels deep does not hide the others, nor its own identity",
      async (levels) => {
        const deep = `${"[".repeat(levels)}${"]".repeat(levels)}`;
        const body = JSON.stringify(envelope({ messages: ["deep", { ...message, ReceiptHandle: "a" }, message] }));
        answer(body.replace('"deep"', deep).replace(JSON.stringify(message.Body), deep));
        const leftOut = expect.stringContaining("levels of nesting");
        expect(await ensono().read()).toEqual([
          { receiptHandle: "", raw: leftOut },
          { receiptHandle: "a", raw: { ...message, Body: leftOut } },
          { receiptHandle: "", raw: message },
        ]);
      },
    );
  });

  it.each([
    ["{}"],
    ["[]"],
    ["null"],
    [""],
    ['{"messages": []}'],
    ['{"ReceiveMessageResponse": {}}'],
    ['{"ReceiveMessageResponse": {"ReceiveMessageResult": null}}'],
    ['{"Response": "Something"}'],
    ["<html></html>"],
  ])("[Q2] %s is an error, not none", async (body) => {
    answer(body);
    await expect(ensono().read()).rejects.toMatchObject({ code: "unavailable", effect: "unknown" });
  });

  it("[Q2] an error body is an error", async () => {
    answer({ message: "Missing Authentication Token" });
    await expect(ensono().read()).rejects.toMatchObject({ code: "configuration" });
  });

  it("[E4] deletes by the URL-encoded handle", async () => {
    answer({ DeleteMessageResponse: { ResponseMetadata: { RequestId: "8d9a7dc2" } } });
    expect(await ensono().delete("AQEB+L/w4=")).toBe("deleted");
    expect(seen[0]).toMatchObject({ call: "DELETE /testclient57/cert/queue/AQEB%2BL%2Fw4%3D", body: "" });
  });

  it.each([
    [
      "expired",
      "InvalidParameterValue",
      "Value AQEB for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    ],
    ["invalid", "ReceiptHandleIsInvalid", 'The input receipt handle "AQEB" is not a valid receipt handle.'],
  ])("[Q4] an %s handle is no error: the message comes again", async (_, Code, Message) => {
    answer({ Error: { Code, Message, Type: "Sender" }, RequestId: "377ec271" }, 400);
    expect(await ensono().delete("AQEB")).toBe("expired");
  });

  it("[Q6] a message without a handle cannot be deleted, and nothing is called", async () => {
    expect(await ensono().delete("")).toBe("expired");
    expect(seen).toEqual([]);
  });

  it("[E5] a delete is done only when the body says so", async () => {
    answer({});
    await expect(ensono().delete("AQEB")).rejects.toMatchObject({ code: "unavailable", effect: "unknown" });
  });
});

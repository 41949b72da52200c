import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import type { FaultRule } from "../../sandbox/simulators/envision-connect/index.ts";
import { simulatedEnsono } from "../support/simulated-ensono.ts";

const simulator = simulatedEnsono();
const { call, passSeconds, send, transactions } = simulator;

const NUMBER = "e-CS0204070";
const open = (): string => simulator.ensono.agent.open({ shortDescription: "test", description: "test" });
const files = () => simulator.ensono.ticket(NUMBER)?.files ?? [];
const uploadUrl = async (environment = "dev"): Promise<string> => {
  const { body } = await send("GET", `/${environment}/tickets/${NUMBER}/attachments/a.txt`);
  return z.object({ Response: z.object({ body: z.string() }) }).parse(body).Response.body;
};
const put = (url: string, body: string | Uint8Array<ArrayBuffer> = "hello", signal?: AbortSignal) =>
  fetch(url, {
    method: "PUT",
    body,
    headers: { "content-type": "text/plain" },
    ...(signal === undefined ? {} : { signal }),
  });

describe("[R1] faults of an upload", () => {
  test.each<[FaultRule, number, string, number]>([
    [{ kind: "status", status: 503 }, 503, "<Code>SlowDown</Code>", 0],
    [{ kind: "status", status: 500, effect: true }, 500, "<Code>InternalError</Code>", 1],
    [{ kind: "answer", status: 403, body: "no" }, 403, "no", 0],
    [{ kind: "garbage", effect: true }, 200, "<html>", 1],
    [{ kind: "timeout-before", holdMs: 1 }, 500, "<Code>InternalError</Code>", 0],
    [{ kind: "timeout-after", holdMs: 1 }, 500, "<Code>InternalError</Code>", 1],
  ])("%j: %i", async (fault, status, text, attached) => {
    open();
    const url = await uploadUrl();
    simulator.ensono.faults.add({ ...fault, call: "uploadFile", times: 1 });
    const answer = await put(url);
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(text)]);
    expect(files()).toHaveLength(attached);
    expect((await put(url)).status).toBe(200);
    expect(files()).toMatchObject([{ puts: attached + 1 }]);
  });

  test.each<[FaultRule["kind"], number]>([
    ["reset-before", 0],
    ["reset-after", 1],
  ])("%s leaves %i files and no answer", async (kind, attached) => {
    open();
    const url = await uploadUrl();
    simulator.ensono.faults.add(kind === "reset-after" ? { kind } : { kind: "reset-before" });
    await expect(put(url)).rejects.toThrow("fetch failed");
    expect(files()).toHaveLength(attached);
    expect(simulator.ensono.calls().at(-1)).toMatchObject({ call: "uploadFile", fault: kind, answered: undefined });
  });

  test("a time-out after the effect, until the client gives up", async () => {
    open();
    const url = await uploadUrl();
    simulator.ensono.faults.add({ kind: "timeout-after", call: "uploadFile" });
    const patience = new AbortController();
    const answer = put(url, "hello", patience.signal).catch((error: unknown) => error);
    await vi.waitFor(() => expect(files()).toHaveLength(1), { timeout: 10_000 });
    patience.abort();
    expect(await answer).toMatchObject({ name: "AbortError" });
  });

  test("a refusal is readable however large the file is", async () => {
    open();
    const url = await uploadUrl();
    passSeconds(120);
    const answer = await put(url, new Uint8Array(20_000_000));
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("Request has expired")]);
  });

  test("of the call for the URL, by its own name", async () => {
    open();
    simulator.ensono.faults.add({ kind: "status", status: 502, call: "getUploadUrl", ticket: NUMBER, times: 1 });
    expect((await call("GET", `/tickets/${NUMBER}/attachments/a.txt`)).status).toBe(502);
    expect(await uploadUrl()).toMatch(/^http:/);
  });

  test.each(["approveChange", "rejectChange"] as const)("of %s", async (name) => {
    const { agent, faults } = simulator.ensono;
    const number = agent.openChange({ shortDescription: "test", description: "test" });
    agent.submit(number);
    const { approvalId, approverEmail: approver } = simulator.ensono.change(number)?.approvals[0] ?? {};
    const payload = {
      clientName: "testClient",
      ticketType: "Change",
      clientTicketNumber: "CHG1",
      approvalId,
      approver,
      comments: [{ body: "Jason Doe" }],
    };
    faults.add({ kind: "status", status: 504, call: name, effect: true });
    const path = `/tickets/${number}/${name === "approveChange" ? "approve" : "reject"}`;
    expect((await call("PUT", path, payload)).status).toBe(504);
    expect(simulator.ensono.change(number)?.answers).toHaveLength(1);
  });
});

describe("[E1] echo", () => {
  test("sends an uploaded file back, to be downloaded", async () => {
    open();
    const url = await uploadUrl("echo");
    await put(url, "hello");
    await put(url, "hello");
    const sent = await transactions();
    expect(sent.map(({ Attributes }) => Attributes.TransactionType)).toEqual(["Create", "Attachment"]);
    expect(sent[1]?.Body).toMatchObject({ attachmentName: "a.txt", attachmentSize: "5", attachmentType: "text/plain" });
    expect(await (await fetch(String(sent[1]?.Body.attachment))).text()).toBe("hello");
  });

  test("does not send back what came through dev", async () => {
    open();
    await put(await uploadUrl());
    expect(simulator.ensono.queue.waiting()).toBe(1);
  });
});

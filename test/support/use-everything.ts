import { randomBytes } from "node:crypto";
import { expect, vi } from "vitest";
import * as z from "zod";
import { usualBehaviour } from "../../sandbox/simulators/client-itsm/state.ts";
import {
  callApi,
  expectAllOnceInOrder,
  type OpenedPair,
  openedPair,
  pairOf,
  type RunningSandbox,
  writeOnBothSides,
} from "./sandbox.ts";

const WAIT = { timeout: 120_000, interval: 200 };
/** So much that half of it is more than one part of S3's and what two sockets hold back, however slow the machine is. */
const LARGE = 32_000_000;

/** A story in which every function does all that it ever does, also what it does only when something goes wrong. */
export const useEverything = async (running: RunningSandbox): Promise<void> => {
  const pair = await openedPair(running);
  expectAllOnceInOrder(running, pair, await writtenTogether(running, pair));
  await sendFiles(running, pair);
  await missUpload(running, pair);
  await approveChange(running);
  await useApi(running, pair);
  await linkLate(running);
  await findDueAgain(running, pair);
  await giveUpEvent(running, pair);
  await runBetweenMinutes(running);
};

const writtenTogether = async (running: RunningSandbox, pair: OpenedPair) => {
  const said = writeOnBothSides(running, pair);
  await running.quiet();
  return said;
};

/** Both ways, in all three ways of the client's, and large ones, of which one breaks off in the middle. */
const sendFiles = async (running: RunningSandbox, { ofEnsono: { ensono, client } }: OpenedPair): Promise<void> => {
  const content = () => randomBytes(20_000);
  running.ensono.faults.add({ call: "downloadFile", kind: "reset-mid-body", times: 1 });
  running.ensono.agent.attach(ensono, { fileName: "large.bin", content: { bytes: LARGE } });
  await running.quiet();
  running.ensono.agent.attach(ensono, { fileName: "small.bin", content: content() });
  running.ensono.faults.add({ call: "getUploadUrl", kind: "status", status: 503, times: 1 });
  for (const by of ["content", "upload", "url"] as const) {
    await running.client.agent.attach(client, { fileName: `${by}.bin`, content: content() }, { by });
  }
  await running.quiet();
  const { atClient, atEnsono } = pairOf(running, ensono);
  expect(atClient.attachments.map(({ size }) => size)).toEqual([LARGE, 20_000, 20_000, 20_000, 20_000]);
  expect(atEnsono.files.map(({ size }) => size)).toEqual([LARGE, 20_000, 20_000, 20_000, 20_000]);
};

const uploadSchema = z.object({ uploadId: z.string() });

/** An upload that is announced and never put: the sender has to find out that there is nothing. */
const missUpload = async (running: RunningSandbox, { ofClient: { client } }: OpenedPair): Promise<void> => {
  const answer = await callApi(running, { fileName: "never.txt", size: 5 }, { path: "/attachments" });
  const { uploadId } = uploadSchema.parse(answer.body);
  const attachments = [{ fileName: "never.txt", uploadId }];
  expect(await callApi(running, { clientTicketNumber: client, attachments })).toMatchObject({ status: 202 });
  await running.quiet();
  expect(pairOf(running, client).atClient.comments.map(({ body }) => body)).toEqual(
    expect.arrayContaining([expect.stringContaining("never.txt")]),
  );
};

const approveChange = async ({ ensono, client, quiet }: RunningSandbox): Promise<void> => {
  const number = ensono.agent.openChange({ shortDescription: "New disk", description: "-" });
  ensono.agent.submit(number);
  await quiet();
  const [change] = client.tickets().filter(({ ensonoTicketNumber }) => ensonoTicketNumber === number);
  client.agent.approve(change?.number ?? "", { approver: { name: "Jason Doe", email: "Jason.Doe@abc.com" } });
  await quiet();
  expect(ensono.change(number)?.answers).toHaveLength(1);
};

/** The routes that nothing else of the story takes. */
const useApi = async (running: RunningSandbox, { ofEnsono: { ensono, client } }: OpenedPair): Promise<void> => {
  const health = await fetch(`${running.cloud.apiUrl}/health`);
  expect(health.status).toBe(200);
  const path = `/tickets/${ensono}/client-number`;
  const linked = await callApi(running, { clientTicketNumber: client }, { method: "PUT", path });
  expect(linked.status).toBeLessThan(300);
};

/** Numbers that come on their own: the client's over the API, Ensono's over the queue after an answer that got lost. */
const linkLate = async (running: RunningSandbox): Promise<void> => {
  const { ensono, client, quiet } = running;
  client.behave({ numbers: "later", laterMs: 500 });
  ensono.faults.add({ call: "createTicket", kind: "reset-after", returnNumberAfterMs: 500, times: 1 });
  const ofEnsono = ensono.agent.open({ shortDescription: "Its number comes later", description: "-" });
  const ofClient = client.agent.open({ shortDescription: "Its answer gets lost" }).number;
  const areLinked = () => {
    pairOf(running, ofEnsono);
    pairOf(running, ofClient);
  };
  await vi.waitFor(areLinked, WAIT);
  await quiet();
  client.behave(usualBehaviour);
};

/** Each side fails once, so that the sweeper has lanes to wake. */
const findDueAgain = async (running: RunningSandbox, { ofEnsono: { ensono, client } }: OpenedPair): Promise<void> => {
  running.ensono.faults.add({ call: "addComments", kind: "status", status: 503, times: 1 });
  running.client.faults.inject({ kind: "status", status: 503, count: 1 });
  running.ensono.agent.comment(ensono, { body: "Once more, from Ensono" });
  running.client.agent.comment(client, { body: "Once more, from the client" });
  await running.quiet();
  const { atClient, atEnsono } = pairOf(running, ensono);
  expect(atClient.comments.map(({ body }) => body)).toContain("Once more, from Ensono");
  expect(atEnsono.comments.map(({ body }) => body)).toContain("Once more, from the client");
};

/** An event that the bus will never take is kept apart. */
const giveUpEvent = async ({ cloud, ensono, quiet }: RunningSandbox, { ofEnsono }: OpenedPair): Promise<void> => {
  const isKeptApart = ({ action, resource }: { action: string; resource: string }) =>
    action === "sqs:SendMessage" && resource.includes("EventsDeadLetters");
  cloud.eventBuses.refuse(1, "MalformedDetail");
  ensono.agent.comment(ofEnsono.ensono, { body: "Nobody is told of this" });
  await quiet();
  await vi.waitFor(async () => expect((await cloud.accessRecord()).some(isKeptApart)).toBe(true), WAIT);
};

/** A tick that the scheduler sent half a minute ago has run the poller, and is deleted. */
const runBetweenMinutes = async ({ cloud }: RunningSandbox): Promise<void> => {
  const isTick = ({ action, resource }: { action: string; resource: string }) =>
    action === "sqs:DeleteMessage" && resource.includes("HalfMinuteTicks");
  await vi.waitFor(async () => expect((await cloud.accessRecord()).some(isTick)).toBe(true), WAIT);
};

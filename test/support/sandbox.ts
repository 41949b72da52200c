import { randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import * as z from "zod";
import config from "../../bridge.config.ts";
import { type Notice, noticeSchema } from "../../lambdas/shared/domain/client-contract.ts";
import { compare, type Pair } from "../../sandbox/agreement.ts";
import { readOptions, SANDBOX_SECRETS } from "../../sandbox/options.ts";
import { type Sandbox, type SandboxInput, startSandbox } from "../../sandbox/sandbox.ts";
import type { ClientItsmSimulator } from "../../sandbox/simulators/client-itsm/start-client-itsm.ts";
import { type ItsmTicket, usualBehaviour } from "../../sandbox/simulators/client-itsm/state.ts";
import type { CallRecord, EnvisionConnect, TicketRecord } from "../../sandbox/simulators/envision-connect/index.ts";
import { sharedSynthesis } from "./shared-synthesis.ts";

/** The deployed system, synthesised from the stack, between the two simulators, as `npm start` runs it. */
export interface RunningSandbox extends Pick<Sandbox, "cloud" | "ledger" | "quiet"> {
  readonly ensono: EnvisionConnect;
  readonly client: ClientItsmSimulator;
  /** All lines that the functions wrote, newest last. */
  readonly lines: readonly string[];
  /** What the functions logged under this message, newest last. */
  journal(message: string): Record<string, unknown>[];
}

/**
 * Starts a sandbox for the tests of a file or a `describe`, and gives a way to it. Each test opens tickets of its own; one that
 * asks the simulators for faults or habits calls `restoreAfterTest`.
 */
export const useSandbox = (...args: string[]): (() => RunningSandbox) => {
  let running: RunningSandbox | undefined;
  let stop = async (): Promise<void> => undefined;

  beforeAll(async () => {
    const started = await startBoth({ config, synthesised: await sharedSynthesis(readOptions(args).stage) }, ...args);
    stop = started.stop;
    running = started;
  });
  afterAll(async () => {
    const record = await running?.cloud.accessRecord();
    await stop();
    // A refused call may be made up for, by the sweeper for example, and show up nowhere else.
    expect(record?.filter(({ allowed, quietly }) => !allowed && !quietly)).toEqual([]);
  });

  return () => {
    if (running === undefined) throw new Error("the sandbox is not up yet: call this inside a test");
    return running;
  };
};

/** Starts a sandbox with both simulators; whoever calls stops it. */
export const startBoth = async (
  input: Pick<SandboxInput, "config" | "synthesised">,
  ...args: string[]
): Promise<RunningSandbox & Pick<Sandbox, "stop">> => {
  const lines: string[] = [];
  const options = readOptions(["--port", "0", ...args]);
  const sandbox = await startSandbox({ ...input, options, onLog: ({ text }) => lines.push(text) });
  const { ensono, client } = sandbox;
  if (ensono === undefined || client === undefined) {
    await sandbox.stop();
    throw new Error("these tests need both simulators");
  }
  return { ...sandbox, ensono, client, lines, journal: (message) => journalOf(lines, message) };
};

const lineSchema = z.object({ message: z.string(), journal: z.record(z.string(), z.unknown()).default({}) });

const journalOf = (lines: readonly string[], message: string): Record<string, unknown>[] =>
  lines.flatMap((line) => {
    const read = lineSchema.safeParse(parsed(line));
    return read.success && read.data.message === message ? [read.data.journal] : [];
  });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Clears all faults and habits that the test asked of the simulators, once it is over. */
export const restoreAfterTest = ({ ensono, client }: RunningSandbox): void => {
  onTestFinished(() => {
    ensono.faults.clear();
    client.faults.clear();
    client.behave(usualBehaviour);
  });
};

/** The client refuses the next update of a ticket, for a reason that repeating does not cure. */
export const refuseNextUpdate = ({ client }: RunningSandbox): void =>
  client.faults.inject({
    kind: "status",
    status: 422,
    body: '{"error":"no such word"}',
    type: "ticket.updated",
    count: 1,
  });

/** Ensono's ticket and the client's, which must be the only one of its kind. */
export const pairOf = (
  { ensono, client }: RunningSandbox,
  number: string,
): { atEnsono: TicketRecord; atClient: ItsmTicket } => {
  const isOne = ({ ticketNumber, clientTicketNumber }: TicketRecord) =>
    ticketNumber === number || clientTicketNumber === number;
  const [atEnsono, ...moreAtEnsono] = ensono.tickets().filter(isOne);
  if (atEnsono === undefined) throw new Error(`Ensono has no ticket ${number}`);
  const [atClient, ...moreAtClient] = client
    .tickets()
    .filter(({ ensonoTicketNumber }) => ensonoTicketNumber === atEnsono.ticketNumber);
  if (atClient === undefined) throw new Error(`the client has no ticket ${number}`);
  expect([...moreAtEnsono, ...moreAtClient], "further tickets of the same number").toEqual([]);
  return { atEnsono, atClient };
};

/** Holds both sides against each other, field by field, and gives the tickets that differ. */
export const differing = ({ ensono, client }: RunningSandbox, ...numbers: string[]): Pair[] =>
  compare([...ensono.tickets(), ...ensono.changes()], client.tickets(), config).filter(
    (pair) => pair.differences.length > 0 && (numbers.includes(pair.ensono) || numbers.includes(pair.client)),
  );

const payloadSchema = z.object({ payload: z.record(z.string(), z.json()) });

/** A call by which the bridge wrote to Ensono, with its body as parsed from the wire. */
export interface WriteCall {
  readonly call: CallRecord["call"];
  readonly payload: Record<string, unknown>;
}

/** The calls about one ticket that wrote to Ensono, in their order; `number` is either side's. */
export const writesTo = ({ ensono }: RunningSandbox, number: string): WriteCall[] =>
  ensono.calls().flatMap(({ call, path, body }) => {
    const read = payloadSchema.safeParse(body);
    if (!read.success) return [];
    const { payload } = read.data;
    return path.split("/").includes(number) || payload.clientTicketNumber === number ? [{ call, payload }] : [];
  });

export const callNames = (writes: readonly Pick<WriteCall, "call">[]) => writes.map(({ call }) => call);

/** What was delivered about one of Ensono's tickets, repeats too, as the client received it. */
export const noticesOf = ({ client }: RunningSandbox, ensonoTicketNumber: string): Notice[] =>
  client
    .deliveries()
    .map(({ body }) => noticeSchema.parse(JSON.parse(body)))
    .filter(({ data }) => data.ensonoTicketNumber === ensonoTicketNumber);

/** What deliveries about one of Ensono's tickets changed at the client, in that order. */
export const effectsOn = ({ client }: RunningSandbox, ensonoTicketNumber: string): string[] =>
  client
    .effects()
    .filter((effect) => effect.ensonoTicketNumber === ensonoTicketNumber)
    .map(({ type }) => type);

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ApiRequest {
  readonly method?: string;
  readonly path?: string;
  /** The event's id; a new one when left out. */
  readonly id?: string;
  readonly secret?: string;
  readonly at?: Date;
}

/** Calls the bridge's API as a tool of the client would: signed, as Standard Webhooks has it. */
export const callApi = async (
  { cloud }: RunningSandbox,
  body: unknown,
  { method = "POST", path = "/events", id = randomUUID(), ...proof }: ApiRequest = {},
): Promise<ApiAnswer> => {
  const { secret = SANDBOX_SECRETS.clientApi, at = new Date() } = proof;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(`${cloud.apiUrl}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, text),
    },
    body: text,
  });
  return { status: answer.status, body: await answer.json() };
};

/** A number of a client's ticket that no other test uses. */
export const newClientNumber = (): string => `INC-${randomUUID().slice(0, 8)}`;

export const bodiesOf = (comments: readonly { body: string }[]): string[] => comments.map(({ body }) => body);

/** One ticket that Ensono opened and one of the client, each with its numbers on both sides. */
export const openedPair = async (running: RunningSandbox) => {
  const { ensono, client, quiet } = running;
  const opened = {
    ofEnsono: ensono.agent.open({ shortDescription: "Of Ensono", description: "-" }),
    ofClient: client.agent.open({ shortDescription: "Of the client" }).number,
  };
  await quiet();
  const numbersOf = (number: string) => {
    const { atEnsono, atClient } = pairOf(running, number);
    return { ensono: atEnsono.ticketNumber, client: atClient.number };
  };
  return { ofEnsono: numbersOf(opened.ofEnsono), ofClient: numbersOf(opened.ofClient) };
};
export type OpenedPair = Awaited<ReturnType<typeof openedPair>>;

/** Both sides write on both tickets, fields and comments; gives the comments of each side in their order. */
export const writeOnBothSides = ({ ensono, client }: RunningSandbox, pair: OpenedPair) => {
  const said = (side: string) => ["one", "two", "three"].map((word) => `${side} says ${word}`);
  const comments = { ensono: said("Ensono"), client: said("The client") };
  for (const numbers of Object.values(pair)) {
    for (const body of comments.ensono) ensono.agent.comment(numbers.ensono, { body });
    for (const body of comments.client) client.agent.comment(numbers.client, { body });
    ensono.agent.update(numbers.ensono, { status: "workingprogress" });
    client.agent.update(numbers.client, { description: "Seen by the client" });
  }
  return comments;
};

/** Both sides hold the same, each comment once and in the order of the side that wrote it. */
export const expectAllOnceInOrder = (
  running: RunningSandbox,
  pair: OpenedPair,
  said: ReturnType<typeof writeOnBothSides>,
): void => {
  for (const { ensono: number } of Object.values(pair)) {
    const { atEnsono, atClient } = pairOf(running, number);
    const arrived = (comments: readonly { body: string }[], written: readonly string[]) =>
      bodiesOf(comments).filter((body) => written.includes(body));
    expect(arrived(atClient.comments, said.ensono)).toEqual(said.ensono);
    expect(arrived(atEnsono.comments, said.client)).toEqual(said.client);
    expect(differing(running, number)).toEqual([]);
  }
};

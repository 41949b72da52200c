import { afterEach, beforeEach } from "vitest";
import * as z from "zod";
import {
  type EnvisionConnect,
  type EnvisionConnectOptions,
  startEnvisionConnect,
} from "../../sandbox/simulators/envision-connect/index.ts";

const messagesSchema = z.object({
  ReceiveMessageResponse: z.object({
    ReceiveMessageResult: z.object({
      messages: z
        .array(z.object({ Body: z.record(z.string(), z.json()), Attributes: z.record(z.string(), z.json()) }))
        .default([]),
    }),
  }),
});

/** A simulator for each test of a file, its clock, and the calls that a client makes. */
export function simulatedEnsono() {
  let simulator: EnvisionConnect | undefined;
  let clock = 0;
  const running = (): EnvisionConnect => {
    if (simulator === undefined) throw new Error("The simulator runs in tests only.");
    return simulator;
  };
  const start = async (options: Partial<EnvisionConnectOptions> = {}): Promise<void> => {
    await simulator?.close();
    simulator = await startEnvisionConnect({
      clientStack: "acme",
      apiKey: "key",
      clientName: "testClient",
      envelope: "single",
      now: () => clock,
      ...options,
    });
  };
  beforeEach(async () => {
    clock = Date.UTC(2023, 1, 8, 16, 25, 44, 120);
    await start();
  });
  afterEach(async () => {
    await simulator?.close();
    simulator = undefined;
  });

  const send = async (method: string, path: string, payload?: unknown) => {
    const response = await fetch(running().url + path, {
      method,
      headers: { "x-api-key": "key" },
      ...(payload === undefined ? {} : { body: JSON.stringify({ payload }) }),
    });
    return { status: response.status, body: await response.json() };
  };

  return {
    get ensono(): EnvisionConnect {
      return running();
    },
    /** Starts it anew, with other options. */
    start,
    /** Where this URL is served since the last start. */
    moved: (url: string): string => {
      const { pathname, search } = new URL(url);
      return new URL(running().url).origin + pathname + search;
    },
    /** UTC, to the second. */
    utcNow: (): string => new Date(clock).toISOString().replace(/\.\d+/, ""),
    passSeconds: (seconds: number): void => {
      clock += seconds * 1000;
    },
    /** With a path from the environment on. */
    send,
    call: (method: string, path: string, payload?: unknown) => send(method, `/dev${path}`, payload),
    /** At most ten of the waiting transactions. */
    transactions: async () =>
      messagesSchema.parse((await send("GET", "/dev/queue")).body).ReceiveMessageResponse.ReceiveMessageResult.messages,
    admin: async (method: string, path: string, body?: unknown) => {
      const response = await fetch(running().adminUrl + path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
  };
}

/** An answer of the API. */
export const response = (text: unknown, status = 200) => ({ status, body: { Response: text } });

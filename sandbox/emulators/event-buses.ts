import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { accountId } from "./identities.ts";
import { jsonOf } from "./json-of.ts";
import { serveOnLoopback } from "./loopback-server.ts";

const requestSchema = z.object({
  Entries: z
    .array(
      z.object({
        EventBusName: z.string().default("default"),
        Source: z.string().min(1),
        DetailType: z.string().min(1),
        Detail: z.string(),
        Resources: z.array(z.string()).default([]),
        Time: z.number().optional(),
      }),
    )
    .min(1)
    .max(10, "Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"),
});
type Entry = z.infer<typeof requestSchema>["Entries"][number];

const detailSchema = jsonOf(z.record(z.string(), z.unknown()));

/** An event as a rule's target would receive it, and the bus that it is on. */
export interface KeptEvent {
  readonly bus: string;
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EventBuses {
  readonly endpoint: string;
  createBus(name: string): void;
  /** The newest ten thousand, oldest first. */
  events(): readonly KeptEvent[];
  /** The next so many entries are refused with this code, as EventBridge refuses single entries of a call. */
  refuse(count: number, code?: string): void;
  stop(): Promise<void>;
}

const LARGEST_CALL = 256 * 1024;
const MOST_KEPT = 10_000;

type Answer = { status: number; answer: object };

/** Serves `PutEvents` of EventBridge, and keeps what is put there. A GET shows it. */
export async function startEventBuses(region: string): Promise<EventBuses> {
  const names = new Set<string>();
  const kept: KeptEvent[] = [];
  let refusal = { count: 0, code: "" };

  function putEvents(body: string): Answer {
    const request = jsonOf(requestSchema).safeParse(body);
    if (!request.success) return failure("ValidationException", z.prettifyError(request.error));
    const { Entries } = request.data;
    const unknown = Entries.find(({ EventBusName }) => !names.has(EventBusName));
    if (unknown) return failure("ResourceNotFoundException", `Event bus ${unknown.EventBusName} does not exist.`);
    if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > LARGEST_CALL) {
      return failure("ValidationException", "Total size of the entries in the request is over the limit.");
    }
    const results = Entries.map(put);
    const FailedEntryCount = results.filter((result) => "ErrorCode" in result).length;
    return { status: 200, answer: { FailedEntryCount, Entries: results } };
  }

  function put(entry: Entry): { EventId: string } | { ErrorCode: string; ErrorMessage: string } {
    if (refusal.count > 0) {
      refusal = { ...refusal, count: refusal.count - 1 };
      return { ErrorCode: refusal.code, ErrorMessage: "The sandbox was asked to refuse it." };
    }
    const detail = detailSchema.safeParse(entry.Detail);
    if (!detail.success) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
    const event = toEvent(entry, detail.data, region);
    kept.push(event);
    if (kept.length > MOST_KEPT) kept.shift();
    return { EventId: event.id };
  }

  const server = await serveOnLoopback(async (request, response) => {
    const action = String(request.headers["x-amz-target"] ?? "");
    const body = await text(request);
    const { status, answer } =
      request.method === "GET"
        ? { status: 200, answer: kept }
        : action === "AWSEvents.PutEvents"
          ? putEvents(body)
          : failure("UnknownOperationException", `The sandbox serves PutEvents only, not ${action || "this request"}.`);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
  });
  return {
    endpoint: server.url,
    createBus: (name) => void names.add(name),
    events: () => [...kept],
    refuse: (count, code = "ThrottlingException") => {
      refusal = { count, code };
    },
    stop: server.stop,
  };
}

function toEvent(entry: Entry, detail: KeptEvent["detail"], region: string): KeptEvent {
  // To the second, as EventBridge has it.
  const time = new Date(entry.Time === undefined ? Date.now() : entry.Time * 1000).toISOString();
  return {
    bus: entry.EventBusName,
    version: "0",
    id: randomUUID(),
    "detail-type": entry.DetailType,
    source: entry.Source,
    account: accountId,
    time: time.replace(/\.\d+Z$/, "Z"),
    region,
    resources: entry.Resources,
    detail,
  };
}

function bytesOf({ Source, DetailType, Detail, Resources, Time }: Entry): number {
  const time = Time === undefined ? 0 : 14;
  return [Source, DetailType, Detail, ...Resources].reduce((sum, part) => sum + Buffer.byteLength(part), time);
}

function failure(type: string, message: string): Answer {
  return { status: 400, answer: { __type: type, message } };
}

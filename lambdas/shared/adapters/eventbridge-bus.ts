import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from "@aws-sdk/client-eventbridge";
import type { EntryEvent } from "../domain/entry-events.ts";
import type { EventBus, Refusal } from "../ports.ts";

/** What EventBridge takes at once; the 256 KB are for all events together. */
const MOST_PER_CALL = 10;
const MOST_BYTES_PER_CALL = 250 * 1024;

/** An event bus of EventBridge. One call after the other, for the order's sake; the first failure ends it. */
export const eventBridgeBus = (options: { client: Pick<EventBridgeClient, "send">; busName: string }): EventBus => ({
  async publish(events) {
    const refusals: (Refusal | undefined)[] = [];
    for (const call of callsOf(events.map((event) => toEntry(event, options.busName)))) {
      const isUntried = refusals.some((refusal) => refusal?.isFinal === false);
      refusals.push(...(isUntried ? call.map(() => untried) : await put(options.client, call)));
    }
    return refusals;
  },
});

const untried: Refusal = { code: "untried", message: "an event before it failed", isFinal: false };

const toEntry = (event: EntryEvent, busName: string): PutEventsRequestEntry => ({
  EventBusName: busName,
  Source: event.source,
  DetailType: event["detail-type"],
  Time: new Date(event.time),
  Detail: JSON.stringify(event.detail),
});

/** As EventBridge counts them. */
const TIME_BYTES = 14;
const bytesOf = ({ Source = "", DetailType = "", Detail = "" }: PutEventsRequestEntry): number =>
  TIME_BYTES + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);

const callsOf = (entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] => {
  const calls: PutEventsRequestEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const call = calls.at(-1);
    const bytes = bytesOf(entry);
    if (call === undefined || call.length === MOST_PER_CALL || bytes > room) {
      calls.push([entry]);
      room = MOST_BYTES_PER_CALL - bytes;
    } else {
      call.push(entry);
      room -= bytes;
    }
  }
  return calls;
};

const put = async (
  client: Pick<EventBridgeClient, "send">,
  call: PutEventsRequestEntry[],
): Promise<(Refusal | undefined)[]> => {
  try {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: call }));
    return call.map((_, place) => refusalOf(Entries[place] ?? unanswered));
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return call.map(() => ({ code: name, message, isFinal: false }));
  }
};

const unanswered: PutEventsResultEntry = { ErrorCode: "unanswered", ErrorMessage: "the answer does not mention it" };

/** What EventBridge says of an event that it can never take; of all else waiting may cure it. */
const FINAL = new Set(["MalformedDetail", "InvalidArgument"]);

const refusalOf = ({ ErrorCode, ErrorMessage = "" }: PutEventsResultEntry): Refusal | undefined =>
  ErrorCode === undefined ? undefined : { code: ErrorCode, message: ErrorMessage, isFinal: FINAL.has(ErrorCode) };

import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "./answers.ts";
import type { Fault } from "./faults.ts";

/** What a client gets from a call that a fault struck, and how anything is sent to it. */

const GARBAGE = "<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>";

export interface StruckCall {
  response: ServerResponse;
  closing: AbortSignal;
  /** What this server says under a status of its own accord. */
  answerOf: (status: number) => Answer;
  /** What it says when it has kept the client waiting. */
  timedOut: Answer;
}

/** The answer in place of the real one; undefined when the client gets none. */
export async function struckAnswer(fault: Fault, call: StruckCall): Promise<Answer | undefined> {
  switch (fault.kind) {
    case "status":
      return fault.body === undefined ? call.answerOf(fault.status) : { status: fault.status, body: fault.body };
    case "answer":
      return { status: fault.status, body: fault.body };
    case "garbage":
      return { status: 200, body: GARBAGE, contentType: "text/html" };
    case "reset-before":
    case "reset-after":
      call.response.socket?.resetAndDestroy();
      return undefined;
    case "timeout-before":
    case "timeout-after":
      if (fault.holdMs === undefined) return undefined;
      await delay(fault.holdMs, undefined, { signal: call.closing });
      return call.timedOut;
  }
}

export function reply(response: ServerResponse, { status, body, contentType, headers }: Answer): void {
  response.writeHead(status, { "content-type": contentType ?? "application/json", ...headers });
  response.end(contentType === undefined ? JSON.stringify(body) : String(body));
}

import { AsyncLocalStorage } from "node:async_hooks";
import type { CallRecord } from "../domain/entry.ts";
import { whyOf } from "../domain/errors.ts";
import type { Clock, Exchanges } from "../ports.ts";
import type { HttpCall } from "./http-call.ts";

export interface ExchangeLog extends Exchanges {
  /** The same calls, each of them noted for whoever has it made. */
  recorded(call: HttpCall): HttpCall;
  /** Notes one that goes another way. */
  note(call: CallRecord): void;
}

const LONGEST_PATH = 160;
const LONGEST_SAID = 240;

/**
 * Notes who was called and what the answer was, for the run that has it called: several runs go side by side in one function, so each
 * listens in an asynchronous context of its own. Paths are kept without their query, where signatures stand.
 *
 * @param options.mask takes out of an answer what must not be kept; before it is cut, so that nothing is cut out of its reach.
 */
export const exchangeLog = ({ clock, mask }: { clock: Clock; mask: (text: string) => string }): ExchangeLog => {
  const listeners = new AsyncLocalStorage<CallRecord[]>();

  const note = ({ request, said, ...rest }: CallRecord): void => {
    listeners.getStore()?.push({
      ...rest,
      request: mask(request).slice(0, LONGEST_PATH),
      said: mask(said.replace(/\s+/g, " ").trim()).slice(0, LONGEST_SAID),
    });
  };

  return {
    note,

    async during(run) {
      const calls: CallRecord[] = [];
      const [outcome] = await Promise.allSettled([listeners.run(calls, run)]);
      return {
        calls,
        ended: () => {
          if (outcome.status === "rejected") throw outcome.reason;
          return outcome.value;
        },
      };
    },

    recorded: (call) => async (request) => {
      const what = { request: `${request.method} ${URL.parse(request.url)?.pathname ?? ""}`, at: clock() };
      try {
        const answer = await call(request);
        note({ ...what, endedAt: clock(), status: answer.status, said: answer.body });
        return answer;
      } catch (error) {
        note({ ...what, endedAt: clock(), said: whyOf(error) });
        throw error;
      }
    },
  };
};

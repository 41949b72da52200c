import type { Lane } from "../../../lambdas/shared/domain/lane.ts";
import type { Journal, JournalLine, WakeUps } from "../../../lambdas/shared/ports.ts";

export interface RecordedWakeUps extends WakeUps {
  readonly sent: readonly { lane: Lane; because: string }[];
  /** Takes the lanes that were woken since the last time, each once. */
  take(): Lane[];
  /** Whether wake-ups get lost, though nobody notices ("lost"), or cannot be sent ("failing"). */
  become(state: "working" | "lost" | "failing"): void;
}

/** Wake-ups that stay where a test finds them. */
export const recordedWakeUps = (): RecordedWakeUps => {
  const sent: { lane: Lane; because: string }[] = [];
  let taken = 0;
  let state: "working" | "lost" | "failing" = "working";
  return {
    sent,
    take() {
      const lanes = new Set(sent.slice(taken).map(({ lane }) => lane));
      taken = sent.length;
      return [...lanes];
    },
    become: (next) => {
      state = next;
    },
    async send(wakeUps) {
      if (state === "working") sent.push(...wakeUps);
      return state === "failing" ? wakeUps.map(({ lane }) => lane) : [];
    },
  };
};

export interface RecordedJournal extends Journal {
  readonly lines: readonly ({ what: string } & JournalLine)[];
}

export const recordedJournal = (): RecordedJournal => {
  const lines: ({ what: string } & JournalLine)[] = [];
  const record = (what: string, line: JournalLine): void => void lines.push({ what, ...line });
  return { lines, info: record, warn: record };
};

import type { AlarmUnderTest } from "../infra/alarms-of.ts";
import { type AlarmState, metricsOverTime, stateOf } from "./cloudwatch.ts";

export interface WatchedAlarms {
  /** Names of the alarms that are firing now. */
  firing(): string[];
  /** Names of those that have fired at any time. */
  fired(): string[];
  /** Lets minutes pass in which nobody writes anything. */
  pass(minutes: number): void;
}

const MINUTE_MS = 60_000;
/** So that periods of an hour begin where the story does. */
const START = Date.UTC(2026, 10, 2, 15, 0, 0);

/**
 * Alarms over the lines that the functions of a running sandbox write, in the embedded metric format. The sandbox does within a
 * second or so what AWS does within a minute, so a minute passes with each sweep, however slow the machine is.
 */
export const watchAlarms = (
  lines: readonly string[],
  alarms: Readonly<Record<string, AlarmUnderTest>>,
): WatchedAlarms => {
  const metrics = metricsOverTime();
  const states = new Map<string, AlarmState>();
  const fired = new Set<string>();
  let now = START;
  let taken = 0;

  const pass = (): void => {
    now += MINUTE_MS;
    for (const [name, alarm] of Object.entries(alarms)) {
      const state = stateOf(alarm, metrics, now, states.get(name) ?? "INSUFFICIENT_DATA");
      states.set(name, state);
      if (state === "ALARM") fired.add(name);
    }
  };

  const takeIn = (): void => {
    for (const line of lines.slice(taken)) {
      taken += 1;
      if (!line.includes('"CloudWatchMetrics"')) continue;
      metrics.addLine(line, now);
      if (line.includes('"Sweeps"')) pass();
    }
  };

  return {
    firing() {
      takeIn();
      return [...states].flatMap(([name, state]) => (state === "ALARM" ? [name] : []));
    },
    fired() {
      takeIn();
      return [...fired];
    },
    pass(minutes) {
      takeIn();
      for (let nth = 0; nth < minutes; nth += 1) pass();
    },
  };
};

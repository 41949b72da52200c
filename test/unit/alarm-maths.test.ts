import { describe, expect, it } from "vitest";
import * as z from "zod";
import { alarmsOf } from "../infra/alarms-of.ts";
import { referenced, resourcesOf, templateOf } from "../infra/synthesised.ts";
import { stories } from "../support/alarm-stories.ts";
import type { Story } from "../support/alarm-story.ts";
import { type AlarmState, metricsOverTime, stateOf } from "../support/cloudwatch.ts";
import { evaluate } from "../support/metric-math.ts";
import { type WatchedBridge, watchedBridge } from "../support/watched-bridge.ts";

const dev = templateOf("dev");
const alarms = alarmsOf(dev);
const alarm = (name: string) => {
  const found = alarms[name];
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
};

const MINUTE_MS = 60_000;
/** So that the longest periods begin where a story does. */
const USUAL_MINUTES = 30;

describe("over what the bridge's functions tell, each alarm fires and clears", () => {
  /** Minutes until the alarm is in the state; undefined when it is not by then. */
  const minutesUntil = async (
    wanted: AlarmState,
    most: number,
    watched: WatchedBridge,
    { alarm: name, meanwhile }: Pick<Story, "alarm" | "meanwhile">,
    before: AlarmState,
  ): Promise<number | undefined> => {
    let state = before;
    for (let minutes = 1; minutes <= most; minutes += 1) {
      meanwhile?.(watched);
      await watched.minute();
      state = stateOf(alarm(name), watched.metrics, watched.bridge.clock.now(), state);
      if (state === wanted) return minutes;
    }
    return undefined;
  };

  it.each(stories)("$alarm: $tells", async (story) => {
    const watched = watchedBridge();
    const usual = { alarm: story.alarm };
    for (let minutes = 0; minutes < USUAL_MINUTES; minutes += 1) await watched.minute();
    const before = stateOf(alarm(story.alarm), watched.metrics, watched.bridge.clock.now(), "INSUFFICIENT_DATA");
    expect(before).toBe("OK");

    await story.begin(watched);
    const [least, most] = story.firesAfter;
    const fired = await minutesUntil("ALARM", most, watched, story, "OK");
    expect(fired, "minutes until it fired").toBeGreaterThanOrEqual(least);

    await story.end(watched);
    expect(
      await minutesUntil("OK", story.clearsAfter, watched, usual, "ALARM"),
      "minutes until it cleared",
    ).toBeDefined();
  });

  it("[L2] a bridge that has much to do and does it sets off none of them", async () => {
    const watched = watchedBridge();
    const { bridge, metrics } = watched;
    const names = new Set(stories.map(({ alarm: name }) => name));
    for (let minute = 0; minute < 90; minute += 1) {
      for (let nth = 0; nth < 15; nth += 1) bridge.ensono.note(bridge.ensono.open(), "a note");
      await watched.minute();
      const now = bridge.clock.now();
      const firing = [...names].filter((name) => stateOf(alarm(name), metrics, now, "OK") === "ALARM");
      expect(firing.filter((name) => minute >= 5 || alarm(name).missingData !== "breaching")).toEqual([]);
    }
  });

  it("a gauge's alarm stays as it is while the sweeper stands still", async () => {
    const watched = watchedBridge();
    watched.bridge.itsm.fail("refusal");
    watched.bridge.ensono.open();
    for (let minute = 0; minute < 30; minute += 1) await watched.minute();
    const now = () => watched.bridge.clock.now();
    expect(stateOf(alarm("tickets-held"), watched.metrics, now(), "OK")).toBe("ALARM");
    watched.broken.add("sweeper");
    for (let minute = 0; minute < 30; minute += 1) await watched.minute();
    expect(stateOf(alarm("tickets-held"), watched.metrics, now(), "ALARM")).toBe("ALARM");
    expect(stateOf(alarm("tickets-held"), watched.metrics, now(), "OK")).toBe("OK");
    expect(stateOf(alarm("sweeper-stands-still"), watched.metrics, now(), "OK")).toBe("ALARM");
  });
});

describe("errors-logged", () => {
  const [filter] = resourcesOf(dev, "AWS::Logs::MetricFilter");
  const pattern = z.string().parse(filter?.Properties.FilterPattern);

  /** What a filter of the form `{ $.field = "value" }` makes of a line. */
  const isCounted = (line: string): boolean => {
    const [, field = "", value] = /^\{ \$\.(\w+) = "(\w+)" \}$/.exec(pattern) ?? [];
    return z.record(z.string(), z.unknown()).parse(JSON.parse(line))[field] === value;
  };

  it("counts errors of the bridge's own, and not what it only warns of", () => {
    const watched = watchedBridge();
    const lines = watched.log("processor", ({ logger, journal }) => {
      journal.warn("failed", { lane: "ENSONO#e-CS1" });
      logger.error("the work that a wake-up asked for broke off", { error: new Error("no such table") });
      journal.info("done", { lane: "ENSONO#e-CS1" });
    });
    expect(lines.map(isCounted)).toEqual([false, true, false]);
  });
});

/** What AWS's services measure, minute by minute, of the metrics of an alarm by their ids there. */
interface Measurements {
  readonly alarm: string;
  readonly minutes: number;
  readonly bad: Readonly<Record<string, readonly number[]>>;
  readonly good: Readonly<Record<string, readonly number[]>>;
}

const once = [1];
const none: Measurements["good"] = {};
const calls = (count: number) => Array.from({ length: count }, () => 1);
const refusals = (count: number, of: number) => Array.from({ length: of }, (_, nth) => (nth < count ? 1 : 0));

const measurements: readonly Measurements[] = [
  { alarm: "function-errors", minutes: 5, bad: { m0: once }, good: { m0: [0], m1: [0] } },
  { alarm: "errors-logged", minutes: 5, bad: { m: once }, good: none },
  { alarm: "function-throttles", minutes: 5, bad: { m2: once }, good: { m2: [0] } },
  { alarm: "function-time-outs", minutes: 5, bad: { m0: [120, 55_000] }, good: { m0: [120, 54_000] } },
  { alarm: "dead-letters", minutes: 5, bad: { m1: once }, good: { m0: [0], m1: [0] } },
  { alarm: "events-late", minutes: 5, bad: { m: [200, 3_600_001] }, good: { m: [200, 3_600_000] } },
  { alarm: "events-given-up", minutes: 5, bad: { m: once }, good: { m: [0] } },
  { alarm: "ledger-throttled", minutes: 5, bad: { m3: [7] }, good: none },
  {
    alarm: "api-failing",
    minutes: 5,
    bad: { failed: refusals(1, 20), calls: calls(20) },
    good: { failed: refusals(0, 20), calls: calls(20) },
  },
  {
    alarm: "api-refusing",
    minutes: 15,
    bad: { refused: refusals(2, 3), calls: calls(3) },
    good: { refused: refusals(1, 3), calls: calls(3) },
  },
  { alarm: "api-slow", minutes: 15, bad: { m: [50, 80, 3500] }, good: { m: [50, 80, 900] } },
];

describe("over what AWS measures, each alarm fires and clears", () => {
  const START = Date.UTC(2026, 10, 2, 15, 0, 0);

  it.each(measurements)("$alarm", ({ alarm: name, minutes, bad, good }) => {
    const watched = alarm(name);
    const metrics = metricsOverTime();
    let now = START;
    let state: AlarmState = "INSUFFICIENT_DATA";
    const statesWith = (values: Measurements["good"]) =>
      Array.from({ length: minutes }, () => {
        for (const [id, points] of Object.entries(values)) {
          const metric = watched.metrics[id];
          if (metric === undefined) throw new Error(`${name} has no metric ${id}`);
          metrics.add(metric, now, ...points);
        }
        now += MINUTE_MS;
        state = stateOf(watched, metrics, now, state);
        return state;
      });
    expect(statesWith(good).at(-1)).toBe("OK");
    expect(statesWith(bad).at(-1)).toBe("ALARM");
    expect(statesWith(good).at(-1)).toBe("OK");
  });

  type Values = Readonly<Record<string, number>>;
  const up: Values = { ensono: 0, client: 0, paused0: 0, paused1: 0 };
  const lines: [name: string, below: Values, at: Values, what: string][] = [
    ["api-failing", { failed: 2, calls: 10 }, { failed: 3, calls: 10 }, "two failures in a quiet night"],
    ["api-failing", { failed: 3, calls: 1000 }, { failed: 10, calls: 1000 }, "three of a thousand"],
    ["api-refusing", { refused: 9, calls: 9 }, { refused: 10, calls: 10 }, "a few calls, all of them wrong"],
    ["api-refusing", { refused: 50, calls: 100 }, { refused: 51, calls: 100 }, "half of the calls"],
    ["authentication-failures", { failures: 20, accepted: 9 }, { failures: 21, accepted: 9 }, "twenty among good ones"],
    ["authentication-failures", { failures: 2 }, { failures: 3 }, "two, and nothing else"],
    ["work-not-taken-up", { ...up, due: 300 }, { ...up, due: 301 }, "five minutes"],
    ["work-not-taken-up", { ...up, due: 999, client: 1 }, { ...up, due: 999 }, "a side is down"],
    ["work-not-taken-up", { ...up, due: 999, paused0: 1 }, { ...up, due: 999 }, "a side is paused"],
    ["tickets-held-for-long", { held: 4, oldest: 60 }, { held: 5, oldest: 60 }, "four tickets"],
    ["tickets-held-for-long", { held: 1, oldest: 14_399 }, { held: 1, oldest: 14_400 }, "one for less than four hours"],
  ];
  it.each(lines)("%s draws the line: not at %j, at %j (%s)", (name, below, at) => {
    const { expression, threshold } = alarm(name);
    const valueIn = (values: Values) => evaluate(expression, (id) => values[id]);
    expect(valueIn(below)).toBeLessThan(threshold);
    expect(valueIn(at)).toBeGreaterThanOrEqual(threshold);
  });
});

it("[L2] every alarm has fired and cleared in one of these tests", () => {
  const tested = new Set([...stories, ...measurements].map(({ alarm: name }) => name));
  expect([...tested].sort()).toEqual(Object.keys(alarms).sort());
});

describe("bridge-down", () => {
  const [composite] = resourcesOf(dev, "AWS::CloudWatch::CompositeAlarm");
  const parts = z
    .object({ "Fn::Join": z.tuple([z.literal(""), z.array(z.unknown())]) })
    .parse(composite?.Properties.AlarmRule)["Fn::Join"][1];
  const nameOf = (part: unknown) =>
    String(referenced(dev, part).Properties.AlarmName).replace("EnvisionBridge-dev-", "");
  const idOf = (name: string) => name.replaceAll("-", "_");
  /** The rule, with `ALARM("…")` as the id of that alarm. */
  const rule = parts
    .map((part) => (typeof part === "string" ? part : idOf(nameOf(part))))
    .join("")
    .replaceAll(/ALARM\("(\w+)"\)/g, "$1");
  const isDown = (...firing: string[]) => evaluate(rule, (id) => (firing.map(idOf).includes(id) ? 1 : 0)) === 1;

  it.each([
    ...["queue-not-read", "sweeper-stands-still", "receive-count-critical", "api-failing"],
    ...["ensono-unreachable", "ensono-queue-unreachable", "waiting-to-client", "waiting-to-ensono"],
  ])("[L2] fires for %s", (name) => {
    expect(isDown(name)).toBe(true);
  });

  it("[L2] does not fire for what waits while the client's own tool is down", () => {
    expect(isDown("waiting-to-client", "client-unreachable", "oldest-to-client")).toBe(false);
    expect(isDown("waiting-to-client", "client-unreachable", "queue-not-read")).toBe(true);
  });

  it("[L2] does not fire for what waits because an operator paused it, but for the other direction", () => {
    expect(isDown("waiting-to-client", "to-client-paused")).toBe(false);
    expect(isDown("waiting-to-ensono", "to-ensono-paused")).toBe(false);
    expect(isDown("waiting-to-ensono", "to-client-paused")).toBe(true);
    expect(isDown("waiting-to-client", "to-ensono-paused")).toBe(true);
    expect(isDown("queue-not-read", "to-client-paused"), "messages are lost after four days").toBe(true);
  });

  it("does not fire for anything else", () => {
    expect(isDown()).toBe(false);
    expect(isDown("tickets-held", "dead-letters", "function-errors", "calls-in-doubt")).toBe(false);
  });
});

describe("metric math", () => {
  const known: Readonly<Record<string, number>> = { one: 1, two: 2 };

  it.each([
    ["one + two * 3", 7],
    ["(one + two) * 3", 9],
    ["two >= 2 AND one > 1", 0],
    ["two >= 2 OR one > 1 AND one > 1", 1],
    ["NOT (one > 1)", 1],
    ["MAX([one, two / 4])", 1],
    ["FILL(three, 5) - one", 4],
    ["three + one", undefined],
    ["MAX([one, three])", undefined],
  ])("%s", (expression, value) => {
    expect(evaluate(expression, (id) => known[id])).toBe(value);
  });

  it.each(["one +", "one two", "MEDIAN([one])", "one % two", "(one"])("refuses %s", (expression) => {
    expect(() => evaluate(expression, (id) => known[id])).toThrow();
  });
});

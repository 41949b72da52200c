import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  costTable,
  countStack,
  PAGE,
  PER_RUN,
  PER_TRANSACTION,
  VOLUMES,
  writtenPage,
} from "../../docs/deploy/costs.ts";
import { prices } from "../../docs/deploy/prices.ts";

const stack = { alarms: 0, compositeAlarms: 0, dashboards: 0, keys: 0, secrets: 0, metrics: 0, eventQueues: 0 };

const totalsOf = (table: string): number[] =>
  (table.split("\n").at(-1) ?? "")
    .split("|")
    .flatMap((cell) => /\*\*([\d.]+)\*\*/.exec(cell)?.slice(1).map(Number) ?? []);

it("the page of costs is what the price table and the stack of production give: else, npm run costs", () => {
  const page = readFileSync(PAGE, "utf8");
  expect(writtenPage(page)).toBe(page);
});

it("counts what the stack of production has", () => {
  const counts = countStack();
  expect(counts).toMatchObject({ secrets: 3, eventQueues: 4 });
  expect(counts.keys).toBeGreaterThan(0);
  expect(counts.alarms).toBeGreaterThan(10);
});

it("adds up prices and quantities", () => {
  const [few, many] = totalsOf(costTable([0, 1_000_000], 60, stack));
  const { dynamoDbWrites, restApi, sqs } = prices;
  const least =
    PER_TRANSACTION.writeUnits * dynamoDbWrites.usd +
    PER_TRANSACTION.apiRequests * restApi.usd +
    PER_TRANSACTION.queueRequests * sqs.usd;
  expect((many ?? 0) - (few ?? 0)).toBeGreaterThan(least);
});

it("costs more with each alarm, and less where the queue is read more rarely", () => {
  const [plain, alarmed] = [stack, { ...stack, alarms: 10 }].map((one) => totalsOf(costTable([0], 60, one))[0] ?? 0);
  expect((alarmed ?? 0) - (plain ?? 0)).toBeCloseTo(10 * prices.alarms.usd, 2);
  const [often, rarely] = [60, 300].map((seconds) => totalsOf(costTable([0], seconds, stack))[0] ?? 0);
  expect(often).toBeGreaterThan(rarely ?? 0);
});

it("names what it assumes as the code does", () => {
  const page = readFileSync(PAGE, "utf8");
  for (const said of [
    `${PER_TRANSACTION.functionRuns}, together ${PER_TRANSACTION.gbSeconds / 0.5} s of 512 MB`,
    `${PER_TRANSACTION.writeUnits} write units, ${PER_TRANSACTION.readUnits} read units; ${PER_TRANSACTION.storedKb} KB kept`,
    `${PER_TRANSACTION.queueRequests} and ${PER_TRANSACTION.keyRequests} requests`,
    `${PER_TRANSACTION.logKb} KB and ${PER_TRANSACTION.sentKb} KB`,
    `every twentieth has one of ${PER_TRANSACTION.fileKb * 20} KB`,
    `${PER_RUN.gbSeconds / 0.5} s of 512 MB, ${PER_RUN.writeUnits} write units, ${PER_RUN.readUnits} read units, ${PER_RUN.logKb} KB of logs`,
  ]) {
    expect(page).toContain(said);
  }
  expect(VOLUMES).toEqual([1_000, 10_000, 100_000]);
});

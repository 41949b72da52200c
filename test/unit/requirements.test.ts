import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { collectTests } from "../support/collect-tests.ts";
import {
  type CollectedTest,
  faultsOf,
  numbersIn,
  proofsOf,
  readRequirements,
  show,
} from "../support/requirement-proofs.ts";

const table = `
# Requirements

Prose with a | in it.

| number | duty |
| --- | --- |
| Q3 | in order |
| T4b | linked \`a|b\` |

## More

| number | duty |
|--------|------|
| R1 | goes on |
`;

describe("the table", () => {
  it("gives each number and its duty, from all tables", () => {
    expect(readRequirements(table)).toEqual([
      { number: "Q3", duty: "in order", isOpen: false },
      { number: "T4b", duty: "linked `a|b`", isOpen: false },
      { number: "R1", duty: "goes on", isOpen: false },
    ]);
  });

  it("says of a row that it is still to be built", () => {
    expect(readRequirements(`${table}| L3 | one command (still to be built) |`).at(-1)).toMatchObject({ isOpen: true });
  });

  it.each([
    ["| Q3 |  |", /^line 16: expected "\| number \| duty \|"/],
    ["| Q | no number |", /^line 16: /],
    ["| Q3, Q4 | two |", /^line 16: /],
    ["| Q9 | no end", /^line 16: /],
    ["| Q3 | again |", /^Q3 stands there twice$/],
  ])("a row %j is refused", (row, message) => {
    expect(() => readRequirements(`${table}${row}`)).toThrow(message);
  });

  it("a page without a row is refused", () => {
    expect(() => readRequirements("# Requirements\n")).toThrow(/^expected a table/);
  });
});

const tag = (number: string) => `[${number}]`;

describe("the numbers in a name", () => {
  it.each([
    [`${tag("Q3")} in order`, ["Q3"]],
    [`${tag("Q3")}${tag("T4b")} twice ${tag("Q3")}`, ["Q3", "T4b"]],
    [`suite ${tag("R1")} > a test`, ["R1"]],
    ["Q3 in order", []],
    ["[q3] [3] [Q] [Q3b4] [QQ3] [Q3, Q4]", []],
    ['fields ["a1"] and [1,2]', []],
  ])("%j: %j", (name, numbers) => {
    expect(numbersIn(name)).toEqual(numbers);
  });
});

const requirements = [
  { number: "Q3", duty: "in order", isOpen: false },
  { number: "Q30", duty: "something else", isOpen: false },
];
const test = (name: string, other: Partial<CollectedTest> = {}): CollectedTest => ({
  file: "test/one.test.ts",
  name,
  counts: true,
  ...other,
});

describe("the verdict", () => {
  it("a number has the tests that name it, and no others", () => {
    const [one, both] = [test(tag("Q3")), test(`${tag("Q3")} ${tag("Q30")}`)];
    const proofs = proofsOf(requirements, [one, both, test("Q3")]);
    expect(proofs.map(({ number, tests }) => [number, tests])).toEqual([
      ["Q3", [one, both]],
      ["Q30", [both]],
    ]);
    expect(faultsOf(requirements, [one, both])).toEqual([]);
  });

  it("a number without a test is a fault, also when the only test of it does not count", () => {
    expect(faultsOf(requirements, [test(tag("Q3")), test(tag("Q30"), { counts: false })])).toEqual([
      "Q30: no test proves it (something else)",
    ]);
  });

  it("a row that is still to be built needs no test, and must not have one", () => {
    const open = [{ number: "L3", duty: "one command (still to be built)", isOpen: true }];
    expect(faultsOf(open, [])).toEqual([]);
    expect(faultsOf(open, [test(tag("L3"))])).toEqual([expect.stringMatching(/^L3: tests prove it/)]);
  });

  it("a number that is not in the table is a fault, once, with the first test that names it", () => {
    const strays = [test(`${tag("X9")}\n  one`), test(`${tag("X9")} two`, { counts: false })];
    const proven = requirements.map(({ number }) => test(tag(number)));
    expect(faultsOf(requirements, [...proven, ...strays])).toEqual([
      `X9: not in the table, but named by test/one.test.ts: ${tag("X9")} one`,
    ]);
  });
});

describe("the terminal's table", () => {
  const tests = [
    test(`${tag("Q3")} a`),
    test(`${tag("Q3")} ${"long ".repeat(60)}`),
    test(`${tag("Q3")} c`, { file: "test/two.test.ts" }),
    test(`${tag("Q3")} d`, { file: "test/three.test.ts" }),
  ];

  it("shows the number, how many tests, the duty, and a test of each of two files", () => {
    expect(show(proofsOf(requirements, tests), "few").split("\n")).toEqual([
      "Q3      4  in order",
      `           test/one.test.ts: ${tag("Q3")} a`,
      `           test/two.test.ts: ${tag("Q3")} c`,
      "Q30     0  something else",
    ]);
  });

  it("shows every test when asked, each in a line that fits", () => {
    const lines = show(proofsOf(requirements, tests), "all").split("\n");
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines.map(({ length }) => length))).toBe(150);
    expect(lines[2]).toMatch(/…$/);
  });
});

/** A project with one file of tests, which vitest can collect. */
const projectWith = async (source: string): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), "requirements-"));
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(
    join(root, "vitest.config.mjs"),
    'export default { test: { globals: true, include: ["*.test.mjs"] } };',
  );
  await writeFile(join(root, "some.test.mjs"), source);
  return root;
};

describe("the collected tests", () => {
  it("are those that vitest would run, rows of tables one by one, and none of them is run", async () => {
    const root = await projectWith(`
      const fail = () => { throw new Error("was run"); };
      it.each([["a"], ["b"]])("[Q1] %s", fail);
      describe.each([1, 2])("[Q2] suite %i", () => { it("row", fail); });
      it.skip("[Q3] skipped", fail);
      it.todo("[Q4] to do");
      it.fails("[Q5] known to fail", fail);
      describe.skip("[Q6] suite", () => { it("in it", fail); });
    `);
    const collected = await collectTests(root);
    expect(collected.map(({ name, counts }) => [name, counts])).toEqual([
      ["[Q1] a", true],
      ["[Q1] b", true],
      ["[Q2] suite 1 > row", true],
      ["[Q2] suite 2 > row", true],
      ["[Q3] skipped", false],
      ["[Q4] to do", false],
      ["[Q5] known to fail", false],
      ["[Q6] suite > in it", false],
    ]);
    expect(new Set(collected.map(({ file }) => file))).toEqual(new Set(["some.test.mjs"]));
  });

  it("a file that cannot be collected is told by its name", async () => {
    const root = await projectWith('throw new Error("no such thing");');
    await expect(collectTests(root)).rejects.toThrow("some.test.mjs: cannot be collected: no such thing");
  });
});

describe("the command", () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, "../support/requirements.ts"), ...args]);

  it("an unknown option is told in one line", async () => {
    await expect(run("--every")).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^Unknown option '--every'.*--help\)\n$/),
    });
  });

  it("tells what it takes", async () => {
    expect((await run("--help")).stdout).toMatch(/--all .*\n.*--json /);
  });
});

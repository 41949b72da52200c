/** Which tests prove which requirement: everything about it that is no file, no process and no vitest. */

/** A row of docs/requirements.md. */
export interface Requirement {
  readonly number: string;
  readonly duty: string;
  /** The row says that it is still to be built: no test can prove it yet. */
  readonly isOpen: boolean;
}

/** A test as vitest collects it. */
export interface CollectedTest {
  /** From the repository's root. */
  readonly file: string;
  /** With the names of all suites around it. */
  readonly name: string;
  /** False for a test that is skipped, still to be written, or expected to fail: it proves nothing. */
  readonly counts: boolean;
}

export interface Proof extends Requirement {
  readonly tests: readonly CollectedTest[];
}

const ROW = /^\|\s*([A-Z]\d+[a-z]?)\s*\|\s*(\S.*?)\s*\|$/;
/** Ends the duty of a row whose requirement is still to be built. */
const STILL_OPEN = "(still to be built)";
const NO_ROW = /^\|\s*(?:number\s*\||-)/;

/**
 * Reads the tables of docs/requirements.md: number, duty. Throws an Error that names the line of a row which is none, and a
 * number that stands there twice.
 */
export const readRequirements = (markdown: string): Requirement[] => {
  const requirements = markdown.split("\n").flatMap((line, index): Requirement[] => {
    if (!line.startsWith("|") || NO_ROW.test(line)) return [];
    const [, number, duty] = ROW.exec(line) ?? [];
    if (number === undefined || duty === undefined) {
      throw new Error(`line ${index + 1}: expected "| number | duty |", such as "| Q3 | … |": ${line}`);
    }
    return [{ number, duty, isOpen: duty.endsWith(STILL_OPEN) }];
  });
  const twice = requirements.find(
    ({ number }, place) => requirements.findIndex((one) => one.number === number) < place,
  );
  if (twice !== undefined) throw new Error(`${twice.number} stands there twice`);
  if (requirements.length === 0) throw new Error('expected a table with rows such as "| Q3 | … |"');
  return requirements;
};

/** The numbers that a test's name claims to prove, each once: `[Q3] [Q5] …`, also in the names of the suites around it. */
export const numbersIn = (name: string): string[] => [
  ...new Set([...name.matchAll(/\[([A-Z]\d+[a-z]?)\]/g)].map(([, number]) => String(number))),
];

/** Each requirement with the tests that prove it, in the order of the table. */
export const proofsOf = (requirements: readonly Requirement[], tests: readonly CollectedTest[]): Proof[] => {
  const claims = tests.filter(({ counts }) => counts).map((test) => ({ test, numbers: numbersIn(test.name) }));
  return requirements.map((requirement) => ({
    ...requirement,
    tests: claims.filter(({ numbers }) => numbers.includes(requirement.number)).map(({ test }) => test),
  }));
};

/**
 * What is wrong, a line for each number: one that no test proves unless its row says that it is still to be built, one that says so and
 * is proven, and one that a test names and the table does not.
 */
export const faultsOf = (requirements: readonly Requirement[], tests: readonly CollectedTest[]): string[] => {
  const known = new Set(requirements.map(({ number }) => number));
  const strays = new Map<string, string>();
  for (const { file, name } of tests) {
    for (const number of numbersIn(name)) {
      if (!known.has(number) && !strays.has(number)) strays.set(number, `${file}: ${inOneLine(name)}`);
    }
  }
  return [
    ...proofsOf(requirements, tests)
      .filter(({ tests: proving, isOpen }) => (proving.length === 0) !== isOpen)
      .map(({ number, duty, isOpen }) =>
        isOpen
          ? `${number}: tests prove it, so it is not "${STILL_OPEN}" any more`
          : `${number}: no test proves it (${duty})`,
      ),
    ...[...strays].map(([number, test]) => `${number}: not in the table, but named by ${test}`),
  ];
};

const NUMBER_WIDTH = 4;
const COUNT_WIDTH = 5;
const LINE_WIDTH = 150;
const FEW = 2;

/** The proofs for a terminal: number, count, duty, and below it a few tests, or all of them. */
export const show = (proofs: readonly Proof[], which: "few" | "all"): string =>
  proofs
    .flatMap(({ number, duty, tests }) => {
      const shown = which === "all" ? tests : samplesOf(tests);
      const indent = " ".repeat(NUMBER_WIDTH + COUNT_WIDTH + 2);
      return [
        `${number.padEnd(NUMBER_WIDTH)}${String(tests.length).padStart(COUNT_WIDTH)}  ${duty}`,
        ...shown.map((test) => shorten(`${indent}${test.file}: ${inOneLine(test.name)}`)),
      ];
    })
    .join("\n");

/** The first test of each of a few files, because tests of one file are often rows of one table. */
const samplesOf = (tests: readonly CollectedTest[]): CollectedTest[] =>
  [...Map.groupBy(tests, ({ file }) => file).values()].slice(0, FEW).flatMap(([first]) => first ?? []);

const inOneLine = (name: string): string => name.replaceAll(/\s+/g, " ");
const shorten = (line: string): string => (line.length <= LINE_WIDTH ? line : `${line.slice(0, LINE_WIDTH - 1)}…`);

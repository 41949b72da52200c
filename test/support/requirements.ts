import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { collectTests } from "./collect-tests.ts";
import { faultsOf, proofsOf, readRequirements, show } from "./requirement-proofs.ts";

/** Says which tests prove which requirement of docs/requirements.md, and fails when one has none: `npm run requirements`. */

const root = join(import.meta.dirname, "../..");
const TABLE = "docs/requirements.md";

const help = `
npm run requirements [-- options]     shows the requirements of ${TABLE} with the tests that prove them

Exit code 1 when no test proves one, or a test names one that is not in the table.

  --all      every test in place of a few
  --json     for machines: the requirements with all their tests, and the faults
  --help     this text
`.trim();

const flags = { all: { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean" } } as const;

const main = async ({ all, json, help: isAsked }: ReturnType<typeof readFlags>): Promise<number> => {
  if (isAsked === true) {
    console.log(help);
    return 0;
  }
  const requirements = readTable();
  const tests = await collectTests(root);
  const proofs = proofsOf(requirements, tests);
  const faults = faultsOf(requirements, tests);
  if (json === true) {
    const summary = proofs.map((proof) => ({ ...proof, tests: proof.tests.map(({ file, name }) => ({ file, name })) }));
    console.log(JSON.stringify({ requirements: summary, faults }, undefined, 2));
  } else {
    console.log(show(proofs, all === true ? "all" : "few"));
  }
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
};

const readFlags = () => {
  try {
    return parseArgs({ options: flags }).values;
  } catch (error) {
    throw new Error(`${messageOf(error)} (see npm run requirements -- --help)`, { cause: error });
  }
};

const readTable = () => {
  try {
    return readRequirements(readFileSync(join(root, TABLE), "utf8"));
  } catch (error) {
    throw new Error(`${TABLE}: ${messageOf(error)}`, { cause: error });
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

try {
  process.exitCode = await main(readFlags());
} catch (error) {
  console.error(messageOf(error).replaceAll(/\s+/g, " "));
  process.exitCode = 1;
}

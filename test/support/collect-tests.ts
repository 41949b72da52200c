import type { TestModule } from "vitest/node";
import { createVitest } from "vitest/node";
import type { CollectedTest } from "./requirement-proofs.ts";

/**
 * Has vitest collect the tests, so that rows of tables and suites under contract count as what they become. Runs none of them:
 * the files are only imported, all in the same few processes, because nothing of theirs needs to be kept apart.
 *
 * @param root where vitest's configuration is
 * @throws Error that names the file which cannot be collected, and why
 */
export const collectTests = async (root: string): Promise<CollectedTest[]> => {
  const vitest = await createVitest({
    root,
    run: true,
    watch: false,
    isolate: false,
    silent: true,
    reporters: [{}],
  });
  try {
    const { testModules, unhandledErrors } = await vitest.collect([], { staticParse: false });
    requireWhole(testModules, unhandledErrors);
    return testModules.flatMap(testsOf).toSorted(byFile);
  } finally {
    await vitest.close();
  }
};

const requireWhole = (testModules: readonly TestModule[], unhandledErrors: readonly unknown[]): void => {
  for (const testModule of testModules) {
    const [error] = testModule.errors();
    if (error !== undefined) throw new Error(`${testModule.relativeModuleId}: cannot be collected: ${error.message}`);
  }
  const [error] = unhandledErrors;
  if (error !== undefined) throw new Error("the tests cannot be collected", { cause: error });
};

const testsOf = ({ relativeModuleId: file, children }: TestModule): CollectedTest[] =>
  [...children.allTests()].map(({ fullName, options: { mode, fails } }) => ({
    file,
    name: fullName,
    counts: (mode === "run" || mode === "only") && fails !== true,
  }));

/** As files come from several processes, their order is by chance; that of the tests in a file is not. */
const byFile = (one: CollectedTest, other: CollectedTest): number =>
  one.file < other.file ? -1 : Number(one.file > other.file);

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The longest first, so that none of them is left to run alone at the end. Vitest knows nothing of a first run's times. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

const rank = ({ moduleId }: TestSpecification): number => {
  const place = ["/e2e/start.test.ts", "/e2e/", "/contract/"].findIndex((part) => moduleId.includes(part));
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
};

const endToEnd = ["test/e2e/**/*.test.ts"];

export default defineConfig({
  test: {
    environment: "node",
    testTimeout: 300_000,
    hookTimeout: 400_000,
    // The end-to-end tests mostly wait: three of them keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: { name: "end to end", include: endToEnd, globalSetup: "test/support/shared-synthesis.ts" },
      },
      {
        extends: true,
        // They leave nothing behind in a process, and importing the CDK and the SDK anew for each file took a third of their time.
        test: { name: "parts", include: ["test/**/*.test.ts"], exclude: endToEnd, isolate: false },
      },
    ],
  },
});

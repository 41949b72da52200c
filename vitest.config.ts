import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    globalSetup: "test/support/shared-synthesis.ts",
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // The end-to-end tests mostly wait: three of them keep two cores busy.
    maxWorkers: 3,
    restoreMocks: true,
  },
});

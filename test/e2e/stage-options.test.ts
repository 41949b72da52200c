import { expect, test } from "vitest";
import config from "../../bridge.config.ts";
import { defineBridge } from "../../lambdas/shared/domain/config.ts";
import { differing, openedPair, startBoth } from "../support/sandbox.ts";
import { allNew } from "../support/stage-options.ts";

const { dev } = config.stages;
if (dev === undefined) throw new Error("the default configuration has no stage dev");

test("a stage with every option runs in the sandbox and carries tickets both ways, nothing being refused", async () => {
  const running = await startBoth({ config: defineBridge({ ...config, stages: { dev: { ...dev, ...allNew } } }) });
  try {
    const { ofEnsono, ofClient } = await openedPair(running);
    expect(differing(running, ofEnsono.ensono, ofClient.client)).toEqual([]);
    const record = await running.cloud.accessRecord();
    expect(record.filter(({ allowed }) => allowed)).not.toEqual([]);
    expect(record.filter(({ allowed, quietly }) => !allowed && !quietly)).toEqual([]);
  } finally {
    await running.stop();
  }
});

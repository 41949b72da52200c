import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject, vi } from "vitest";
import type { TestProject } from "vitest/node";
import * as z from "zod";
import config from "../../bridge.config.ts";
import { writeWhole } from "../../sandbox/emulators/kept-file.ts";
import { type Synthesised, synthesise } from "../../sandbox/synthesise.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A directory of this run, for what several files of tests share. */
    readonly sharedDirectory: string;
  }
}

/** Of the whole run: gives its directory to all files, and removes it at the end. */
export default ({ provide }: TestProject): (() => void) => {
  const directory = mkdtempSync(join(tmpdir(), "envision-bridge-tests-"));
  provide("sharedDirectory", directory);
  return () => rmSync(directory, { recursive: true, force: true });
};

const outcomeSchema = z.union([z.object({ template: z.json() }), z.object({ failure: z.string() })]);

/**
 * A stage of bridge.config.ts, synthesised with its bundles once for all files that need it: the first to come does it.
 *
 * @throws what was wrong with it, in each of these files.
 */
export const sharedSynthesis = async (stage: string): Promise<Synthesised> => {
  const directory = join(inject("sharedDirectory"), stage);
  const assetDirectory = join(directory, "cdk.out");
  const outcomeFile = join(directory, "outcome.json");
  if (isFirst(join(directory, "claimed"))) {
    writeWhole(outcomeFile, JSON.stringify(outcomeOf(() => synthesise(config, stage, assetDirectory))));
  }
  const text = await vi.waitFor(() => readFileSync(outcomeFile, "utf8"), { timeout: 180_000, interval: 200 });
  const outcome = outcomeSchema.parse(JSON.parse(text));
  if ("failure" in outcome) throw new Error(outcome.failure);
  return { template: outcome.template, assetDirectory };
};

const isFirst = (claim: string): boolean => mkdirSync(claim, { recursive: true }) !== undefined;

const outcomeOf = (synthesis: () => Synthesised) => {
  try {
    return { template: synthesis().template };
  } catch (error) {
    return { failure: String(error) };
  }
};

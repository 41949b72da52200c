import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

/** The code of AWS::Lambda::Function: an asset of the synthesised app, or source text. */
export const functionCodeSchema = z.union(
  [
    z
      .object({ S3Key: z.string().regex(/^[0-9a-f]{64}\.zip$/) })
      .transform(({ S3Key }) => ({ hash: S3Key.slice(0, 64) })),
    z.object({ ZipFile: z.string() }).transform(({ ZipFile }) => ({ source: ZipFile })),
  ],
  "the sandbox knows directory assets and inline code only",
);
export type FunctionCode = z.infer<typeof functionCodeSchema>;

export interface CodeStore {
  /** Unpacks a function's code and gives the directory. */
  unpack(logicalId: string, code: FunctionCode): Promise<string>;
  remove(): Promise<void>;
}

/**
 * A temporary place for the functions' code, outside the project. Inside it a bundle could import what it lacks from
 * the project's node_modules, and would fail only in AWS.
 *
 * @param assetDirectory the cdk.out directory with its `asset.<hash>` folders.
 */
export async function createCodeStore(assetDirectory: string): Promise<CodeStore> {
  const root = await mkdtemp(join(tmpdir(), "sandbox-functions-"));
  // As in Lambda, index.js is CommonJS unless the bundle itself says otherwise, whatever lies in a parent directory.
  await writeFile(join(root, "package.json"), "{}");
  return {
    async unpack(logicalId, code) {
      const directory = join(root, logicalId);
      if ("hash" in code) {
        await cp(join(assetDirectory, `asset.${code.hash}`), directory, { recursive: true, dereference: true });
      } else {
        await mkdir(directory);
        await writeFile(join(directory, "index.js"), code.source);
      }
      return directory;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

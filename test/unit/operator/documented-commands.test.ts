import { globSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run } from "../../../bin/operator/program.ts";
import { plain } from "../../../bin/operator/show/text.ts";

/** What the documents tell people to type must be taken by the program, at 3 a.m. above all. */

const root = join(import.meta.dirname, "..", "..", "..");
const deployGuide = globSync(["docs/deploy.md", "docs/deploy/**/*.md"], { cwd: root }).toSorted();
const documents = ["README.md", "docs/runbook.md", "docs/operator.md", ...deployGuide];

const typed = documents.flatMap((document) =>
  [...readFileSync(join(root, document), "utf8").matchAll(/npm run bridge -- ([a-z-][^`\n]*)/g)].flatMap(
    ([, command = ""]) =>
      command.includes("[options]") ? [] : [[document, command.replace(/\s#.*/, "").trim()] as const],
  ),
);

const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

/** Where no sandbox runs, what was understood ends with saying so. */
const answerTo = async (words: readonly string[]): Promise<{ exitCode: number; said: string[] }> => {
  const said: string[] = [];
  const note = (text: string): void => {
    said.push(text);
  };
  const terminal = { out: note, err: note, paint: plain, columns: undefined, directory: tmpdir() };
  return { exitCode: await run(words, terminal), said };
};

const inSandbox = (words: readonly string[]): string[] => {
  const at = words.indexOf("--stage");
  const others = at < 0 ? words : words.toSpliced(at, 2);
  return [...others.filter((word) => word !== "--sandbox"), "--sandbox"];
};

it("[L3] the documents name every command that answers a question of the guide's", () => {
  const commands = typed.map(([, command]) => command.split(" ")[0]);
  expect(commands).toEqual(
    expect.arrayContaining(["sent", "duplicates", "trace", "held", "release", "skip", "replay"]),
  );
});

it.each(typed.filter(([, command]) => !command.startsWith("--help")))("%s: %s", async (_, command) => {
  expect(await answerTo(inSandbox(wordsOf(command)))).toEqual({
    exitCode: 1,
    said: [expect.stringContaining("--sandbox: none runs in this directory")],
  });
});

it("a command that there is not would be found", async () => {
  const { said } = await answerTo(["sned", "INC0010001", "--sandbox"]);
  expect(said.join()).toContain("sned");
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { savedQueries } from "../../lib/monitoring/saved-queries.ts";
import { alarmsOf } from "./alarms-of.ts";
import { bridgeFunctions, resourcesOf, templateOf } from "./synthesised.ts";

const root = join(import.meta.dirname, "..", "..");
const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8");
const dev = templateOf("dev");
const alarms = alarmsOf(dev);
const [composite] = resourcesOf(dev, "AWS::CloudWatch::CompositeAlarm");

const descriptions: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(alarms).map(([name, { description }]) => [name, description])),
  "bridge-down": String(composite?.Properties.AlarmDescription),
};

/** The parts of a text below headings of this depth, by heading. */
const partsOf = (text: string, depth: 2 | 3): ReadonlyMap<string, string> => {
  const [, ...parts] = text.split(new RegExp(`^${"#".repeat(depth)} `, "m"));
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")).trim(), part.slice(part.indexOf("\n"))]));
};

const chapters = partsOf(runbook, 2);
const alarmParts = partsOf(chapters.get("Alarms") ?? "", 3);
const queryParts = partsOf(chapters.get("Queries") ?? "", 3);

describe("the runbook's alarms", () => {
  it("[L2] each alarm has a heading, spelled as the alarm, and each heading an alarm", () => {
    expect([...alarmParts.keys()].sort()).toEqual(Object.keys(descriptions).sort());
  });

  it.each([...alarmParts])(
    "[L2] %s: what happened, what that means, where to look, what to do, and when not to",
    (_, text) => {
      const labels = [...text.matchAll(/\*\*([^*]+?),?(?::)?\*\*/g)].map(([, label]) => label);
      const expected = ["What happened", "Impact", "First look", "Repair", "When not to"];
      expect(labels.filter((label) => expected.includes(label ?? ""))).toEqual(expected);
    },
  );

  it.each([...alarmParts])("[L2] %s: as urgent as the alarm says", (name, text) => {
    const urgency = /^\s*\*(page|warn)(?:, through bridge-down)?\.\*/.exec(text)?.[1];
    expect(descriptions[name]).toContain(`Severity: ${urgency}.`);
  });
});

describe("the runbook's queries", () => {
  const textOf = (part: string): string | undefined => /```text\n([\s\S]+?)\n```/.exec(part)?.[1];

  it("are those that are deployed, word for word", () => {
    const told = Object.fromEntries([...queryParts].map(([name, part]) => [name, textOf(part)]));
    expect(told).toEqual(Object.fromEntries(savedQueries.map(({ name, text }) => [name, text])));
  });

  it("are deployed under their names, for the logs that they are about", () => {
    const groups = bridgeFunctions(dev).map((fn) => Object(fn.Properties.LoggingConfig).LogGroup);
    const deployed = resourcesOf(dev, "AWS::Logs::QueryDefinition").map(({ Properties }) => Properties);
    expect(deployed).toHaveLength(savedQueries.length);
    for (const { name, of, text } of savedQueries) {
      const query = deployed.find(({ Name }) => Name === `EnvisionBridge-dev/${name}`);
      expect(query).toMatchObject({ QueryString: text });
      if (of === "functions") expect(query?.LogGroupNames).toEqual(groups);
      else expect(JSON.stringify(query?.LogGroupNames)).toMatch(/^\[\{"Ref":"\w*AccessLogs\w*"\}\]$/);
    }
  });

  it("look for what is logged", () => {
    const sources = readdirSync(join(root, "lambdas"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => readFileSync(join(root, "lambdas", path), "utf8"))
      .join("\n");
    const messages = savedQueries.flatMap(({ text }) => {
      const condition = /message (?:= |in \[)([^\n]+)/.exec(text)?.[1] ?? "";
      return [...condition.matchAll(/'([^']+)'/g)].map(([, message]) => message);
    });
    expect(messages.length).toBeGreaterThan(8);
    expect(messages.filter((message) => !sources.includes(`"${message}"`))).toEqual([]);
  });
});

describe("the rest of the runbook", () => {
  const anchors = new Set(
    [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    ),
  );

  it("points to nothing that is not there", () => {
    const targets = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = ""]) => target);
    expect(targets.length).toBeGreaterThan(50);
    expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
  });

  it("no two headings share a place", () => {
    expect(anchors.size).toBe([...runbook.matchAll(/^#+ .+$/gm)].length);
  });

  it("names whom the guide says to call, and answers its examples", () => {
    expect(runbook).toContain("+1 833-662-7378");
    expect(runbook).toContain("Platform BPMDevandSupport");
    expect(runbook).toContain("npm run bridge -- sent INC0000000");
    expect(runbook).toContain("npm run bridge -- duplicates");
  });

  it("every command says which stage it is about", () => {
    const commands = runbook.match(/npm run bridge -- (?!--help)[^`\n]+/g) ?? [];
    expect(commands.filter((command) => !command.includes("--stage "))).toEqual([]);
  });
});

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { runningSandboxPath } from "../../bin/operator/adapters/running-sandbox.ts";
import packageJson from "../../package.json" with { type: "json" };
import { expectRefused, runIn, typed } from "../support/command-line.ts";

/** The operator's program where no bridge is at hand: as a package, and when it is typed wrongly. */

describe("as a package", () => {
  const root = join(import.meta.dirname, "../..");
  const elsewhere = mkdtempSync(join(tmpdir(), "envision-bridge-packed-"));
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));
  const done = promisify(execFile);

  /** As `npm install` lays it down, but for packages that it does not need. */
  const installed = join(elsewhere, "node_modules", "envision-bridge");

  test("it runs where it is installed, by nothing but Node, and takes no source along", async () => {
    mkdirSync(installed, { recursive: true });
    await done("npm", ["pack", "--pack-destination", elsewhere], { cwd: root });
    await done("tar", ["-xzf", `envision-bridge-${packageJson.version}.tgz`, "-C", installed, "--strip-components=1"], {
      cwd: elsewhere,
    });
    expect(readdirSync(installed).toSorted()).toEqual(["LICENSE", "README.md", "bin", "dist", "package.json"]);
    const command = join(installed, "bin", "operator.mjs");
    const { code, stdout, stderr } = await runIn(elsewhere, ["--help"], {}, command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: envision-bridge");
    expectRefused(await runIn(elsewhere, ["status", "--sandbox"], {}, command), "start one with npm start");
  });
});

describe("what is typed wrongly", () => {
  const nowhere = mkdtempSync(join(tmpdir(), "envision-bridge-nowhere-"));
  afterAll(() => rmSync(nowhere, { recursive: true, force: true }));

  test.each([
    ["an unknown command", ["statsu"], "unknown command 'statsu' (Did you mean status?)"],
    ["an unknown option", ["status", "--jsn"], "unknown option '--jsn' (Did you mean --json?)"],
    ["a missing number", ["trace"], "missing required argument 'number'"],
    ["an empty number", ["trace", " "], "argument 'number'"],
    ["one number too many", ["trace", "a", "b"], "too many arguments"],
    ["a direction that is none", ["pause", "sideways"], "to-client, to-ensono"],
    ["a moment that is none", ["replay", "--since", "yesterday"], "expected 90m, 2h, 3d"],
    ["no moment", ["replay"], "--since"],
    ["an option without its value", ["status", "--stage"], "--stage <name>"],
    ["an option in place of a name", ["status", "--profile", "--sandbox"], "--profile <name>"],
    ["a stage that is none", ["status", "--stage", "moon"], "--stage: expected one of dev, echo, cert, prod"],
    ["no stage at all", ["status"], "--stage: expected one of dev, echo, cert, prod; or --sandbox"],
    ["a sandbox that does not run", ["status", "--sandbox"], "start one with npm start"],
    ["seconds that are none", ["doctor", "--wait", "soon"], "Expected seconds"],
  ])("is told in one line: %s", async (_, args, words) => {
    expectRefused(await typed(nowhere, args), words);
  });

  test("ends the process with exit code 1", async () => {
    expectRefused(await runIn(nowhere, ["statsu"]), "unknown command 'statsu'");
  });

  test("a sandbox that was killed and left its word behind is not running", async () => {
    const path = runningSandboxPath(nowhere);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "{}");
    expectRefused(await typed(nowhere, ["status", "--sandbox"]), "restart the sandbox with npm start");
    rmSync(path);
  });

  test("no AWS credentials, or none that are found, end it in one line", async () => {
    const env = {
      AWS_REGION: "eu-west-1",
      AWS_CONFIG_FILE: join(nowhere, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(nowhere, "none"),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_PROFILE: "",
    };
    expectRefused(await runIn(nowhere, ["status", "--stage", "dev"], env), "no AWS credentials", "--profile");
    expectRefused(await runIn(nowhere, ["status", "--stage", "dev", "--profile", "nobody"], env), "no AWS credentials");
    expectRefused(await runIn(nowhere, ["status", "--stage", "dev"], { ...env, AWS_REGION: "" }), "no AWS region");
  });

  test.each([[["--help"]], [["trace", "--help"]], [["help", "skip"]]])("help is no fault: %j", async (args) => {
    const { code, stdout, stderr } = await typed(nowhere, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: envision-bridge");
  });
});

import { type BridgeConfig, ConfigurationError } from "../lambdas/shared/domain/config.ts";
import { compare, table } from "./agreement.ts";
import { help, isFast, OptionError, readOptions, type SandboxOptions } from "./options.ts";
import { announceRunning } from "./running.ts";
import type { Sandbox } from "./sandbox.ts";
import { playStory } from "./story.ts";
import { tell } from "./transcript.ts";

/** `npm start`: the bridge at work on this machine. */

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (): Promise<number | undefined> => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    print(help);
    return 0;
  }
  const config = await readConfig(options);
  print(`Synthesising the stage ${options.stage} and starting its functions …`);
  // Read late, because the CDK takes seconds that a wrong option need not wait for. Synthesising blocks: signals are caught before.
  const starting = import("./sandbox.ts").then(({ startSandbox }) =>
    startSandbox({ config, options, onLog: ({ text }) => printLog(text, options) }),
  );
  endOnSignal(starting);
  const sandbox = await starting;
  announceRunning(sandbox, options, { clientName: config.ensono.clientName, directory: process.cwd() });
  printAddresses(sandbox, options);

  const { ensono, client } = sandbox;
  if (ensono !== undefined && client !== undefined) await playStory(sandbox, (line) => print(`\n── ${line}`));
  else if (options.once) await sandbox.quiet();
  const agreed = await report(sandbox, config);
  if (options.once) {
    await sandbox.stop();
    return agreed ? 0 : 1;
  }
  print("\nThe bridge stays up. Ctrl-C ends it; in another terminal: npm run bridge -- status --sandbox");
  return undefined;
};

/** Read late, so that what is wrong with the configuration is told in plain lines. */
const readConfig = async ({ stage }: SandboxOptions): Promise<BridgeConfig> => {
  const { default: config } = await import("../bridge.config.ts");
  if (config.stages[stage] === undefined) {
    throw new OptionError(`--stage: expected one of ${Object.keys(config.stages).join(", ")}, got "${stage}"`);
  }
  return config;
};

const printLog = (text: string, options: SandboxOptions): void => {
  const line = tell(text, new Date());
  if (line !== undefined && (!options.quiet || line.includes("!!"))) print(line);
};

const printAddresses = ({ cloud, ensono, client }: Sandbox, options: SandboxOptions): void => {
  print(`\n  bridge's API   ${cloud.apiUrl}   (signed with ${options["client-api-secret"]})`);
  print(
    `  Ensono         ${ensono === undefined ? options["ensono-url"] : `${ensono.url}   (agent: ${ensono.adminUrl})`}`,
  );
  print(
    `  client's ITSM  ${client === undefined ? options["client-url"] : `${client.url}   (agent: ${client.adminUrl})`}`,
  );
  print(`  events         ${cloud.eventBuses.endpoint}   (curl it: what is on the event bus)`);
  print(`  waits          ${isFast(options) ? "fast, for a story" : "as configured"}\n`);
};

/** Prints the table, or what is held where there is nothing to compare. True when nothing disagrees and nothing is held. */
const report = async ({ ensono, client, ledger }: Sandbox, config: BridgeConfig): Promise<boolean> => {
  const held = await ledger.held();
  for (const { lane, reason } of held) print(`held: ${lane}: ${reason}`);
  if (ensono === undefined || client === undefined) return held.length === 0;
  const pairs = compare([...ensono.tickets(), ...ensono.changes()], client.tickets(), config);
  print(`\n${table(pairs)}`);
  const wrong = pairs.filter(({ differences }) => differences.length > 0).length;
  print(
    wrong === 0
      ? `\nBoth sides agree on ${pairs.length} tickets.`
      : `\nBoth sides differ on ${wrong} of ${pairs.length} tickets.`,
  );
  return wrong === 0 && held.length === 0;
};

/** Ctrl-C ends all that has been started, once it has; a second one does not wait. */
const endOnSignal = (starting: Promise<Sandbox>): void => {
  const stop = async (): Promise<void> => {
    print("\nStopping …");
    const sandbox = await starting.catch(() => undefined);
    await sandbox?.stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
};

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  const known = error instanceof OptionError || error instanceof ConfigurationError;
  const cause = error instanceof Error ? error.cause : undefined;
  const busy = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
  if (!known && !busy) throw error;
  console.error(known ? error.message : "--port: this port is taken; choose another one, or 0 for any free one");
  process.exitCode = 1;
}

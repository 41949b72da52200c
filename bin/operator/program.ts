import { Command, CommanderError, InvalidArgumentError } from "commander";
import * as z from "zod";
import { addCommands, addQuestions, type Perform } from "./commands.ts";
import { connect } from "./connect.ts";
import { faultOf } from "./faults.ts";
import type { Screen } from "./show/table.ts";
import { type Paint, visibleJson } from "./show/text.ts";

/** The terminal, or what stands in its place. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  /** Undefined where the output is no terminal. */
  readonly columns: number | undefined;
  /** Where a sandbox is looked for. */
  readonly directory: string;
}

const NAME = "envision-bridge";
/** Lines are not longer, however wide the terminal is. */
const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 60;

const globalOptions = z.object({
  stage: z.string().optional(),
  profile: z.string().optional(),
  region: z.string().optional(),
  sandbox: z.boolean().default(false),
  json: z.boolean().default(false),
});
const reasonOption = z.object({ reason: z.string().default("no reason given") });

/**
 * The operator's command line. Gives the exit code: 0, or 1 with one line on the error output that says what to do. Never throws.
 *
 * @param args what was typed behind the program's name.
 */
export const run = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  let exitCode = 0;
  const program = new Command(NAME);
  const perform: Perform = async (work, given) => {
    const { json, ...where } = globalOptions.parse(program.opts());
    const { default: config } = await import("../../bridge.config.ts");
    const bridge = await connect(
      { stage: undefined, profile: undefined, region: undefined, ...where, directory: terminal.directory },
      config,
    );
    try {
      const { reason } = reasonOption.parse(given);
      const { result, lines, isFault } = await work(bridge, async () => ({
        who: await bridge.identity(),
        why: reason,
      }));
      terminal.out(json ? visibleJson(result) : lines(screenOf(terminal)).join("\n"));
      if (isFault === true) exitCode = 1;
    } finally {
      bridge.close();
    }
  };
  describe(program, terminal);
  addQuestions(program, perform);
  addCommands(program, perform);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error)) return error.exitCode;
    terminal.err(`${NAME}: ${faultOf(error)}`);
    return 1;
  }
};

/** Settings that commands inherit, so before any of them is added. */
const describe = (program: Command, terminal: Terminal): void => {
  program
    .description("Looks into a running Envision Bridge, and sets right by hand what it holds for you.")
    .option("--stage <name>", "the stage of bridge.config.ts whose bridge is meant", nameOf)
    .option("--profile <name>", "the AWS profile whose credentials are used", nameOf)
    .option("--region <name>", "the AWS region of the stack", nameOf)
    .option("--sandbox", "the sandbox that runs in this directory (npm start)")
    .option("--json", "for machines")
    .addHelpText(
      "after",
      "\nEvery command takes these options, before it or behind it. All of it with examples: docs/operator.md",
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      // Told by `run`, in one line.
      outputError: () => undefined,
    });
};

/** Whoever forgets the name has typed the next option in its place. */
const nameOf = (value: string): string => {
  if (value === "" || value.startsWith("-")) throw new InvalidArgumentError("Expected a name.");
  return value;
};

const isHelp = ({ code }: CommanderError): boolean => code === "commander.help" || code === "commander.helpDisplayed";

const screenOf = ({ columns = MOST_COLUMNS, paint }: Terminal): Screen => ({
  columns: Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, columns)),
  paint,
});

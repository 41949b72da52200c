import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { faultOf } from "../../../bin/operator/faults.ts";
import { OperatorError } from "../../../bin/operator/use-cases/operator-error.ts";
import { ConfigurationError } from "../../../lambdas/shared/domain/config.ts";

const named = (name: string, message: string, code?: string): Error =>
  Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });

describe("what went wrong", () => {
  it.each([
    ["an operator's own error", new OperatorError("INC1: not held"), "INC1: not held"],
    [
      "a wrong option",
      new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'\n(Did you mean --y?)"),
      "unknown option '--x' (Did you mean --y?) (see --help)",
    ],
    [
      "one fault of the config",
      new ConfigurationError("bridge.config.ts: stages: expected at least one"),
      "bridge.config.ts: stages: expected at least one",
    ],
    [
      "several faults of the config",
      new ConfigurationError("bridge.config.ts: a\nbridge.config.ts: b\nbridge.config.ts: c"),
      "bridge.config.ts: a (and 2 more: npm run synth shows all)",
    ],
    [
      "no credentials",
      named("CredentialsProviderError", "Could not load credentials from any providers"),
      "no AWS credentials: sign in (aws sso login), or give --profile; Could not load credentials from any providers",
    ],
    [
      "expired credentials",
      named("ExpiredTokenException", "The security token included in the request is expired"),
      "AWS does not take these credentials: sign in anew, or give another --profile; The security token",
    ],
    [
      "expired credentials, as CloudFormation says it",
      named("ExpiredToken", "expired"),
      "AWS does not take these credentials",
    ],
    [
      "missing rights",
      named("AccessDeniedException", "User: arn is not authorized to perform: dynamodb:Scan"),
      "these credentials may not do that: User: arn is not authorized to perform: dynamodb:Scan",
    ],
    ["no region", new Error("Region is missing"), "no AWS region: give --region, or set AWS_REGION"],
    [
      "no table",
      named("ResourceNotFoundException", "Requested resource not found"),
      "the ledger's table is not there: check --stage and --region; Requested resource not found",
    ],
    [
      "nobody there",
      named("Error", "connect ECONNREFUSED 127.0.0.1:8000", "ECONNREFUSED"),
      "cannot be reached: check the network, or that the sandbox still runs; connect ECONNREFUSED 127.0.0.1:8000",
    ],
    [
      "nobody there, at several addresses",
      new AggregateError([new Error("connect ECONNREFUSED ::1:8000")]),
      "cannot be reached: check the network, or that the sandbox still runs; connect ECONNREFUSED ::1:8000",
    ],
    ["what nobody thought of", new TypeError("x is not a function"), "unexpected: TypeError: x is not a function"],
    ["what is no error", "thrown text", "unexpected: thrown text"],
  ])("is told in one line: %s", (_, error, line) => {
    expect(faultOf(error)).toContain(line);
    expect(faultOf(error)).not.toContain("\n");
  });

  it("is harmless on a terminal, whatever it quotes", () => {
    expect(faultOf(new OperatorError("\u001b[31mINC1\u0007: not\nheld"))).toBe("\\e[31mINC1\\u0007: not held");
  });
});

import { CommanderError } from "commander";
import { ConfigurationError } from "../../lambdas/shared/domain/config.ts";
import { visible } from "./show/text.ts";
import { OperatorError } from "./use-cases/operator-error.ts";

/** What went wrong, in one line that names what to do; never a stack trace. */
export const faultOf = (error: unknown): string => visible(inWords(error).replace(/\s+/g, " ").trim());

const inWords = (error: unknown): string => {
  if (error instanceof OperatorError) return error.message;
  if (error instanceof CommanderError) return `${error.message.replace(/^error: /, "")} (see --help)`;
  if (error instanceof ConfigurationError) return configurationFault(error.message);
  const name = error instanceof Error ? codeOf(error) : "";
  const message = messageOf(error);
  const known = faults.find(({ says }) => says.test(name) || says.test(message));
  return known === undefined ? `unexpected: ${name === "" ? "" : `${name}: `}${message}` : known.tell(message);
};

const codeOf = (error: Error): string => {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return `${error.name} ${code}`.trim();
};

/** Several addresses that refuse make an error without any words. */
const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors.map(messageOf).join("; ") : "";
  return error.message || inner || error.name;
};

const configurationFault = (message: string): string => {
  const [first = message, ...rest] = message.split("\n");
  return rest.length === 0 ? first : `${first} (and ${rest.length} more: npm run synth shows all)`;
};

/** The SDK's errors, by their names or by what they say. */
const faults: readonly { says: RegExp; tell: (message: string) => string }[] = [
  {
    says: /^CredentialsProviderError|could not load credentials|could not be found\. .*credential/i,
    tell: (message) => `no AWS credentials: sign in (aws sso login), or give --profile; ${message}`,
  },
  {
    says: /^(?:ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|TokenRefreshRequired)/,
    tell: (message) => `AWS does not take these credentials: sign in anew, or give another --profile; ${message}`,
  },
  {
    says: /^AccessDenied|not authorized to perform/,
    tell: (message) => `these credentials may not do that: ${message}`,
  },
  { says: /^Region (?:is missing|not accepted)/, tell: () => "no AWS region: give --region, or set AWS_REGION" },
  {
    says: /^ResourceNotFoundException/,
    tell: (message) => `the ledger's table is not there: check --stage and --region; ${message}`,
  },
  {
    says: /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|TimeoutError/,
    tell: (message) => `cannot be reached: check the network, or that the sandbox still runs; ${message}`,
  },
];

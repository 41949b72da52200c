import { ConfigurationError } from "../lambdas/shared/domain/config.ts";
import { bridgeApp } from "../lib/app.ts";
import { withChecks } from "../lib/checks.ts";

// The configuration is imported late, so that what is wrong with it is told in plain lines and without a stack trace.
try {
  const { default: config } = await import("../bridge.config.ts");
  withChecks(bridgeApp({ config })).synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

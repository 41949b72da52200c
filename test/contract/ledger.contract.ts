import { describe } from "vitest";
import { ledgerArrivalsContract } from "./ledger-arrivals.contract.ts";
import { ledgerEvidenceContract } from "./ledger-evidence.contract.ts";
import { ledgerLinksContract } from "./ledger-links.contract.ts";
import { ledgerOperatorContract } from "./ledger-operator.contract.ts";
import { ledgerReplacedContract } from "./ledger-replaced.contract.ts";
import { ledgerRunsContract } from "./ledger-runs.contract.ts";
import type { StartLedger } from "./ledger-under-contract.ts";

/** What every `Ledger` does; see `lambdas/shared/ports.ts`. */
export const ledgerContract = (name: string, start: StartLedger): void => {
  describe(`the contract of Ledger: ${name}`, () => {
    ledgerArrivalsContract(start);
    ledgerReplacedContract(start);
    ledgerRunsContract(start);
    ledgerLinksContract(start);
    ledgerOperatorContract(start);
    ledgerEvidenceContract(start);
  });
};

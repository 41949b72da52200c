import type { BridgeConfig } from "./config.ts";
import type { Digest } from "./marks.ts";
import type { ClientStep, Decision } from "./steps.ts";
import type { Learnt } from "./ticket-view.ts";
import type { TransferOutcome } from "./transfer.ts";

/** What the rules towards the client are given beside transaction and ticket, and what they give. */

/** What the ledger could find out about this transaction beyond the ticket itself. */
export interface TransactionEvidence {
  /** Notes of ids that an earlier transaction carried: put on the queue again by Ensono's support (Q5). */
  repeatedNoteIds: readonly string[];
  /** Notes that are our own comments coming back (I5), by their place in `transaction.notes`. */
  echoedNotes: readonly number[];
  /** The whole update is one of ours coming back from the `echo` environment (I5). */
  isEchoedUpdate?: boolean;
  /** An earlier transaction created the change as of the same moment: put on the queue again (Q5). */
  isRepeatedCreate?: boolean;
  /** An earlier transaction carried this approvalId (Q5). */
  isRepeatedApproval?: boolean;
  /** The client was given this attachment by an earlier transaction (Q5). */
  isRepeatedAttachment?: boolean;
  /** What became of the transaction's file; undefined while it is on its way to our store (T8). */
  file?: TransferOutcome;
}

export interface Policies {
  config: BridgeConfig;
  digest: Digest;
}

export type TransactionDecision = { decision: Decision<ClientStep>; learnt: Learnt };

export const ignore = (reason: string, learnt: Learnt = {}): TransactionDecision => ({
  decision: { outcome: "ignore", reason },
  learnt,
});

export const hold = (code: "refused" | "link-conflict" | "not-understood", reason: string): TransactionDecision => ({
  decision: { outcome: "hold", code, reason },
  learnt: {},
});

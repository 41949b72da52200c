/**
 * Two families of errors, told apart by what waiting can do for them.
 *
 * - `PermanentError`: waiting cannot cure it. The entry holds its lane until an operator acts (R3).
 * - `TransientError`: waiting can. `effect` says what is known of the call that failed (E13): `none`, it surely did not
 *   take effect; `unknown`, it may have, so find out before sending it again (R1).
 *
 * Anything else that is thrown is a defect or a fault of our own platform: the lane is tried again later.
 */
export type PermanentCode =
  /** The other side refused this one ticket or call, and says why. */
  | "refused"
  /** A ticket number is already linked to another one. */
  | "link-conflict"
  /** Something reached us that we cannot understand or do not support. */
  | "not-understood";

export type TransientCode =
  /** Down, overloaded or out of reach: the side as a whole, not this ticket. */
  | "unavailable"
  /** Our key, path or client name is refused: every ticket would fail the same way (E13, configuration). */
  | "configuration"
  /** The group is not known to Ensono: the same call is worth repeating with the default group (E13). */
  | "unknown-group"
  /** A receipt handle or pre-signed URL has expired: ask for a new one (E13). */
  | "expired";

export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly code: PermanentCode;

  constructor(code: PermanentCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export class TransientError extends Error {
  override readonly name = "TransientError";
  readonly code: TransientCode;
  readonly effect: "none" | "unknown";
  /** Seconds the other side asked us to wait (Retry-After), where it did. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: TransientCode,
    effect: "none" | "unknown",
    message: string,
    options?: ErrorOptions & { retryAfterSeconds?: number | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.effect = effect;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

/** What went wrong, in the words of whatever was thrown. */
export const whyOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  // When several addresses of a host refuse, only the code says so.
  return cause.message || ("code" in cause ? String(cause.code) : cause.name);
};

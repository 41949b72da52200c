/** Names of the ledger's one table, shared by the ledger and the stack that creates it. */

export const PARTITION_KEY = "pk";
export const SORT_KEY = "sk";

/** With it begin the sort keys of entries; the stream of the table is filtered by it. */
export const ENTRY_PREFIX = "E#";

/** Epoch seconds, on finished items only: what is not done never expires. */
export const EXPIRY_ATTRIBUTE = "expiresAt";

/** Sparse index of the lanes that somebody must look at: due ones for the sweeper, held ones for the operator. */
export const ATTENTION_INDEX = "attention";
export const ATTENTION_QUEUE = "queue";
export const ATTENTION_DUE_AT = "dueAt";

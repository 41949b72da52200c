/** What reading a FIFO queue to its end needs. */
export interface Reading<Message> {
  read(): Promise<readonly Message[]>;
  /** Makes the messages durable and deletes them. */
  take(messages: readonly Message[]): Promise<void>;
  /** The most reads at a time. */
  readonly readers: number;
  /** False when no further read may begin. */
  mayRead(): boolean;
}

/** Batches that may be under way for each reader while it reads on: one is being taken, the next one waits for it. */
const BATCHES_PER_READER = 2;
const FULL_BATCH = 10;

/**
 * Reads a queue whose messages hide others of their group until they are deleted, with as many readers as it is worth: one more
 * after each full answer, one alone again after an empty one. Taking a batch goes on while the next one is read.
 *
 * Resolves to true when the queue was empty: an empty answer counts only when it was asked for with nothing of ours under way,
 * because until then messages behind our own are hidden. Rejects with the first failure, after all that is under way has ended.
 */
export const readToTheEnd = async <Message>(reading: Reading<Message>): Promise<boolean> => {
  const underWay = new Set<Promise<void>>();
  let reads = 0;
  let wanted = 1;
  let emptied = false;
  let lastWasEmpty = false;
  let failure: { reason: unknown } | undefined;

  const track = (work: Promise<void>): void => {
    const settled: Promise<void> = work
      .catch((reason: unknown) => {
        failure ??= { reason };
      })
      .finally(() => underWay.delete(settled));
    underWay.add(settled);
  };

  const readOnce = async (): Promise<void> => {
    const isAlone = underWay.size === 0;
    reads += 1;
    const messages = await reading.read().finally(() => {
      reads -= 1;
    });
    if (messages.length > 0) track(reading.take(messages));
    if (messages.length >= FULL_BATCH) wanted = Math.min(wanted + 1, reading.readers);
    lastWasEmpty = messages.length === 0;
    if (lastWasEmpty) wanted = 1;
    if (lastWasEmpty && isAlone) emptied = true;
  };

  while (failure === undefined && !emptied && reading.mayRead()) {
    // After an empty answer it makes no sense to ask again before all that is ours, and may hide others, is gone.
    const mayAsk = lastWasEmpty
      ? underWay.size === 0
      : reads < wanted && underWay.size < reading.readers * (1 + BATCHES_PER_READER);
    if (mayAsk) track(readOnce());
    else await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure.reason;
  return emptied;
};

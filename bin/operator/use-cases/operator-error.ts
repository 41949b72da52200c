/** What an operator has to know and can do something about, in one line; never a defect of the program. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
}

/** A moment as it is told: UTC, to the millisecond. */
export const iso = (epochMs: number): string => new Date(epochMs).toISOString();

export const isoOf = <Name extends string>(name: Name, epochMs: number | undefined): { [name in Name]?: string } => {
  const told: { [name in Name]?: string } = {};
  if (epochMs !== undefined) told[name] = iso(epochMs);
  return told;
};

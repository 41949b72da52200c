/** Wildcards as IAM reads them: `*` for any characters or none, `?` for one. */
const patternOf = (text: string, flags = ""): RegExp =>
  new RegExp(
    `^${text
      .replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    `s${flags}`,
  );

/** Actions are told apart without regard to capitals. */
export const matchesAction = (pattern: string, action: string): boolean => patternOf(pattern, "i").test(action);

export const matchesText = (pattern: string, text: string): boolean => patternOf(pattern).test(text);

/** Part by part, as IAM does: a wildcard does not reach across the first five colons. A single `*` stands for everything. */
export const matchesArn = (pattern: string, arn: string): boolean => {
  if (pattern === "*") return true;
  const [wanted, given] = [partsOf(pattern), partsOf(arn)];
  return wanted.length === given.length && wanted.every((part, index) => matchesText(part, given[index] ?? ""));
};

const partsOf = (arn: string): string[] => {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
};

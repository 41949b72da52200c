import type { Grant, Statement } from "./policies.ts";
import { matchesArn, matchesText } from "./wildcards.ts";

/** What a request tells of itself, by condition key. */
export type Context = Readonly<Record<string, string>>;

type Operator = (wanted: string, given: string) => boolean;

const operators: Readonly<Record<string, Operator>> = {
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  Bool: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  NumericLessThan: (wanted, given) => Number(given) < Number(wanted),
  StringEquals: (wanted, given) => wanted === given,
  StringLike: matchesText,
};

/** What holds where that of the other operator does not: for none of the values, or because the request does not tell. */
const negations: Readonly<Record<string, string>> = { ArnNotEquals: "ArnEquals" };

/** Asks whether the request tells of the key at all. */
const NULL = "Null";

/** What conditions may ask for: whoever asks whether something is allowed gives a value for each. */
const knownKeys = new Set(
  [
    "aws:PrincipalArn",
    "aws:SecureTransport",
    "aws:SourceArn",
    "aws:SourceAccount",
    "s3:TlsVersion",
    "kms:ViaService",
    "lambda:SourceFunctionArn",
  ].map((key) => key.toLowerCase()),
);

/**
 * Whether a request is as the conditions want it: each operator and key, by one of the values. What the request does not tell
 * fulfils none of them but the negations, and `Null`.
 */
export const fulfils = (condition: Statement["Condition"] = {}, context: Context): boolean => {
  const told = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(condition).every(([operator, wanted]) => {
    const negated = negations[operator];
    return Object.entries(wanted).every(([key, values]) => {
      const given = told.get(key.toLowerCase());
      const isOne = (value: unknown) => {
        if (operator === NULL) return String(value) === String(given === undefined);
        return given !== undefined && operators[negated ?? operator]?.(String(value), given) === true;
      };
      return [values].flat().some(isOne) === (negated === undefined);
    });
  });
};

/**
 * @throws when a condition is of a kind that is not known here, and when that of a role's right, or of a denial, asks for what the
 * sandbox cannot tell: such a right would never count. What a service is allowed by itself is not asked here.
 */
export const assertConditionsKnown = (grants: readonly Grant[]): void => {
  for (const { ofRole, holder, statement } of grants) {
    const isAsked = ofRole || statement.Effect === "Deny";
    const [unknown] = Object.entries(statement.Condition ?? {}).flatMap(([operator, wanted]) => [
      ...(operator in operators || operator in negations || operator === NULL ? [] : [operator]),
      ...(isAsked ? Object.keys(wanted).filter((key) => !knownKeys.has(key.toLowerCase())) : []),
    ]);
    if (unknown === undefined) continue;
    throw new Error(`${holder}: the sandbox does not know ${unknown}; teach it in sandbox/emulators/permissions.`);
  }
};

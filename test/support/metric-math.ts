/**
 * As much of CloudWatch's metric math as the bridge's alarms use, at one moment: comparisons, AND, OR, NOT, the four
 * operations, FILL and MAX. What is missing makes whatever it takes part in missing, but for what FILL puts in its place.
 */
export type Value = number | undefined;

type Operation = (one: number, other: number) => number;

const flag = (is: boolean): number => (is ? 1 : 0);

/** From the loosest to the tightest. */
const levels: readonly Readonly<Record<string, Operation>>[] = [
  { OR: (one, other) => flag(one !== 0 || other !== 0) },
  { AND: (one, other) => flag(one !== 0 && other !== 0) },
  {
    ">=": (one, other) => flag(one >= other),
    "<=": (one, other) => flag(one <= other),
    ">": (one, other) => flag(one > other),
    "<": (one, other) => flag(one < other),
  },
  { "+": (one, other) => one + other, "-": (one, other) => one - other },
  { "*": (one, other) => one * other, "/": (one, other) => one / other },
];

const functions: Readonly<Record<string, (values: readonly Value[]) => Value>> = {
  FILL: ([value, instead]) => value ?? instead,
  MAX: (values) => (values.includes(undefined) ? undefined : Math.max(...values.map(Number))),
};

const TOKEN = /\s*([A-Za-z_]\w*|\d+(?:\.\d+)?|>=|<=|[-+*/<>()[\],])/y;

const tokensOf = (expression: string): string[] => {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(expression) ?? [];
    if (token === undefined) throw new Error(`cannot read "${expression.slice(from)}"`);
    tokens.push(token);
  }
  return tokens;
};

/** The value of an expression, given those of the metrics in it by their ids. @throws for what it does not know. */
export const evaluate = (expression: string, metric: (id: string) => Value): Value => {
  const tokens = tokensOf(expression);

  const take = (expected: string): void => {
    const token = tokens.shift();
    if (token !== expected) throw new Error(`"${expression}": expected ${expected}, got ${token}`);
  };

  const list = (end: string): Value[] => {
    const values: Value[] = [];
    while (tokens[0] !== end) {
      values.push(binary(0));
      if (tokens[0] !== end) take(",");
    }
    take(end);
    return values;
  };

  const primary = (): Value => {
    const token = tokens.shift() ?? "";
    if (token === "(") {
      const value = binary(0);
      take(")");
      return value;
    }
    if (token === "NOT") {
      const value = primary();
      return value === undefined ? undefined : flag(value === 0);
    }
    if (/^\d/.test(token)) return Number(token);
    if (!/^\w/.test(token)) throw new Error(`"${expression}": unexpected ${token}`);
    if (tokens.at(0) !== "(") return metric(token);
    const call = functions[token];
    if (call === undefined) throw new Error(`"${expression}": there is no function ${token}`);
    take("(");
    if (tokens.at(0) !== "[") return call(list(")"));
    take("[");
    const values = list("]");
    take(")");
    return call(values);
  };

  const binary = (level: number): Value => {
    const operations = levels[level];
    if (operations === undefined) return primary();
    let value = binary(level + 1);
    for (let operation = operations[tokens[0] ?? ""]; operation; operation = operations[tokens[0] ?? ""]) {
      tokens.shift();
      const other = binary(level + 1);
      value = value === undefined || other === undefined ? undefined : operation(value, other);
    }
    return value;
  };

  const value = binary(0);
  if (tokens.length > 0) throw new Error(`"${expression}": nothing expected after ${tokens.join(" ")}`);
  return value;
};

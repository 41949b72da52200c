/** Stands in a resolved value where a reference could not be resolved; it matters only if that property is read. */
export class Unresolved {
  readonly reference: string;

  constructor(reference: string) {
    this.reference = reference;
  }
}

/** What `Ref` and `Fn::GetAtt` of a template mean; undefined where the sandbox cannot tell. */
export interface References {
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
}

export const noValue = Symbol("AWS::NoValue");

/**
 * Resolves the intrinsic functions of a part of a CloudFormation template: Ref, Fn::GetAtt, Fn::Join, Fn::Sub,
 * Fn::Select and Fn::Split. What it cannot resolve it leaves as {@link Unresolved}; it throws nothing.
 */
export function resolveIntrinsics(node: unknown, references: References): unknown {
  if (Array.isArray(node))
    return node.map((item) => resolveIntrinsics(item, references)).filter((item) => item !== noValue);
  if (!isRecord(node)) return node;
  const [[name, argument] = ["", undefined], ...others] = Object.entries(node);
  if (others.length === 0 && (name === "Ref" || name.startsWith("Fn::"))) return evaluate(name, argument, references);
  return Object.fromEntries(
    Object.entries(node)
      .map(([key, value]) => [key, resolveIntrinsics(value, references)] as const)
      .filter(([, value]) => value !== noValue),
  );
}

function evaluate(name: string, argument: unknown, references: References): unknown {
  try {
    const value = intrinsics[name]?.(argument, references);
    return value ?? new Unresolved(`${name} ${JSON.stringify(argument)}`);
  } catch (error) {
    if (error instanceof UnresolvedPart) return error.part;
    throw error;
  }
}

type Intrinsic = (argument: unknown, references: References) => unknown;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, references) => references.ref(String(name)),

  "Fn::GetAtt": (argument, references) => {
    const [logicalId = "", ...attribute] = Array.isArray(argument) ? argument.map(String) : String(argument).split(".");
    return references.getAtt(logicalId, attribute.join("."));
  },

  "Fn::Join": (argument, references) => {
    const [delimiter, parts] = list(argument, references);
    return list(parts, references).map(String).join(String(delimiter));
  },

  "Fn::Split": (argument, references) => {
    const [delimiter, text] = list(argument, references);
    return String(text).split(String(delimiter));
  },

  "Fn::Select": (argument, references) => {
    const [index, values] = list(argument, references);
    return list(values, references)[Number(index)];
  },

  "Fn::Sub": (argument, references) => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own = isRecord(variables) ? variables : {};
    return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, escaped: string, name: string) => {
      if (escaped) return `\${${name}}`;
      if (name in own) return String(whole(own[name], references));
      return String(whole(name.includes(".") ? { "Fn::GetAtt": name } : { Ref: name }, references));
    });
  },
};

/** Makes the function around an unresolved part unresolved for the same reason. */
class UnresolvedPart extends Error {
  readonly part: Unresolved;

  constructor(part: Unresolved) {
    super(part.reference);
    this.part = part;
  }
}

function whole(node: unknown, references: References): unknown {
  const value = resolveIntrinsics(node, references);
  if (value instanceof Unresolved) throw new UnresolvedPart(value);
  return value;
}

function list(node: unknown, references: References): unknown[] {
  const value = whole(node, references);
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.map((item) => whole(item, references));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unresolved);
}

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";

/** DynamoDB's expressions, written down as values. */

export type Item = Record<string, AttributeValue>;

/** What to do with attributes: set them, set them where they are not there yet, count them up, remove them. */
export interface Changes {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

export interface Condition {
  /** Attributes as `#name`, values as `:name`. */
  readonly expression: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

interface Expressions {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

/** A condition in the SDK's words. */
export const conditionOf = (condition: Condition | undefined): Expressions =>
  condition === undefined
    ? {}
    : {
        ConditionExpression: condition.expression,
        ExpressionAttributeNames: namesIn(condition.expression),
        ...valuesOf(prefixed(":", condition.values)),
      };

/** An update with its condition in the SDK's words. */
export const updateOf = (changes: Changes, condition?: Condition): Expressions & { UpdateExpression: string } => {
  const { default: defaults = {}, add = {}, remove = [] } = changes;
  const set = Object.fromEntries(Object.entries(changes.set ?? {}).filter(([, value]) => value !== undefined));
  const assignments = [
    ...Object.keys(set).map((name) => `#${name} = :set_${name}`),
    ...Object.keys(defaults).map((name) => `#${name} = if_not_exists(#${name}, :default_${name})`),
    ...Object.keys(add).map((name) => `#${name} = if_not_exists(#${name}, :zero) + :add_${name}`),
  ];
  const expression = [
    ...(assignments.length === 0 ? [] : [`SET ${assignments.join(", ")}`]),
    ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((name) => `#${name}`).join(", ")}`]),
  ].join(" ");
  const given = conditionOf(condition);
  return {
    ...given,
    UpdateExpression: expression,
    ExpressionAttributeNames: { ...given.ExpressionAttributeNames, ...namesIn(expression) },
    ...valuesOf({
      ...prefixed(":", condition?.values),
      ...prefixed(":set_", set),
      ...prefixed(":default_", defaults),
      ...prefixed(":add_", add),
      ...(Object.keys(add).length === 0 ? {} : { ":zero": 0 }),
    }),
  };
};

const namesIn = (expression: string): Record<string, string> =>
  Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = ""]) => [placeholder, name]));

const prefixed = (prefix: string, values: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));

const valuesOf = (values: Readonly<Record<string, unknown>>): Pick<Expressions, "ExpressionAttributeValues"> =>
  Object.keys(values).length === 0
    ? {}
    : { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) };

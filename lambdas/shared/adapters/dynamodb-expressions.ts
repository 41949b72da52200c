import { marshall, type NativeAttributeValue } from "@aws-sdk/util-dynamodb";
import type { PARTITION_KEY, SORT_KEY } from "../table-layout.ts";

type Values = Readonly<Record<string, NativeAttributeValue>>;

export type Key = Readonly<Record<typeof PARTITION_KEY | typeof SORT_KEY, string>>;
export type Item = Key & Values;

/** What is to become of an item's attributes. Several changes of one item are one: see `merged`. */
export interface Change {
  /** `undefined` leaves the attribute as it is. */
  readonly set?: Values;
  /** Set only where the attribute does not exist yet and `set` does not set it. */
  readonly setOnce?: Values;
  /** Counts on from 0. */
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
  /** All of them must hold, or nothing changes. */
  readonly when?: readonly Condition[];
}

/** Writes a condition down, with placeholders for names and values. */
export type Condition = (scope: Scope) => string;

interface Scope {
  name(attribute: string): string;
  value(value: NativeAttributeValue): string;
}

export const absent =
  (attribute: string): Condition =>
  ({ name }) =>
    `attribute_not_exists(${name(attribute)})`;

export const exists =
  (attribute: string): Condition =>
  ({ name }) =>
    `attribute_exists(${name(attribute)})`;

/** An `undefined` value stands for an absent attribute. */
export const equal = (attribute: string, value: NativeAttributeValue): Condition =>
  value === undefined ? absent(attribute) : (scope) => `${scope.name(attribute)} = ${scope.value(value)}`;

export const atMost =
  (attribute: string, value: string | number): Condition =>
  (scope) =>
    `${scope.name(attribute)} <= ${scope.value(value)}`;

export const less =
  (attribute: string, value: string | number): Condition =>
  (scope) =>
    `${scope.name(attribute)} < ${scope.value(value)}`;

export const between =
  (attribute: string, from: string, to: string): Condition =>
  (scope) =>
    `${scope.name(attribute)} BETWEEN ${scope.value(from)} AND ${scope.value(to)}`;

export const startsWith =
  (attribute: string, start: string): Condition =>
  (scope) =>
    `begins_with(${scope.name(attribute)}, ${scope.value(start)})`;

export const either =
  (...conditions: readonly Condition[]): Condition =>
  (scope) =>
    `(${conditions.map((condition) => condition(scope)).join(" OR ")})`;

export const merged = (...changes: readonly Change[]): Change => ({
  set: Object.assign({}, ...changes.map(({ set }) => set)),
  setOnce: Object.assign({}, ...changes.map(({ setOnce }) => setOnce)),
  add: changes.reduce<Record<string, number>>((sums, { add = {} }) => {
    for (const [name, count] of Object.entries(add)) sums[name] = (sums[name] ?? 0) + count;
    return sums;
  }, {}),
  remove: changes.flatMap(({ remove = [] }) => remove),
  when: changes.flatMap(({ when = [] }) => when),
});

export const toUpdate = (key: Key, change: Change) => {
  const { name, value, ...placeholders } = scope();
  const set = Object.entries(change.set ?? {}).filter(([, to]) => to !== undefined);
  const setOnce = Object.entries(change.setOnce ?? {}).filter(([attribute]) => change.set?.[attribute] === undefined);
  const clauses = {
    SET: [
      ...set.map(([attribute, to]) => `${name(attribute)} = ${value(to)}`),
      ...setOnce.map(([attribute, to]) => `${name(attribute)} = if_not_exists(${name(attribute)}, ${value(to)})`),
    ],
    ADD: Object.entries(change.add ?? {}).map(([attribute, count]) => `${name(attribute)} ${value(count)}`),
    REMOVE: (change.remove ?? []).map(name),
  };
  const written = Object.entries(clauses).filter(([, parts]) => parts.length > 0);
  return {
    Key: marshall(key),
    UpdateExpression: written.map(([clause, parts]) => `${clause} ${parts.join(", ")}`).join(" "),
    ...conditionExpression(change.when, { name, value }),
    ...placeholders.used(),
  };
};

export const toPut = (item: Item, when: readonly Condition[]) => {
  const { name, value, used } = scope();
  return {
    Item: marshall(item, { removeUndefinedValues: true }),
    ...conditionExpression(when, { name, value }),
    ...used(),
  };
};

export const toKeyCondition = (conditions: readonly Condition[]) => {
  const { name, value, used } = scope();
  const expression = conditions.map((condition) => condition({ name, value })).join(" AND ");
  return { KeyConditionExpression: expression, ...used() };
};

const conditionExpression = (when: readonly Condition[] = [], at: Scope) =>
  when.length === 0 ? {} : { ConditionExpression: when.map((condition) => condition(at)).join(" AND ") };

/** Every name gets a placeholder, because many are reserved words; a name or value used twice gets one. */
const scope = () => {
  const names = new Map<string, string>();
  const values = new Map<NativeAttributeValue, string>();
  const placeholder = <T>(known: Map<T, string>, sign: string, of: T): string => {
    const found = known.get(of) ?? `${sign}${known.size}`;
    known.set(of, found);
    return found;
  };
  return {
    name: (attribute: string) => placeholder(names, "#", attribute),
    value: (value: NativeAttributeValue) => placeholder(values, ":", value),
    used: () => ({
      ExpressionAttributeNames: Object.fromEntries([...names].map(([name, sign]) => [sign, name])),
      ...(values.size === 0
        ? {}
        : {
            ExpressionAttributeValues: marshall(Object.fromEntries([...values].map(([value, sign]) => [sign, value])), {
              removeUndefinedValues: true,
            }),
          }),
    }),
  };
};

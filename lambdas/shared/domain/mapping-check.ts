import type { BridgeConfig, Mapping } from "./config.ts";
import { ensonoStatuses, ticketTypes } from "./ensono-ticket.ts";
import { KEEP, LEVELS, PRIORITIES, wordIn } from "./mapping.ts";

/**
 * Whether the mapping tables settle (I6): a value that goes to the other side and comes back means the same there. If it does not,
 * each side keeps changing what the other one says, or a status of Ensono turns into another one as soon as the client saves the ticket.
 * Groups are left out: Ensono maps them itself, so what it says and what it is told are names of different kinds. That every value
 * has a target at all is the schemas': a table is complete, or has an `otherwise`.
 */

/** What is wrong with a table, and how to mend it. */
export interface MappingFault {
  readonly path: readonly string[];
  readonly message: string;
}

interface Pair {
  readonly field: "status" | "priority" | "impact" | "urgency" | "ticketType";
  /** All of Ensono's values. */
  readonly values: readonly string[];
  readonly toClient: (value: string) => string;
  readonly toEnsono: (value: string) => string;
}

/** Gives every value that does not settle, and what else no table should say. Pure; never throws. */
export const mappingFaults = ({ mappings, policies }: Pick<BridgeConfig, "mappings" | "policies">): MappingFault[] => {
  const { toEnsono, toClient } = mappings;
  const status: Pair = {
    field: "status",
    values: ensonoStatuses,
    toClient: (value) => wordIn({ values: toClient.status, otherwise: KEEP }, value),
    toEnsono: (value) => wordIn(toEnsono.status, value, ensonoStatuses),
  };
  const ticketType: Pair = {
    field: "ticketType",
    values: ticketTypes,
    toClient: (value) => wordIn({ values: toClient.ticketType, otherwise: KEEP }, value),
    toEnsono: (value) => wordIn(toEnsono.ticketType, value, ticketTypes),
  };
  const priority: Pair = {
    field: "priority",
    values: PRIORITIES,
    toClient: (value) => wordIn(toClient.priority, value),
    toEnsono: (value) => wordIn(toEnsono.priority, value, PRIORITIES),
  };
  /** The client gets them as Ensono has them. */
  const level = (field: "impact" | "urgency"): Pair => ({
    field,
    values: LEVELS,
    toClient: (value) => value,
    toEnsono: (value) => wordIn(toEnsono[field], value, LEVELS),
  });
  const severity = policies.severity === "priority" ? [priority] : [level("impact"), level("urgency")];
  return [
    ...[status, ticketType, ...severity].flatMap((pair) => [
      ...faultsFromEnsono(pair),
      ...faultsFromClient(pair, toEnsono[pair.field]),
    ]),
    ...faultsOfEnds(toEnsono.status),
    ...faultsOfPriorities(toClient.priority),
  ];
};

/** A word that nobody has thought of must not end a ticket. */
const faultsOfEnds = ({ otherwise }: Mapping): MappingFault[] =>
  otherwise === "resolved" || otherwise === "closed" || otherwise === "cancelled"
    ? [
        {
          path: ["mappings", "toEnsono", "status", "otherwise"],
          message: `every status that is not in the table would be "${otherwise}" at Ensono: expected "open", "workingprogress" or "pending"`,
        },
      ]
    : [];

/** Most likely the table stands the wrong way round. */
const faultsOfPriorities = ({ values }: Mapping): MappingFault[] =>
  Object.keys(values)
    .filter((word) => !PRIORITIES.includes(word))
    .map((word) => ({
      path: ["mappings", "toClient", "priority", "values", word],
      message: `expected Ensono's "1", "2", "3" or "4" on the left, and your word for it on the right`,
    }));

/** What Ensono says, the client says back in its own words, and Ensono must not hear another word for it. */
const faultsFromEnsono = ({ field, values, toClient, toEnsono }: Pair): MappingFault[] =>
  [...new Set(values)].flatMap((value) => {
    const word = toClient(value);
    const back = toEnsono(word);
    if (toClient(back) === word) return [];
    return [
      {
        path: ["mappings", "toEnsono", field],
        message: `Ensono's "${value}" is "${word}" to you, and comes back as "${back}": map "${word}" to "${value}"`,
      },
    ];
  });

/** What the client says, Ensono says back, and the client must not end up with a word that means something else. */
const faultsFromClient = ({ field, toClient, toEnsono }: Pair, table: Mapping): MappingFault[] => {
  const words = [
    ...Object.keys(table.values).map((word) => ({ said: `your "${word}"`, value: toEnsono(word) })),
    { said: "what is not in your table", value: table.otherwise },
  ];
  return words.flatMap(({ said, value }) => {
    const back = toClient(value);
    if (toEnsono(back) === value) return [];
    return [
      {
        path: ["mappings", "toClient", field],
        message: `${said} is "${value}" at Ensono, and comes back as "${back}", which Ensono takes for "${toEnsono(back)}": give "${value}" a word that is "${value}" in mappings.toEnsono.${field}`,
      },
    ];
  });
};

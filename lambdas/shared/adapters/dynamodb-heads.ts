import * as z from "zod";
import { headSchema } from "../domain/entry.ts";
import type { KnownTickets } from "../ports.ts";
import { headKey } from "./dynamodb-items.ts";
import { dynamoDbTable, type TableOptions } from "./dynamodb-table.ts";

/** One head that cannot be read must not stand before the events of all other tickets: what is wrong in it is unknown. */
const knownSchema = z
  .object({
    link: headSchema.shape.link.catch(undefined),
    ticketType: headSchema.shape.ticketType.catch(undefined),
  })
  .catch({});

/** The heads of lanes, for who needs no more of the ledger. */
export const dynamoDbHeads = (options: TableOptions): KnownTickets => {
  const table = dynamoDbTable(options);
  return { ticketOf: async (lane) => knownSchema.parse(await table.get(headKey(lane))) };
};

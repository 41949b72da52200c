import * as z from "zod";

const schema = z.object({
  Attributes: z.object({ ApproximateReceiveCount: z.coerce.number().int().nonnegative() }),
});

/**
 * How often Ensono has given out a message of its queue, this time included, by what it says itself; 0 where it says nothing.
 * After 20 times Ensono gives it out no more (guide, "READING, PROCESSING, AND DELETING FROM THE QUEUE").
 */
export const receiveCountOf = (message: unknown): number =>
  schema.safeParse(message).data?.Attributes.ApproximateReceiveCount ?? 0;

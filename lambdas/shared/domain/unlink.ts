import type { Head } from "./entry.ts";
import { origin, peerLane } from "./lane.ts";

/** Whether the two heads point at each other. */
export const areLinked = (one: Head, other: Head): boolean => pointsAt(one, other) && pointsAt(other, one);

const pointsAt = ({ lane, link }: Head, other: Head): boolean =>
  link !== undefined && peerLane(lane, link) === other.lane;

/**
 * A head without its link, and without what was known of the ticket on the other side: what was put there, how far that ticket is,
 * what it was answered. What the lane's own origin said stays true.
 */
export const withoutLink = (head: Head): Head => {
  const { link: _, linkedAt: __, replacing: ___, ...rest } = head;
  const apart: Head = { ...rest, sent: {} };
  if (origin(head.lane) === "ensono") {
    const { commentsOnly: _commentsOnly, numberToldAt: _numberToldAt, ...ofEnsono } = apart;
    return ofEnsono;
  }
  const {
    status: _status,
    answered: _answered,
    isInternal: _isInternal,
    extraFields: _extraFields,
    ...ofClient
  } = apart;
  return ofClient;
};

import { type Entry, type Head, mayLinkTo } from "../domain/entry.ts";
import { type Lane, origin, peerLane, ticketNumberOf } from "../domain/lane.ts";
import type { Ledger, LinkConflict } from "../ports.ts";
import { type Change, equal, merged } from "./dynamodb-expressions.ts";
import { type HeadState, headKey, learntOf } from "./dynamodb-items.ts";
import {
  announced,
  atRest,
  dueNow,
  formerLinksWith,
  linkedTo,
  lost,
  newEntryItem,
  readHead,
  rewritten,
  type Store,
  unchanged,
} from "./dynamodb-lanes.ts";
import { type Update, untilUndisturbed } from "./dynamodb-table.ts";

type Settle = Ledger["settle"];
type Input = Parameters<Settle>[0];
type Settled = { entry: Entry; update: Update };

/**
 * Records outcomes. Usually that is one write, of the entry. The heads are written too where the work has effects on them,
 * or where an entry ends without any step: no `begin` has recorded what it taught.
 */
export const dynamoDbSettle = (store: Store): Pick<Ledger, "settle"> => ({
  async settle(input) {
    const { entry, head, link, owe = [] } = input;
    const settled = rewritten(entry, newsOf(input), store);
    if (link !== undefined || owe.length > 0) return withEffects(input, settled, store);
    if (endsUntold(input)) return withLearnt(input, settled, store);
    const { key, change } = settled.update;
    return (await store.table.update(key, change)) ? { entry: settled.entry, head } : lost;
  },
});

const newsOf = ({ entry, steps, notes = [], finished = false, now }: Input): Partial<Entry> => ({
  ...atRest(steps),
  ...(finished ? { status: "done", finishedAt: now } : {}),
  notes: [...entry.notes, ...notes],
  failure: undefined,
});

const endsUntold = ({ finished = false, steps }: Input): boolean => finished && steps.length === 0;

const withLearnt = async ({ head }: Input, { entry, update }: Settled, { table }: Store) => {
  const change = { set: learntOf(head), when: [equal("fence", head.fence)] };
  const failed = await table.transact([update, { key: headKey(head.lane), change }]);
  return failed.length > 0 ? lost : { entry, head };
};

/** Links, and what is owed, are written by what is known of all lanes concerned, as long as nobody changes that. */
const withEffects = (input: Input, { entry, update }: Settled, store: Store): ReturnType<Settle> => {
  const { head, now } = input;
  let { owe = [] } = input;

  return untilUndisturbed<Awaited<ReturnType<Settle>>>(async () => {
    const lanes = new Set([...lanesChanged(input), ...owe.map(({ lane }) => lane)]);
    const known = await Promise.all([...lanes].map((lane) => readHead(lane, store)));
    const losing = lanesReplaced(input, known).filter((lane) => !lanes.has(lane));
    const states = [...known, ...(await Promise.all(losing.map((lane) => readHead(lane, store))))];
    const own = states.find((state) => state.head.lane === head.lane)?.head ?? head;
    const conflict = conflictOf(input, states);
    if (conflict !== undefined) return conflict;
    if (endsUntold(input) && own.fence !== head.fence) return lost;

    const heads = states.map((state) => ({
      key: headKey(state.head.lane),
      change: merged(effectOn(state, input, owe), replacedIn(state, input, known), { when: unchanged(state) }),
    }));
    const owed = owe.map(({ lane, arrival }) => ({ insert: newEntryItem(lane, arrival, now, store) }));
    const failed = await store.table.transact([update, ...heads, ...owed]);
    if (failed.length === 0) return { entry, head: { ...head, ...linkAfter(own, input) } };
    if (failed.includes(0)) return lost;
    // What is owed already stays as it is.
    owe = owe.filter((_, place) => !failed.includes(1 + heads.length + place));
    return undefined;
  });
};

/** The own lane, and the one it is linked to, as far as their heads have to be written. */
const lanesChanged = (input: Input): Lane[] => {
  const { lane } = input.head;
  if (input.link !== undefined) return [lane, peerLane(lane, input.link.number)];
  return endsUntold(input) ? [lane] : [];
};

/** Which number each lane is to be linked to. */
const numberFor = (lane: Lane, { head, link }: Input): string | undefined =>
  lane === head.lane ? link?.number : ticketNumberOf(head.lane);

const conflictOf = (input: Input, states: readonly HeadState[]): LinkConflict | undefined => {
  if (input.link === undefined) return undefined;
  const [own, other] = lanesChanged(input).map((lane) => states.find(({ head }) => head.lane === lane)?.head);
  const isFree = (head: Head | undefined) =>
    head?.link === undefined || mayLinkTo(head, numberFor(head.lane, input) ?? "");
  return isFree(own) && isFree(other) ? undefined : { conflict: { own: own?.link, other: other?.link } };
};

/** Lanes on the other side of a lane that is linked anew, whose ticket so loses its place (C6, T7). */
const lanesReplaced = (input: Input, states: readonly HeadState[]): Lane[] => {
  const linked = input.link === undefined ? [] : lanesChanged(input);
  return states.flatMap(({ head: { lane, link } }) =>
    linked.includes(lane) && link !== undefined && link !== numberFor(lane, input) ? [peerLane(lane, link)] : [],
  );
};

/** Who works on the replaced ticket's lane must know it before the next call. */
const replacedIn = ({ head: { lane } }: HeadState, input: Input, known: readonly HeadState[]): Change => {
  if (!lanesReplaced(input, known).includes(lane)) return {};
  const successor = lanesChanged(input).find((one) => origin(one) === origin(lane)) ?? lane;
  return { set: { replacedBy: ticketNumberOf(successor) }, add: { arrivals: 0, fence: 1 } };
};

const effectOn = (state: HeadState, input: Input, owe: NonNullable<Input["owe"]>): Change => {
  const { head, link, now, wakeAt } = input;
  const { lane } = state.head;
  const isOwn = lane === head.lane;
  const number = link && lanesChanged(input).includes(lane) ? numberFor(lane, input) : undefined;
  const orders = owe.filter((owed) => owed.lane === lane).map(({ arrival }) => arrival.order);
  return merged(
    isOwn && endsUntold(input) ? { set: learntOf(head) } : {},
    link && number ? linkedTo(state.head, { ...link, number }, now) : {},
    link && number && !isOwn ? dueNow(state.head, now) : {},
    orders.length > 0 ? announced(state, orders, wakeAt) : {},
  );
};

/**
 * What linking changes in the head as its run knows it. That something was owed to its own lane stays unknown to it: then it
 * neither lets the lane fall asleep nor goes past what is older than the entry at work.
 */
const linkAfter = (own: Head, { head, link, now }: Input): Partial<Head> => {
  if (link === undefined) return {};
  const formerLinks = formerLinksWith(own, link.number);
  return {
    link: link.number,
    linkedAt: formerLinks === undefined ? (own.linkedAt ?? now) : now,
    ticketType: head.ticketType ?? own.ticketType ?? link.ticketType,
    ...(formerLinks === undefined ? {} : { formerLinks }),
  };
};

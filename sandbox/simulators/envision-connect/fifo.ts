/** A first-in, first-out list whose operations all take constant time, amortised; `Array.shift` moves the whole array. */
export interface Fifo<Item> {
  push(item: Item): void;
  peek(): Item | undefined;
  shift(): Item | undefined;
}

const COMPACT_AFTER = 1024;

export function createFifo<Item>(): Fifo<Item> {
  let items: Item[] = [];
  let head = 0;
  return {
    push: (item) => {
      items.push(item);
    },
    peek: () => items[head],
    shift: () => {
      const item = items[head];
      if (head < items.length) head += 1;
      if (head > COMPACT_AFTER && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}

/** Things with a time, the earliest first, those of one time in the order in which they came: a binary heap. Pure. */

export interface Timed {
  /** ms. */
  readonly at: number;
}

interface Entry<T> {
  readonly item: T;
  readonly order: number;
}

export class DeliveryQueue<T extends Timed> {
  #heap: Entry<T>[] = [];
  #order = 0;

  get length(): number {
    return this.#heap.length;
  }

  /** The time of the first, ms; Infinity if there is none. */
  get nextAt(): number {
    return this.#heap[0]?.item.at ?? Number.POSITIVE_INFINITY;
  }

  push(item: T): void {
    const heap = this.#heap;
    const entry = { item, order: this.#order++ };
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (!parent || !before(entry, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  /** Takes the first if its time has come. */
  pop(now: number): T | undefined {
    const first = this.#heap[0];
    if (!first || first.item.at > now) return undefined;
    const last = this.#heap.pop();
    if (last && last !== first) this.#sink(last);
    return first.item;
  }

  /** Puts an entry at the top, where one is missing, and lets it sink to its place. */
  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      const left = place * 2 + 1;
      const right = heap[left + 1];
      let child = heap[left];
      let childPlace = left;
      if (child && right && before(right, child)) {
        child = right;
        childPlace = left + 1;
      }
      if (!child || !before(child, entry)) break;
      heap[place] = child;
      place = childPlace;
    }
    heap[place] = entry;
  }
}

function before<T extends Timed>(a: Entry<T>, b: Entry<T>): boolean {
  return a.item.at < b.item.at || (a.item.at === b.item.at && a.order < b.order);
}

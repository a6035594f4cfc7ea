/** How many flows a station has in all, and who gives one up when there are too many. Pure. */

/** What has flows. */
export interface FlowOwner {
  readonly size: number;
  /** Ends the flow that was used least recently, which calls ended(); false if there is none. */
  evictOldest(): boolean;
}

export class FlowBudget {
  readonly #max: number;
  readonly #owners = new Set<FlowOwner>();
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get used(): number {
    return this.#used;
  }

  get owners(): number {
    return this.#owners.size;
  }

  enter(owner: FlowOwner): void {
    this.#owners.add(owner);
  }

  leave(owner: FlowOwner): void {
    this.#owners.delete(owner);
  }

  /**
   * Takes a place for a new flow of `owner`; false if there is none. When all are taken, an owner with an even share or
   * more gives up a flow of its own, and else the owner with the most: so nobody crowds the others out.
   */
  begin(owner: FlowOwner): boolean {
    if (this.#used >= this.#max && !this.#loser(owner)?.evictOldest()) return false;
    this.#used += 1;
    return true;
  }

  /** A flow ended. */
  ended(): void {
    this.#used -= 1;
  }

  #loser(owner: FlowOwner): FlowOwner | undefined {
    if (owner.size * this.#owners.size >= this.#max) return owner;
    let most: FlowOwner | undefined;
    for (const other of this.#owners) if (!most || other.size > most.size) most = other;
    return most;
  }
}

/** One driver of the manager's: its state, and trying again what may succeed later. */
import { sentenceOf, VoiptermError } from '../../errors.ts';
import type { ForwardDriver } from './driver.ts';
import type { ForwardLink } from './link.ts';
import type { ForwardState } from './state.ts';

/** Waits before something that failed is tried again, ms: doubling from the first to the longest. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

const NO_LINK: ForwardState = { at: 'waiting', code: null, reason: 'not connected to the station' };

export class Entry {
  readonly driver: ForwardDriver;
  readonly #changed: (state: ForwardState) => void;
  #state: ForwardState = NO_LINK;
  #retry: NodeJS.Timeout | undefined;
  /** Grows with each link and attempt: answers to older ones are ignored. */
  #attempt = 0;

  constructor(driver: ForwardDriver, changed: (state: ForwardState) => void) {
    this.driver = driver;
    this.#changed = changed;
  }

  get state(): ForwardState {
    return this.#state;
  }

  online(link: ForwardLink, resumed: boolean): void {
    void this.#ask(link, resumed, FIRST_RETRY_MS);
  }

  interrupted(alive: boolean): void {
    this.#stop();
    const carriesOn = this.driver.interrupted() && alive;
    if (!carriesOn) this.#set(NO_LINK);
  }

  offline(): void {
    this.#stop();
    this.driver.offline();
    this.#set(NO_LINK);
  }

  close(): void {
    this.#stop();
    this.driver.close();
  }

  #stop(): void {
    clearTimeout(this.#retry);
    this.#attempt += 1;
  }

  async #ask(link: ForwardLink, resumed: boolean, retryMs: number): Promise<void> {
    this.#stop();
    const attempt = this.#attempt;
    try {
      const port = await this.driver.online(link, resumed);
      if (attempt === this.#attempt) this.#set({ at: 'active', port });
    } catch (error) {
      if (attempt === this.#attempt) this.#failed(link, asVoiptermError(error), retryMs);
    }
  }

  #failed(link: ForwardLink, { code, message: reason }: VoiptermError, retryMs: number): void {
    if (code === 'forward.refused') return this.#set({ at: 'failed', code, reason });
    this.#set({ at: 'waiting', code, reason });
    const next = Math.min(LONGEST_RETRY_MS, retryMs * 2);
    this.#retry = setTimeout(() => void this.#ask(link, false, next), retryMs);
  }

  #set(state: ForwardState): void {
    const before = this.#state;
    this.#state = state;
    if (JSON.stringify(before) !== JSON.stringify(state)) this.#changed(state);
  }
}

function asVoiptermError(error: unknown): VoiptermError {
  if (error instanceof VoiptermError) return error;
  return new VoiptermError('internal', sentenceOf(error));
}

/** The state in force: events go in, subscribers hear of each change, and who needs a certain state can wait for it. */
import { randomUUID } from 'node:crypto';
import { type ErrorCode, VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Event, reduce } from './reduce.ts';
import type { State } from './state.ts';

export class LiveState {
  #state: State;
  readonly #log: Logger;
  readonly #listeners = new Set<() => void>();
  readonly #observers = new Set<(event: Event) => void>();

  constructor(first: State, log: Logger) {
    this.#state = first;
    this.#log = log;
  }

  /** The newest immutable snapshot. */
  get now(): State {
    return this.#state;
  }

  /** @param quietly nobody need look: the state is there for who looks for another reason. */
  apply(event: Event, quietly = false): void {
    this.#state = reduce(this.#state, event);
    if (quietly) return;
    for (const listener of this.#listeners) listener();
    for (const observer of this.#observers) observer(event);
  }

  /** A sentence for the user: where they look, or in the place that it is about. */
  notice(text: string, where: { readonly room?: string; readonly about?: 'presence' } = {}): void {
    this.#log.info(text);
    this.apply({ kind: 'notice', id: randomUUID(), at: Date.now(), text, ...where });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls the observer with each event when it has been applied; returns the function that stops it. */
  observe(observer: (event: Event) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /**
   * Resolves once the state fits; rejects when the link failed for good, or with 'control.timeout' after `timeoutMs`.
   * With `impatient` one failure to connect is enough: a person who mistyped a host does not want to wait.
   */
  until(fits: (state: State) => boolean, timeoutMs: number, impatient = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        stop();
        finish();
      };
      const check = (): void => {
        const { link } = this.#state;
        const over = link.at === 'failed' || (impatient && link.at === 'offline');
        if (over) settle(() => reject(new VoiptermError(link.code, link.reason)));
        else if (fits(this.#state)) settle(resolve);
      };
      const stop = this.subscribe(check);
      const timer = setTimeout(() => settle(() => reject(this.#timeout(timeoutMs))), timeoutMs);
      check();
    });
  }

  #timeout(timeoutMs: number): VoiptermError {
    const { link } = this.#state;
    const code: ErrorCode = link.at === 'offline' ? 'control.unreachable' : 'control.timeout';
    const why = link.at === 'offline' ? link.reason : 'the station did not answer';
    return new VoiptermError(code, `${why} (waited ${timeoutMs / 1000} s)`);
  }
}

/** Waiting until a forward carries traffic, or cannot. */
import { VoiptermError } from '../errors.ts';
import { formatForward } from '../net/forward/spec.ts';
import type { ForwardView } from '../net/forward/state.ts';

interface Waiter {
  resolve(view: ForwardView): void;
  reject(error: VoiptermError): void;
}

export class ForwardWaits {
  readonly #waiting = new Map<number, Waiter>();

  /** Resolves once it is active. Rejects with why it is not, or with the reason of `fail`. */
  active(view: ForwardView): Promise<ForwardView> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(view.id, { resolve, reject });
      this.changed(view);
    });
  }

  changed(view: ForwardView): void {
    const { id, state } = view;
    const waiter = this.#waiting.get(id);
    if (!waiter || (state.at === 'waiting' && state.code === null)) return;
    this.#waiting.delete(id);
    if (state.at === 'active') waiter.resolve(view);
    else waiter.reject(new VoiptermError(state.code ?? 'internal', `${nameOf(view)}: ${state.reason}`));
  }

  fail(error: VoiptermError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** As the user asked for it: "-L 5300:10.0.0.2:53/udp". */
export function nameOf({ spec }: Pick<ForwardView, 'spec'>): string {
  return `${spec.option} ${formatForward(spec)}`;
}

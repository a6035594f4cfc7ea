/**
 * Which packets of a sequence are lost: the chain of two states of Gilbert and Elliott, pure. Every packet in the bad
 * state is lost and none in the good one, so runs of losses have geometric lengths.
 */
import type { Impairments } from './spec.ts';

export class LossChain {
  #lost = false;

  /**
   * Takes the next packet; whether it is lost. `draw` in [0, 1) is its own chance, so that time has no say. Without a
   * burst both states lose alike, which is independent loss.
   */
  next({ loss, burst }: Pick<Impairments, 'loss' | 'burst'>, draw: number): boolean {
    this.#lost = draw < (burst === undefined ? loss : this.#lost ? 1 - 1 / burst : loss / (1 - loss) / burst);
    return this.#lost;
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPLAY_WINDOW_PACKETS as W } from '../../../src/net/protocol/constants.ts';
import { ReplayWindow } from '../../../src/net/protocol/replay.ts';

/** The same rule, slowly. */
class Model {
  seen = new Set<number>();
  highest = 0;
  accept(counter: number): boolean {
    if (counter + W <= this.highest || this.seen.has(counter)) return false;
    this.seen.add(counter);
    this.highest = Math.max(this.highest, counter);
    return true;
  }
}

describe('replay window', () => {
  it('follows a script around its edges', () => {
    const window = new ReplayWindow();
    const script: [number, boolean][] = [
      [1, true],
      [1, false],
      [9, true],
      [8, true],
      [7, true],
      [7, false],
      [W, true],
      [W - 1, true],
      [W - 1, false],
      [2, true],
      [2, false],
      [W + 16, true],
      [3, false], // behind the window now
      [W + 16, false],
      [W * 4, true],
      [W * 4 - (W - 1), true],
      [W * 4 - W, false],
      [10, false],
      [W * 4 - 1, true],
      [2 ** 48, true],
      [2 ** 48 - 1, true],
      [2 ** 48 - 1, false],
    ];
    script.forEach(([counter, verdict], step) => {
      expect(window.accept(counter), `step ${step}: ${counter}`).toBe(verdict);
    });
  });

  it('agrees with a set on random walks', () => {
    const jump = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -64, max: 64 }) },
      { weight: 2, arbitrary: fc.integer({ min: -W - 40, max: W + 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * W }) },
    );
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 400 }), (jumps) => {
        const window = new ReplayWindow();
        const model = new Model();
        let at = 1;
        for (const by of jumps) {
          at = Math.max(1, at + by);
          expect(window.accept(at)).toBe(model.accept(at));
        }
        expect(window.highest).toBe(model.highest);
      }),
    );
  });
});

/** Where the delay goes and how: on the grid, at once up, unheard down. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayControl, type DelayState, upToGrid } from '../../src/audio/delay-control.ts';

const state = (changes: Partial<DelayState>): DelayState => ({
  ...{ delayMs: 13, gridMs: 3, baseMs: 0, neededMs: 5, wantedMs: 5 },
  ...changes,
});

/** Plays so many ticks, in which every splice that is asked for is made, and reading follows. */
function run(control: DelayControl, first: DelayState, ticks: number) {
  let { delayMs } = first;
  const path: number[] = [];
  let splices = 0;
  for (let n = 0; n < ticks; n++) {
    const { ppm, spliceMs } = control.steer({ ...first, delayMs });
    if (Math.abs(spliceMs) >= 2.5) {
      control.spliced(spliceMs);
      delayMs -= Math.sign(spliceMs) * Math.min(12.5, Math.abs(spliceMs));
      splices++;
    }
    delayMs -= ppm * 1e-6 * 10;
    path.push(delayMs);
  }
  return { path, delayMs, splices };
}

test('a delay on the grid that is long enough, and not by a tick too long, stays', () => {
  const { path, splices } = run(new DelayControl(), state({}), 1000);
  expect(new Set(path)).toEqual(new Set([13]));
  expect(splices).toBe(0);
});

test('wherever it begins, it ends on the grid or a little above, not below what is needed', () => {
  const ms = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
  fc.assert(
    fc.property(ms(0, 250), ms(0, 10), ms(0, 200), ms(0, 100), (delayMs, gridMs, neededMs, more) => {
      const first = state({ delayMs, gridMs, neededMs, wantedMs: neededMs + more });
      const { delayMs: last, path } = run(new DelayControl(), first, 3000);
      const above = last - upToGrid(last - 9.999, gridMs);
      expect(above).toBeLessThan(2.6);
      expect(last).toBeGreaterThan(neededMs - 0.1);
      expect(last).toBeLessThan(neededMs + more + 25 + 0.1 * (neededMs + more));
      // From the first moment that it is enough, it stays so.
      const enough = path.findIndex((value) => value > neededMs - 0.1);
      expect(Math.min(...path.slice(enough))).toBeGreaterThanOrEqual(
        Math.min(neededMs, path[enough]!) - 0.01,
      );
    }),
    { seed: 20267, numRuns: 300 },
  );
});

test('what is needed now is had at once, by repeating what is there', () => {
  const { splices, path } = run(new DelayControl(), state({ neededMs: 60, wantedMs: 60 }), 100);
  expect(splices).toBeGreaterThan(3);
  expect(path.findIndex((delayMs) => delayMs >= 60)).toBeLessThan(20);
});

test('what is merely wanted comes slowly, without a splice', () => {
  const { splices, delayMs } = run(new DelayControl(), state({ wantedMs: 20 }), 3000);
  expect(splices).toBe(0);
  expect(delayMs).toBeGreaterThan(22.9);
});

test('a delay that became too long this moment is not cut yet, since it may be needed', () => {
  const control = new DelayControl();
  expect(run(control, state({ delayMs: 103 }), 19).path.at(-1)).toBe(103);
  const { delayMs, splices } = run(control, state({ delayMs: 103 }), 200);
  expect(splices).toBeGreaterThan(5);
  expect(delayMs).toBeLessThan(20);
});

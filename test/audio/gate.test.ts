/** The gate: what was heard before speech was recognised is sent with it, once and in order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Gate, PRE_ROLL_MS } from '../../src/audio/gate.ts';

const OPTIONS = { mode: 'voice' as const, thresholdDb: -45, holdMs: 50 };

/** Ticks of noise of a peak; the first sample says which tick it is. */
function tickOf(n: number, loud: boolean) {
  const samples = new Int16Array(480).fill(loud ? 8000 : 0);
  return { samples, captureNs: BigInt(n) * 10_000_000n, final: false };
}

test('speech is sent from before it was recognised', () => {
  const gate = new Gate(OPTIONS);
  for (let n = 0; n < 10; n++) expect(gate.tick(tickOf(n, false), 0.01).open).toBe(false);
  expect(gate.tick(tickOf(10, true), 0.9).open).toBe(false);
  const { open, ticks } = gate.tick(tickOf(11, true), 0.9);
  expect(open).toBe(true);
  expect(ticks.map(({ captureNs }) => Number(captureNs) / 1e7)).toEqual([7, 8, 9, 10, 11]);
  expect((ticks.length - 1) * 10).toBe(PRE_ROLL_MS);
  expect(gate.tick(tickOf(12, true), 0.9).ticks).toHaveLength(1);
});

test('the talk key sends nothing from before it was pressed', () => {
  const gate = new Gate({ ...OPTIONS, mode: 'push' });
  for (let n = 0; n < 10; n++) gate.tick(tickOf(n, true), 0.9);
  gate.activation.push(true);
  expect(gate.tick(tickOf(10, true), 0.9)).toMatchObject({
    open: true,
    ticks: [{ captureNs: 100_000_000n }],
  });
});

test('nor does the end of being muted', () => {
  const gate = new Gate({ ...OPTIONS, mode: 'continuous' });
  gate.activation.mute(true);
  for (let n = 0; n < 10; n++) gate.tick(tickOf(n, true), 0.9);
  gate.activation.mute(false);
  expect(gate.tick(tickOf(10, true), 0.9).ticks).toHaveLength(1);
});

test('a device that went leaves nothing to be sent later', () => {
  const gate = new Gate(OPTIONS);
  for (let n = 0; n < 10; n++) gate.tick(tickOf(n, false), 0.01);
  gate.reset();
  gate.tick(tickOf(100, true), 0.9);
  expect(gate.tick(tickOf(101, true), 0.9).ticks.map(({ captureNs }) => Number(captureNs) / 1e7)).toEqual([
    100, 101,
  ]);
});

test('no tick is sent twice, and all that are sent are in order', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 100 }), (loud) => {
      const gate = new Gate(OPTIONS);
      let last = -1n;
      loud.forEach((isLoud, n) => {
        const { open, ticks } = gate.tick(tickOf(n, isLoud), isLoud ? 0.9 : 0.01);
        for (const { captureNs } of open ? ticks : []) {
          expect(captureNs).toBeGreaterThan(last);
          last = captureNs;
        }
      });
    }),
    { seed: 4 },
  );
});

/** The heap of things with a time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeliveryQueue } from '../../src/lab/delivery-queue.ts';

test('gives what is due, the earliest first and those of one time in order, whatever happens between', () => {
  const step = fc.oneof(
    fc.integer({ min: 0, max: 20 }).map((at) => ({ push: at })),
    fc.integer({ min: 0, max: 20 }).map((now) => ({ pop: now })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new DeliveryQueue<{ at: number; id: number }>();
      let model: { at: number; id: number }[] = [];
      for (const [id, one] of steps.entries()) {
        if ('push' in one) {
          queue.push({ at: one.push, id });
          model = [...model, { at: one.push, id }].sort((a, b) => a.at - b.at || a.id - b.id);
        } else {
          const due = model[0] && model[0].at <= one.pop ? model.shift() : undefined;
          expect(queue.pop(one.pop)).toEqual(due);
        }
        expect(queue.length).toBe(model.length);
        expect(queue.nextAt).toBe(model[0]?.at ?? Infinity);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

/** The list of what can be taken back. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_UNDO, NO_UNDO, remembered, takenBack, type UndoStack } from '../../src/session/settings-undo.ts';

const value = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null });
const step = fc.record({ path: fc.constantFrom('x.1', 'x.2', 'y.1'), after: value });

test('taking everything back leads to where it began', () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 30 }), (entries) => {
      const saved = new Map<string, string | null>();
      let stack: UndoStack = NO_UNDO;
      for (const entry of entries) {
        const steps = entry.map(({ path, after }) => {
          const before = saved.get(path) ?? null;
          saved.set(path, after);
          return { path, before, after };
        });
        stack = remembered(stack, { what: 'a change', steps });
      }
      for (let taken = takenBack(stack); taken; taken = takenBack(stack)) {
        for (const { path, text } of taken.changes) saved.set(path, text);
        stack = taken.rest;
      }
      expect([...saved.values()].every((now) => now === null)).toBe(true);
    }),
    { seed: 5 },
  );
});

test('what changed nothing is not remembered, and the list has an end', () => {
  expect(remembered(NO_UNDO, { what: 'x', steps: [{ path: 'x', before: 'a', after: 'a' }] })).toBe(NO_UNDO);
  let stack: UndoStack = NO_UNDO;
  for (let n = 0; n < MAX_UNDO + 5; n++)
    stack = remembered(stack, { what: String(n), steps: [{ path: 'x', before: null, after: String(n) }] });
  expect(stack).toHaveLength(MAX_UNDO);
  expect(stack.at(-1)?.what).toBe(String(MAX_UNDO + 4));
  expect(takenBack(NO_UNDO)).toBeUndefined();
});

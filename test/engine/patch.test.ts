/** Patches: any value becomes any other by what is sent of it, and what did not change stays the very same object. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff, type Op, patch } from '../../src/engine/patch.ts';

const sent = (ops: readonly Op[]): Op[] => JSON.parse(JSON.stringify(ops));

/** An immutable change of a value, as a reducer makes it. */
interface Edit {
  readonly path: readonly number[];
  readonly value: unknown;
}

function edited(value: unknown, [step, ...path]: readonly number[], to: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return to;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)] ?? 'new';
  if (Array.isArray(value)) {
    const at = Number(key) || 0;
    if (step % 3 === 0) return [...value.slice(0, at), to, ...value.slice(at)];
    if (step % 3 === 1) return value.filter((_, i) => i !== at);
    return value.map((item, i) => (i === at ? edited(item, path, to) : item));
  }
  const inner = edited((value as Record<string, unknown>)[key], path, to);
  return Object.fromEntries([...Object.entries(value).filter(([k]) => k !== key), [key, inner]]);
}

test('any JSON value becomes any other', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      expect(patch(before, sent(diff(before, after)))).toEqual(JSON.parse(JSON.stringify(after)));
    }),
    { seed: 71, numRuns: 2000 },
  );
});

test('a chain of edits arrives at the other side, patch by patch', () => {
  const edit: fc.Arbitrary<Edit> = fc.record({
    path: fc.array(fc.nat(9), { maxLength: 4 }),
    value: fc.jsonValue({ maxDepth: 2 }),
  });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.array(edit, { maxLength: 12 }), (first, edits) => {
      let here: unknown = first;
      let there: unknown = JSON.parse(JSON.stringify(first));
      for (const { path, value } of edits) {
        const next = edited(here, path, value);
        there = patch(there, sent(diff(here, next)));
        here = next;
      }
      expect(there).toEqual(JSON.parse(JSON.stringify(here)));
    }),
    { seed: 72, numRuns: 1000 },
  );
});

test('what did not change is the same object, and is not sent', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => ({ id: `${i}`, text: 'x'.repeat(50) }));
  const before = { rooms: [{ name: 'a', lines }, { name: 'b' }], stats: { rtt: 1 } };
  const line = { id: '1000', text: 'new' };
  const after = { ...before, rooms: [{ name: 'a', lines: [...lines, line] }, before.rooms[1]] };
  const ops = diff(before, after);
  expect(ops).toEqual([['~', ['rooms', 0, 'lines'], 1000, 0, [line]]]);
  const made = patch(before, ops) as typeof before;
  expect(made.stats).toBe(before.stats);
  expect(made.rooms[1]).toBe(before.rooms[1]);
  expect(made.rooms[0]?.lines?.[5]).toBe(lines[5]);
});

test('a window that slides is two splices', () => {
  const lines = Array.from({ length: 100 }, (_, i) => ({ id: i }));
  const later = [...lines.slice(3), { id: 100 }, { id: 101 }, { id: 102 }];
  const forth = diff(lines, later);
  expect(forth).toHaveLength(2);
  expect(patch(lines, forth)).toEqual(later);
  const back = diff(later, lines);
  expect(back).toHaveLength(2);
  expect(patch(later, back)).toEqual(lines);
});

test('an undefined field is none', () => {
  expect(diff({ a: 1, b: undefined }, { a: 1 })).toEqual([]);
  expect(diff({ a: 1 }, { a: undefined })).toEqual([['-', ['a']]]);
  expect(patch({}, diff({}, { a: undefined, b: 2 }))).toEqual({ b: 2 });
});

test('what does not fit is refused, and __proto__ is a key like any other', () => {
  expect(() => patch({ a: [] }, [['~', ['a'], 3, 1, []]])).toThrow(RangeError);
  expect(() => patch({ a: 1 }, [['=', ['a', 'b'], 1]])).toThrow(RangeError);
  expect(() => patch([1], [['=', [4], 1]])).toThrow(RangeError);
  const made = patch({}, JSON.parse('[["=",["__proto__"],{"polluted":true}]]')) as object;
  expect('polluted' in {}).toBe(false);
  expect(Object.keys(made)).toEqual(['__proto__']);
});

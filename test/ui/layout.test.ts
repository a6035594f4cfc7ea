/** Where everything goes, at every size. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layoutOf, MIN_COLUMNS, MIN_ROWS } from '../../src/ui/layout.ts';

const NOTHING = { alerts: 0, panel: 0, notes: 0, hints: false };

test.each([
  [40, 10, { side: 0, people: 0, rules: false, chat: 7 }],
  [60, 16, { side: 0, people: 0, rules: true, chat: 11 }],
  [80, 24, { side: 20, people: 0, rules: true, main: 59 }],
  [120, 40, { side: 26, people: 0, main: 93 }],
  [200, 60, { side: 26, people: 26, main: 146 }],
])('%ix%i', (columns, rows, parts) => {
  expect(layoutOf({ columns, rows }, NOTHING)).toMatchObject({ ...parts, tooSmall: false });
});

test('all rows and columns are used once, whatever wants to be shown', () => {
  const some = fc.nat({ max: 30 });
  const wanted = fc.record({ alerts: some, panel: some, notes: some, hints: fc.boolean() });
  const size = fc.record({
    columns: fc.integer({ min: MIN_COLUMNS, max: 400 }),
    rows: fc.integer({ min: MIN_ROWS, max: 200 }),
  });
  fc.assert(
    fc.property(size, wanted, (screen, wants) => {
      const { top, chat, alerts, panel, notes, rules, inputRow, hint, side, people, main, rows, columns } =
        layoutOf(screen, wants);
      expect(side + people + main + (side > 0 ? 1 : 0) + (people > 0 ? 1 : 0)).toBe(columns);
      const used = top + panel + chat + alerts + notes + (rules ? 1 : 0);
      // On the smallest screens the chat keeps one row all the same.
      if (chat > 1) expect(used).toBe(inputRow);
      expect(inputRow + 2 + hint).toBe(rows);
      expect(chat).toBeGreaterThanOrEqual(1);
    }),
  );
});

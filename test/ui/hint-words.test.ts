/** What the hint line says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Hints, hintLine } from '../../src/ui/hint-words.ts';
import { KEY_TABLE } from '../../src/ui/key-table.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { bindingsFor } from '../fakes/bindings.ts';

const hints: Hints = {
  bindings: bindingsFor('f8', {
    newline: ['alt+enter', 'ctrl+g ctrl+n'],
    quit: ['ctrl+g ctrl+c'],
    redraw: [],
  }),
  place: { scopes: ['input', 'chat'], empty: true },
  names: ['talk-empty', 'talk', 'redraw', 'tab-help', 'room-next', 'page-older'],
  waiting: '',
};
const textOf = (given: Hints, width = 80): string =>
  hintLine(given, width)
    .map(({ text }) => text)
    .join('');

test('the keys that matter, each thing once, and none without a key', () => {
  expect(textOf(hints)).toBe(' Space talk  F4 help  Alt+Down next room  PgUp older  ');
});

test('the most useful stay where there is little room', () => {
  expect(textOf(hints, 24)).toBe(' Space talk  F4 help  ');
});

test('while a second chord is awaited, what it may be', () => {
  expect(textOf({ ...hints, waiting: 'ctrl+g' })).toBe(
    ' Ctrl+G then  Ctrl+C leave  Ctrl+N new line  any other key none of them  ',
  );
});

test('never wider than the screen', () => {
  const names = fc.array(fc.constantFrom(...KEY_TABLE.map(({ name }) => name)));
  fc.assert(
    fc.property(
      names,
      fc.integer({ min: 20, max: 200 }),
      fc.constantFrom('', 'ctrl+g'),
      (some, width, waiting) => {
        expect(widthOf(textOf({ ...hints, names: some, waiting }, width))).toBeLessThanOrEqual(width);
      },
    ),
    { seed: 6 },
  );
});

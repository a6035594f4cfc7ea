/** What a click hits. */
import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../src/ui/layout.ts';
import { hitAt } from '../../src/ui/mouse-hits.ts';
import { makeTheme } from '../../src/ui/theme.ts';
import { busyState } from '../fakes/fake-session.ts';

const { glyphs } = makeTheme(false, false);
const NOTHING = { alerts: 0, panel: 0, notes: 0, hints: false };
const at = (columns: number, rows: number, column: number, row: number) =>
  hitAt(busyState(), layoutOf({ columns, rows }, NOTHING), column, row, glyphs);

describe('at 80x24', () => {
  test.each([
    [5, 3, { at: 'room', name: 'lobby' }],
    [19, 4, { at: 'room', name: 'music' }],
    [0, 5, { at: 'room', name: 'station-ops' }],
    [5, 2, { at: 'nothing' }],
    [5, 9, { at: 'member', id: 2 }],
    [40, 2, { at: 'chat', row: 0 }],
    [79, 20, { at: 'chat', row: 18 }],
    [40, 0, { at: 'nothing' }],
    [40, 1, { at: 'nothing' }],
    [40, 21, { at: 'nothing' }],
    [5, 19, { at: 'nothing' }],
  ])('%i, %i', (column, row, hit) => {
    expect(at(80, 24, column, row)).toEqual(hit);
  });
});

test('on a wide screen people are at the right', () => {
  expect(at(200, 60, 5, 3)).toEqual({ at: 'room', name: 'lobby' });
  expect(at(200, 60, 190, 4)).toEqual({ at: 'member', id: 2 });
  expect(at(200, 60, 190, 2)).toEqual({ at: 'nothing' });
});

test('without a side all of it is the chat', () => {
  expect(at(60, 20, 2, 3)).toEqual({ at: 'chat', row: 1 });
});

import { expect, test } from 'vitest';
import { judgeTerminal, type TerminalFacts } from '../../src/doctor/terminal-words.ts';

const good: TerminalFacts = {
  answer: 'kitty',
  colorDepth: 24,
  noColor: false,
  locale: 'en_GB.UTF-8',
  ascii: false,
  columns: 80,
  rows: 24,
};

function statuses(facts: Partial<TerminalFacts>): string[] {
  return judgeTerminal({ ...good, ...facts }).map(({ id, status }) => `${id} ${status}`);
}

test('a good terminal is well in every respect', () => {
  const all = ['keyboard', 'colors', 'characters', 'size'];
  expect(statuses({})).toEqual(all.map((what) => `terminal.${what} ok`));
});

test('without a terminal nothing is judged', () => {
  expect(statuses({ answer: null, columns: 0, colorDepth: 1 })).toEqual(['terminal.keyboard ok']);
});

test.each([
  [{ answer: 'plain' }, 'terminal.keyboard', true],
  [{ answer: 'nothing' }, 'terminal.keyboard', true],
  [{ colorDepth: 1 }, 'terminal.colors', true],
  [{ colorDepth: 1, noColor: true }, 'terminal.colors', false],
  [{ colorDepth: 4 }, 'terminal.colors', false],
  [{ locale: 'de_DE.ISO-8859-1', ascii: true }, 'terminal.characters', true],
  [{ locale: 'C' }, 'terminal.characters', true],
  [{ locale: '' }, 'terminal.characters', false],
  [{ ascii: true }, 'terminal.characters', false],
  [{ columns: 39 }, 'terminal.size', true],
  [{ rows: 9 }, 'terminal.size', true],
  [{ columns: 40, rows: 10 }, 'terminal.size', false],
] as const)('%j: does %s get a warning? %s', (facts, id, warned) => {
  expect(statuses(facts)).toContain(`${id} ${warned ? 'warning' : 'ok'}`);
  expect(statuses(facts).filter((status) => !status.endsWith(' ok'))).toHaveLength(warned ? 1 : 0);
});

/** Who is named in a text. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mentionsAny, watchedWords } from '../../src/session/mentions.ts';

test.each([
  ['ann: hi', true],
  ['hi @Ann!', true],
  ['ANN', true],
  ['(ann)', true],
  ['ann-marie is here', true],
  ['the channel', false],
  ['annual', false],
  ['joann', false],
  ['ann_2', false],
  ['änn', false],
  ['ann2', false],
  ['', false],
])('%s', (text, mentioned) => {
  expect(mentionsAny(text, ['ann'])).toBe(mentioned);
});

test('words of any script, and those that mean something in a pattern', () => {
  expect(mentionsAny('Привет, Аня!', ['аня'])).toBe(true);
  expect(mentionsAny('who knows c++?', ['c++'])).toBe(true);
  expect(mentionsAny('a.b', ['a.b'])).toBe(true);
  expect(mentionsAny('axb', ['a.b'])).toBe(false);
  expect(mentionsAny('anything', [])).toBe(false);
});

test('any word that is watched for is found alone, and never breaks the pattern', () => {
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !/[\s,]/.test(text));
  fc.assert(
    fc.property(word, fc.string({ unit: 'binary', maxLength: 40 }), (watched, text) => {
      expect(mentionsAny(`(${watched})`, [watched])).toBe(true);
      expect(typeof mentionsAny(text, [watched, 'ann'])).toBe('boolean');
    }),
    { seed: 5 },
  );
});

test('the setting is words with spaces or commas between them, bounded', () => {
  expect(watchedWords(' Deploy, outage  deploy,')).toEqual(['deploy', 'outage']);
  expect(watchedWords('')).toEqual([]);
  expect(watchedWords(Array.from({ length: 99 }, (_, n) => `w${n}`).join(' '))).toHaveLength(32);
  expect(watchedWords('x'.repeat(100))).toEqual([]);
});

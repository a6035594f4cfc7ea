/** Mouse reports as terminals send them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyParser } from '../../src/ui/key-parser.ts';

const parse = (bytes: string) => new KeyParser().push(Buffer.from(bytes));
const still = { ctrl: false, alt: false, shift: false };

test.each([
  ['\x1b[<0;1;1M', { action: 'press', button: 'left', column: 0, row: 0, ...still }],
  ['\x1b[<0;10;5m', { action: 'release', button: 'left', column: 9, row: 4, ...still }],
  ['\x1b[<2;200;60M', { action: 'press', button: 'right', column: 199, row: 59, ...still }],
  ['\x1b[<64;3;4M', { action: 'wheel-up', button: 'none', column: 2, row: 3, ...still }],
  ['\x1b[<65;3;4M', { action: 'wheel-down', button: 'none', column: 2, row: 3, ...still }],
  ['\x1b[<81;3;4M', { action: 'wheel-down', button: 'none', column: 2, row: 3, ...still, ctrl: true }],
  ['\x1b[<32;3;4M', { action: 'move', button: 'left', column: 2, row: 3, ...still }],
  ['\x1b[<35;3;4M', { action: 'move', button: 'none', column: 2, row: 3, ...still }],
])('%j', (bytes, event) => {
  expect(parse(bytes)).toEqual([{ kind: 'mouse', ...event }]);
});

test.each([
  '\x1b[<M',
  '\x1b[<0;0;1M',
  '\x1b[<0;1M',
  '\x1b[<0;1;2;3M',
  '\x1b[<66;1;1M',
  '\x1b[<128;1;1M',
  '\x1b[<0;-1;2M',
])('%j is nothing, and types nothing', (bytes) => {
  expect(parse(`${bytes}x`).map((event) => (event.kind === 'key' ? event.text : event))).toEqual(['x']);
});

test('whatever the numbers say, a report never types', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 5 }), fc.constantFrom('M', 'm'), (numbers, final) => {
      const events = parse(`\x1b[<${numbers.join(';')}${final}`);
      expect(events.every(({ kind }) => kind === 'mouse')).toBe(true);
    }),
  );
});

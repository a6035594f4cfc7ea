/** What is kept from frame to frame changes nothing of a frame. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import Output from '../../../node_modules/ink/build/output.js';
import sanitizeAnsi from '../../../node_modules/ink/build/sanitize-ansi.js';
import LastingOutput from '../../../src/ui/ink/output.ts';
import sanitizeOnce from '../../../src/ui/ink/sanitize-ansi.ts';

const COLUMNS = 30;
const ROWS = 6;
const styled = fc.constantFrom('\u001b[1m', '\u001b[22m', '\u001b[31m', '\u001b[39m', '\u001b[0m');
const text = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 6 }),
      styled,
      fc.constantFrom('\u3042', '\u{1f600}', 'e\u0301', '\n', '\u2502'),
    ),
    {
      maxLength: 6,
    },
  )
  .map((parts) => sanitizeAnsi(parts.join('')));
const write = fc.record({
  x: fc.integer({ min: -3, max: COLUMNS - 8 }),
  y: fc.integer({ min: 0, max: ROWS - 1 }),
  text,
  clip: fc.option(
    fc.record({ from: fc.integer({ min: 0, max: 10 }), columns: fc.integer({ min: 1, max: 20 }) }),
  ),
  shout: fc.boolean(),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

function frame(Kind: typeof Output, writes: readonly Write[]): string {
  const output = new Kind({ width: COLUMNS, height: ROWS });
  for (const { x, y, text: words, clip, shout } of writes) {
    if (clip) output.clip({ x1: clip.from, x2: clip.from + clip.columns, y1: 0, y2: ROWS - 1 });
    output.write(x, y, words, { transformers: shout ? [(line) => line.replaceAll('a', 'A')] : [] });
    if (clip) output.unclip();
  }
  return output.get().output;
}

describe('an output that remembers', () => {
  test('draws every frame as one that begins anew', () => {
    fc.assert(
      fc.property(fc.array(fc.array(write, { maxLength: 6 }), { maxLength: 4 }), (frames) => {
        for (const writes of frames) expect(frame(LastingOutput, writes)).toBe(frame(Output, writes));
      }),
      { numRuns: 1000 },
    );
  });

  test('holds a bounded number of lines', () => {
    for (let i = 0; i < 5000; i++)
      frame(LastingOutput, [{ x: 0, y: 0, text: `line ${i}`, clip: null, shout: false }]);
    const caches = Reflect.get(new LastingOutput({ width: 1, height: 1 }), 'caches');
    for (const cache of Object.values<ReadonlyMap<string, unknown>>(caches))
      expect(cache.size).toBeLessThan(2100);
  });
});

describe('a text that is looked at once', () => {
  test('is what Ink makes of it, at the second time too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), styled, fc.constantFrom('\u001b[2J', '\u0007', '\u009b1m'))),
        (parts) => {
          const words = parts.join('');
          for (let i = 0; i < 2; i++) expect(sanitizeOnce(words)).toBe(sanitizeAnsi(words));
        },
      ),
    );
  });
});

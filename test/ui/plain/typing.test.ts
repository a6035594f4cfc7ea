/** A line that is typed without a screen looks right in a real terminal's cells. */
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EditLine, EMPTY_LINE, insert } from '../../../src/ui/line-editor.ts';
import { TypedLine } from '../../../src/ui/plain/typing.ts';

const COLUMNS = 30;

async function screenAfter(writes: readonly string[]): Promise<{ text: string; cursor: number }> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: 4, allowProposedApi: true });
  for (const text of writes) await new Promise<void>((done) => terminal.write(text, done));
  const { active } = terminal.buffer;
  const text = active.getLine(0)?.translateToString(true) ?? '';
  expect(active.cursorY).toBe(0);
  const cursor = active.cursorX;
  terminal.dispose();
  return { text, cursor };
}

test('only what is new is written at the end of the line', () => {
  const typed = new TypedLine('|');
  const one = insert(EMPTY_LINE, 'hel');
  const two = insert(one, 'l');
  expect(typed.show(one, COLUMNS)).toBe('hel');
  expect(typed.show(two, COLUMNS)).toBe('l');
  expect(typed.show(two, COLUMNS)).toBe('');
  expect(typed.show(one, COLUMNS)).toBe('\b \b');
  expect(typed.show(EMPTY_LINE, COLUMNS)).toBe('\r\x1b[K');
  expect(typed.hidden()).toBe('');
});

test('what is typed never reaches the terminal as a command', () => {
  expect(new TypedLine('|').show(insert(EMPTY_LINE, 'a\x1b[2Jb'), COLUMNS)).toBe('a␛[2Jb');
});

test('the terminal shows the line and the cursor, whatever came before', async () => {
  const lines = fc.array(
    fc
      .tuple(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), fc.nat())
      .map(([text, at]): EditLine => ({ text, cursor: at % (text.length + 1) })),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(lines, async (shown) => {
      const typed = new TypedLine('|');
      const drawn = await screenAfter(shown.map((line) => typed.show(line, COLUMNS)));
      const fresh = await screenAfter([typed.drawn(COLUMNS)]);
      expect(drawn).toEqual(fresh);
    }),
    { seed: 8, numRuns: 60 },
  );
});

/** The emulator: what scrolled off, finding it again, modes that others must know, and floods. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Emulator } from '../../src/session/shell-emulator.ts';
import type { ShellScreen } from '../../src/session/shell-screen.ts';

const RUNNING = { at: 'running' } as const;
let emulator: Emulator | undefined;
const flows: boolean[] = [];
const answers: string[] = [];

afterEach(() => {
  emulator?.close();
  emulator = undefined;
  flows.length = 0;
  answers.length = 0;
});

async function open(output = '', columns = 20, rows = 4): Promise<Emulator> {
  const opened = await Emulator.open({ columns, rows }, 100, {
    changed: () => undefined,
    answer: (text) => answers.push(text),
    flow: (go) => flows.push(go),
  });
  emulator = opened;
  await feed(opened, output);
  return opened;
}

async function feed(to: Emulator, output: string): Promise<void> {
  to.feed(output);
  await to.settled();
}

const text = ({ rows }: ShellScreen): string[] => rows.map((runs) => runs.map((run) => run.text).join(''));
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\r\n`).join('');

describe('looking back', () => {
  test('shows what scrolled off, and stays there while output comes', async () => {
    const shown = await open(lines(1, 20));
    expect(text(shown.screen(RUNNING))).toEqual(['line 18', 'line 19', 'line 20', '']);
    shown.scroll(-5);
    expect(text(shown.screen(RUNNING))).toEqual(['line 13', 'line 14', 'line 15', 'line 16']);
    await feed(shown, lines(21, 24));
    expect(text(shown.screen(RUNNING))).toEqual(['line 13', 'line 14', 'line 15', 'line 16']);
    expect(shown.screen(RUNNING)).toMatchObject({ scrolled: 9, cursor: null });
    expect(text(shown.screen(RUNNING, true)).at(-2)).toBe('line 24');
    shown.toEnd();
    expect(shown.screen(RUNNING)).toMatchObject({ scrolled: 0, cursor: { x: 0, y: 3 } });
  });

  test('ends at the oldest row that is kept', async () => {
    const shown = await open(lines(1, 500));
    shown.scroll(-10_000);
    expect(shown.screen(RUNNING)).toMatchObject({ scrolled: 100, above: 100 });
  });

  test('there is nothing above a program that has the screen for itself', async () => {
    const shown = await open(`${lines(1, 20)}\x1b[?1049hinside`);
    shown.scroll(-5);
    expect(shown.screen(RUNNING)).toMatchObject({ scrolled: 0, alternateScreen: true });
    await feed(shown, '\x1b[?1049l');
    expect(text(shown.screen(RUNNING))[0]).toBe('line 18');
  });
});

describe('finding', () => {
  test('goes from the newest to older finds and back, and shows each the other way round', async () => {
    const shown = await open(lines(1, 60));
    expect(shown.find('line 1', -1)).toBe(true);
    expect(text(shown.screen(RUNNING))).toContain('line 19');
    expect(shown.find('LINE', -1)).toBe(false);
    expect(shown.find('line 1', -1)).toBe(true);
    const screen = shown.screen(RUNNING);
    const row = screen.rows.find((runs) => runs.some(({ inverse }) => inverse));
    expect(row?.map((run) => [run.text, run.inverse])).toEqual([
      ['line 1', true],
      ['8', false],
    ]);
    expect(shown.find('line 1', 1)).toBe(true);
    expect(shown.find('line 1', 1)).toBe(false);
  });

  test('a line that wraps is found where it goes over the edge, and wide characters are marked whole', async () => {
    const shown = await open(`${'x'.repeat(17)}needle\r\n日本語\r\n${lines(1, 30)}`);
    expect(shown.find('needle', -1)).toBe(true);
    expect(shown.find('本', 1)).toBe(true);
    const marked = shown
      .screen(RUNNING)
      .rows.flat()
      .filter(({ inverse }) => inverse);
    expect(marked.map((run) => run.text)).toEqual(['本']);
  });

  test('any text, in any output, ends with a find that is on the screen or none', async () => {
    const shown = await open('', 10, 3);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'b', '日', 'é', '\r\n', ' ', '👍'), maxLength: 60 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '日', 'é', '👍'), minLength: 1, maxLength: 3 }),
        async (output, query) => {
          await feed(shown, `\x1bc\x1b[3J${output}`);
          if (!shown.find(query, -1)) return;
          const marked = shown
            .screen(RUNNING)
            .rows.flat()
            .filter(({ inverse }) => inverse);
          expect(query.startsWith(marked[0]?.text[0] ?? 'nothing')).toBe(true);
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  });
});

describe('modes', () => {
  test('of cursor and mouse are told, and reset with the terminal', async () => {
    const shown = await open('\x1b[?1002;1006h\x1b[5 q\x1b[?25l\x1b[?1004h');
    expect(shown.screen(RUNNING)).toMatchObject({
      ...{ mouse: 'drag', sgrMouse: true, cursorShape: 5, cursor: null, focusReports: true },
    });
    await feed(shown, '\x1bc');
    expect(shown.screen(RUNNING)).toMatchObject({
      ...{ mouse: 'none', sgrMouse: false, cursorShape: 0, cursor: { x: 0, y: 0 }, focusReports: false },
    });
  });

  test('questions of the program are answered', async () => {
    await open('\x1b[c\x1b[6n');
    expect(answers.join('')).toBe('\x1b[?1;2c\x1b[1;1R');
  });
});

describe('a flood', () => {
  test('has to wait, goes on, and leaves most of the thread to others', async () => {
    const shown = await open();
    const piece = 'y\r\n'.repeat(20_000);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    for (let count = 0; count < 10; count++) shown.feed(piece);
    await shown.settled();
    clearInterval(timer);
    expect(flows).toEqual([false, true]);
    // A busy machine adds its own pauses; all at once it would have been most of a second.
    expect(longest).toBeLessThan(300);
  });
});

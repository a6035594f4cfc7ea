/** What others see of a shared terminal: the same cells, whatever got lost on the way, and nothing that is no cell. */
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_FRAME_BYTES } from '../../src/net/control/schema.ts';
import { Emulator } from '../../src/session/shell-emulator.ts';
import {
  decodeFrame,
  encodeFrame,
  MAX_SHARED_COLUMNS,
  MAX_SHARED_ROWS,
  shared,
} from '../../src/session/shell-frame.ts';
import { IDLE, type ShellRun, type ShellScreen } from '../../src/session/shell-screen.ts';

const RUNNING = { at: 'running' } as const;
const PLAIN: Omit<ShellRun, 'text'> = {
  ...{ foreground: null, background: null, bold: false, dim: false, italic: false },
  ...{ underline: false, inverse: false, strikethrough: false },
};

/** What a watcher must have of a screen. */
function seen({
  rows,
  columns,
  cursor,
  mouse,
  sgrMouse,
  applicationCursor,
  bracketedPaste,
  cursorShape,
}: ShellScreen) {
  return { rows, columns, cursor, mouse, sgrMouse, applicationCursor, bracketedPaste, cursorShape };
}

/** Pieces that a program prints: text, wide and combining characters, colours, moves, modes, whole screens. */
const piece = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'B', ' ', '日', 'e\u0301', '👍', '\r\n', '\t'), maxLength: 30 }),
  fc.constantFrom(
    ...[
      '\x1b[2J',
      '\x1b[H',
      '\x1b[3;5H',
      '\x1b[K',
      '\x1b[1;31m',
      '\x1b[0m',
      '\x1b[38;5;200m',
      '\x1b[48;2;1;2;3m',
    ],
    ...['\x1b[7m', '\x1b[?1049h', '\x1b[?1049l', '\x1b[?25l', '\x1b[?25h', '\x1b[?1002;1006h', '\x1b[?1000l'],
    ...['\x1b[4 q', '\x1b[?1h', '\x1b[?2004h', '\x1b[5L', '\x1b[2P', '\x1bM', '\x1bc'],
  ),
);

interface Step {
  readonly output: readonly string[];
  /** The frame after it never came. */
  readonly lost: boolean;
}

/** Plays owner and watcher; after each frame that came both have the same. */
async function watched(emulator: Emulator, steps: readonly Step[]): Promise<void> {
  emulator.feed('\x1bc');
  let sent: ShellScreen | null = null;
  let have: ShellScreen | null = null;
  for (const { output, lost } of steps) {
    emulator.feed(output.join(''));
    await emulator.settled();
    const now = shared(emulator.screen(RUNNING, true));
    const frame = encodeFrame(sent, now);
    const whole = sent === null;
    // Who missed one asks for a whole screen, which is what the next frame then is.
    sent = lost ? null : now;
    if (lost) continue;
    have = decodeFrame(whole ? null : have, frame) ?? null;
    expect(have && seen(have)).toEqual(seen(now));
  }
}

describe('frames', () => {
  test('make the watcher see what the owner sees, after any losses and a whole screen', async () => {
    const emulator = await Emulator.open({ columns: 24, rows: 6 }, 20, {
      changed: () => undefined,
      answer: () => undefined,
      flow: () => undefined,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ output: fc.array(piece, { maxLength: 4 }), lost: fc.boolean() }), {
          maxLength: 12,
        }),
        (steps) => watched(emulator, steps),
      ),
      { numRuns: 120, seed: 9 },
    );
    emulator.close();
  });

  test('of a row that changed are small', () => {
    const rows = Array.from({ length: 24 }, (_, y) => [{ ...PLAIN, text: `row ${y} `.repeat(9) }]);
    const before = { ...IDLE, phase: RUNNING, rows };
    const after = { ...before, rows: rows.with(3, [{ ...PLAIN, text: 'another' }]) };
    expect(encodeFrame(before, after).length).toBeLessThan(120);
    expect(encodeFrame(before, before).length).toBeLessThan(80);
  });

  test('stay under the bound for the worst screen that there is', () => {
    const run = (x: number, y: number): ShellRun => ({
      ...{ ...PLAIN, text: String.fromCodePoint(0x4e00 + ((x * 7919 + y * 104729) % 20000)) },
      foreground: `#${((x * 65537 + y * 257) & 0xffffff).toString(16).padStart(6, '0')}`,
      background: `#${((x * 4099 + y * 131071) & 0xffffff).toString(16).padStart(6, '0')}`,
    });
    const rows = Array.from({ length: 400 }, (_, y) =>
      Array.from({ length: MAX_SHARED_COLUMNS / 2 }, (_, x) => run(x, y)),
    );
    const screen = shared({ ...IDLE, phase: RUNNING, rows, columns: 900 });
    expect(screen).toMatchObject({ columns: MAX_SHARED_COLUMNS });
    expect(screen.rows).toHaveLength(MAX_SHARED_ROWS);
    const frame = encodeFrame(null, screen);
    expect(frame.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    expect(decodeFrame(null, frame)?.rows).toHaveLength(MAX_SHARED_ROWS);
  });
});

describe('of a hostile owner', () => {
  const frameOf = (change: object): Uint8Array =>
    deflateRawSync(
      JSON.stringify({
        c: 10,
        n: 1,
        s: [[null, null, 0]],
        y: { 0: [['ok', 0]] },
        k: null,
        m: [0, 0, 'none', 0, 0],
        ...change,
      }),
    );

  test('controls and turned directions are taken out', () => {
    const screen = decodeFrame(null, frameOf({ y: { 0: [['a\x1b]52;c;x\x07\u202eb\r\n', 0]] } }));
    expect(screen?.rows[0]?.[0]?.text).toBe('a]52;c;xb');
  });

  test.each([
    ['no deflate', Buffer.from('nothing')],
    ['no JSON', deflateRawSync('{')],
    ['too many rows', frameOf({ n: 100_000 })],
    ['a colour that is none', frameOf({ s: [['red;', null, 0]] })],
    ['a bomb', deflateRawSync(Buffer.alloc(50_000_000, ' '))],
  ])('%s is no frame', (_, bytes) => {
    expect(decodeFrame(null, bytes)).toBeUndefined();
  });

  test('any bytes and any JSON are a screen or nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => deflateRawSync(text)),
        ),
        (bytes) => {
          decodeFrame(null, bytes);
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });
});

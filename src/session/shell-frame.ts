/**
 * A shared terminal's frames: a screen, or what changed of it, as bytes and back. Plain cells and styles, never a
 * program's escape sequences. What comes from another client is checked here, once.
 *
 *   deflate(JSON of {c: columns, n: rows, s: styles, y: {row: [[text, style]...]}, k: cursor, m: modes})
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { MAX_FRAME_BYTES } from '../net/control/schema.ts';
import { IDLE, type ShellRun, type ShellScreen } from './shell-screen.ts';

/** What is shown of a larger terminal: its upper left. */
export const MAX_SHARED_COLUMNS = 300;
export const MAX_SHARED_ROWS = 100;
/** A frame that says it is larger than any screen within these bounds is nobody's screen. */
const MAX_INFLATED = 2 * 1024 * 1024;
/** Characters of a row: wide and combining ones take several each. */
const MAX_ROW_CHARS = MAX_SHARED_COLUMNS * 16;

type Style = Omit<ShellRun, 'text'>;

const color = z.union([z.null(), z.number().int().min(0).max(255), z.string().regex(/^#[0-9a-f]{6}$/)]);
const index = z.number().int().min(0);
const flag = z.union([z.literal(0), z.literal(1)]);
const frameSchema = z.object({
  c: index.min(1).max(MAX_SHARED_COLUMNS),
  n: index.max(MAX_SHARED_ROWS),
  /** Foreground, background, and bits: bold, dim, italic, underline, inverse, strikethrough. */
  s: z.array(z.tuple([color, color, index.max(63)])).max(MAX_SHARED_COLUMNS * MAX_SHARED_ROWS),
  y: z.record(
    z.string().regex(/^\d{1,3}$/),
    z.array(z.tuple([z.string().max(MAX_ROW_CHARS), index])).max(MAX_SHARED_COLUMNS),
  ),
  k: z.union([z.null(), z.tuple([index, index])]),
  m: z.tuple([flag, flag, z.enum(['none', 'x10', 'vt200', 'drag', 'any']), flag, index.max(6)]),
});
type Frame = z.infer<typeof frameSchema>;

/** What of a screen others see: cut to the bounds. The same screen again is the same but for the cursor, if nothing changed. */
export function shared(screen: ShellScreen): ShellScreen {
  return {
    ...screen,
    columns: Math.min(MAX_SHARED_COLUMNS, screen.columns),
    rows: screen.rows.slice(0, MAX_SHARED_ROWS),
  };
}

/** The frame that makes `to` of `from`; of null it is a whole screen. At most MAX_FRAME_BYTES. */
export function encodeFrame(from: ShellScreen | null, to: ShellScreen): Buffer {
  const rows = to.rows
    .map((runs, y) => [y, runs] as const)
    .filter(([y, runs]) => !from || from.rows.length !== to.rows.length || !sameRow(from.rows[y], runs));
  const whole = pack(to, rows);
  if (whole.length <= MAX_FRAME_BYTES) return whole;
  const plain = rows.map(([y, runs]) => [y, [{ ...PLAIN, text: textOf(runs) }]] as const);
  const colourless = pack(to, plain);
  return colourless.length <= MAX_FRAME_BYTES ? colourless : pack(to, []);
}

/** The screen after a frame. Undefined if the frame makes no sense. */
export function decodeFrame(from: ShellScreen | null, bytes: Uint8Array): ShellScreen | undefined {
  const frame = readFrame(bytes);
  if (!frame) return undefined;
  const styles = frame.s.map(styleFrom);
  const rows = Array.from({ length: frame.n }, (_, y) => {
    const row = frame.y[y];
    return row
      ? row.map(([text, style]) => ({ ...(styles[style] ?? PLAIN), text: clean(text) }))
      : (from?.rows[y] ?? []);
  });
  const [applicationCursor, bracketedPaste, mouse, sgrMouse, shape] = frame.m;
  return {
    ...IDLE,
    phase: { at: 'running' },
    rows,
    columns: frame.c,
    cursor: frame.k ? { x: frame.k[0], y: frame.k[1] } : null,
    applicationCursor: applicationCursor === 1,
    bracketedPaste: bracketedPaste === 1,
    mouse,
    sgrMouse: sgrMouse === 1,
    cursorShape: shape as ShellScreen['cursorShape'],
  };
}

function readFrame(bytes: Uint8Array): Frame | undefined {
  try {
    const text = inflateRawSync(bytes, { maxOutputLength: MAX_INFLATED }).toString();
    const frame = frameSchema.safeParse(JSON.parse(text));
    return frame.success ? frame.data : undefined;
  } catch {
    return undefined; // not deflated, too long, or no JSON
  }
}

/** Controls cannot be in cells of ours; of another's client nobody knows. */
function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
}

type Rows = readonly (readonly [y: number, runs: readonly ShellRun[]])[];

function pack(screen: ShellScreen, rows: Rows): Buffer {
  const styles: Frame['s'] = [];
  const known = new Map<string, number>();
  const styleOf = (run: ShellRun): number => {
    const style: Frame['s'][number] = [run.foreground, run.background, bitsOf(run)];
    const key = JSON.stringify(style);
    const seen = known.get(key) ?? styles.push(style) - 1;
    known.set(key, seen);
    return seen;
  };
  const { cursor, applicationCursor, bracketedPaste, mouse, sgrMouse, cursorShape } = screen;
  const frame: Frame = {
    c: screen.columns,
    n: screen.rows.length,
    y: Object.fromEntries(rows.map(([y, runs]) => [y, runs.map((run) => [run.text, styleOf(run)])])),
    s: styles,
    k: cursor ? [cursor.x, cursor.y] : null,
    m: [bit(applicationCursor), bit(bracketedPaste), mouse, bit(sgrMouse), cursorShape],
  };
  return deflateRawSync(JSON.stringify(frame));
}

const bit = (on: boolean): 0 | 1 => (on ? 1 : 0);
const FLAGS = ['bold', 'dim', 'italic', 'underline', 'inverse', 'strikethrough'] as const;
const PLAIN = styleFrom([null, null, 0]);

function bitsOf(run: ShellRun): number {
  return FLAGS.reduce((bits, name, at) => bits | (run[name] ? 1 << at : 0), 0);
}

function styleFrom([foreground, background, bits]: Frame['s'][number]): Style {
  const on = (at: number): boolean => (bits & (1 << at)) !== 0;
  return {
    foreground,
    background,
    bold: on(0),
    dim: on(1),
    italic: on(2),
    underline: on(3),
    inverse: on(4),
    strikethrough: on(5),
  };
}

function textOf(runs: readonly ShellRun[]): string {
  return runs
    .map(({ text }) => text)
    .join('')
    .slice(0, MAX_ROW_CHARS);
}

function sameRow(a: readonly ShellRun[] | undefined, b: readonly ShellRun[]): boolean {
  if (a === b) return true;
  return (
    a?.length === b.length &&
    a.every((run, at) => {
      const other = b[at];
      return (
        other !== undefined &&
        run.text === other.text &&
        run.foreground === other.foreground &&
        run.background === other.background &&
        bitsOf(run) === bitsOf(other)
      );
    })
  );
}

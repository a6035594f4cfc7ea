/** A mouse report in SGR form (xterm's mode 1006) to an event. Pure. */
import type { MouseEvent } from './key-event.ts';

/** Bits of the first number (xterm's ctlseqs, "Mouse Tracking"). */
const SHIFT = 4;
const ALT = 8;
const CTRL = 16;
const MOVES = 32;
const WHEEL = 64;
/** Buttons 8 to 11, which nothing here uses. */
const FURTHER_BUTTONS = 128;
const BUTTONS = ['left', 'middle', 'right', 'none'] as const;
/** Larger than any screen; a number beyond it is no report. */
const MAX_CELL = 9999;

/** `CSI < bits ; column ; row M`, or `m` when a button goes up. Undefined for what is none, or the mouse cannot do here. */
export function decodeMouse(parameters: string, final: string): MouseEvent | undefined {
  const [bits, column, row, ...more] = parameters.split(';').map(wholeOf);
  if ((final !== 'M' && final !== 'm') || more.length > 0) return undefined;
  if (bits === undefined || column === undefined || row === undefined || column < 1 || row < 1)
    return undefined;
  const action = actionOf(bits, final);
  if (action === undefined) return undefined;
  return {
    kind: 'mouse',
    action,
    button: action === 'wheel-up' || action === 'wheel-down' ? 'none' : (BUTTONS[bits & 3] ?? 'none'),
    column: column - 1,
    row: row - 1,
    shift: (bits & SHIFT) !== 0,
    alt: (bits & ALT) !== 0,
    ctrl: (bits & CTRL) !== 0,
  };
}

function actionOf(bits: number, final: string): MouseEvent['action'] | undefined {
  if ((bits & FURTHER_BUTTONS) !== 0) return undefined;
  // Wheels have no release; those that turn sideways are left out.
  if ((bits & WHEEL) !== 0)
    return (bits & 2) !== 0 ? undefined : (bits & 1) === 0 ? 'wheel-up' : 'wheel-down';
  if ((bits & MOVES) !== 0) return 'move';
  return final === 'm' ? 'release' : 'press';
}

function wholeOf(text: string): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value <= MAX_CELL ? value : undefined;
}

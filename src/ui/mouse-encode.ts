/** A mouse event to the report that a program in the shell pane asked for (xterm's ctlseqs, "Mouse Tracking"). Pure. */
import type { ShellModes } from '../session/shell-screen.ts';
import type { MouseEvent } from './key-event.ts';

const BUTTONS: Readonly<Record<MouseEvent['button'], number>> = { left: 0, middle: 1, right: 2, none: 3 };
const SHIFT = 4;
const ALT = 8;
const CTRL = 16;
const MOVES = 32;
const WHEEL = 64;
/** The old form has one byte for a coordinate, counted from 33. */
const MAX_OLD_CELL = 223;

/** '' for what the program did not ask for. `column` and `row` are those of its screen, counted from 0. */
export function encodeMouse(
  event: MouseEvent,
  { column, row }: { readonly column: number; readonly row: number },
  { mouse, sgrMouse }: Pick<ShellModes, 'mouse' | 'sgrMouse'>,
): string {
  if (!wants(event, mouse)) return '';
  const held =
    mouse === 'x10' ? 0 : (event.shift ? SHIFT : 0) + (event.alt ? ALT : 0) + (event.ctrl ? CTRL : 0);
  const code = codeOf(event) + held;
  if (sgrMouse) return `\x1b[<${code};${column + 1};${row + 1}${event.action === 'release' ? 'm' : 'M'}`;
  if (column >= MAX_OLD_CELL || row >= MAX_OLD_CELL) return '';
  const old = event.action === 'release' ? 3 + held : code;
  // A terminal in UTF-8 sends these as one byte each only up to 127; what is beyond is what programs know to be wrong.
  return `\x1b[M${String.fromCharCode(32 + old, 33 + column, 33 + row)}`;
}

function wants({ action, button }: MouseEvent, tracking: ShellModes['mouse']): boolean {
  switch (tracking) {
    case 'none':
      return false;
    case 'x10':
      return action === 'press';
    case 'vt200':
      return action !== 'move';
    case 'drag':
      return action !== 'move' || button !== 'none';
    case 'any':
      return true;
  }
}

function codeOf({ action, button }: MouseEvent): number {
  if (action === 'wheel-up') return WHEEL;
  if (action === 'wheel-down') return WHEEL + 1;
  return BUTTONS[button] + (action === 'move' ? MOVES : 0);
}

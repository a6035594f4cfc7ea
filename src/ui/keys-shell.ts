/**
 * The keys of the shell pane. Pure data; key-table.ts joins the tables.
 *
 * A program in the shell gets every key but those that lead out, and one prefix: Ctrl+\, which few programs use and which
 * types nothing. Typed twice, the program gets it. While a shell is shared, F12 ends that, wherever one is.
 */
import { type KeyRow, rowsOf } from './key-row.ts';

const row = rowsOf('shell');
const look = rowsOf('lookback');
const PREFIX = 'ctrl+\\';

/** Tabs that have a key of their own. */
const NUMBERED = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

export const SHELL_KEYS: readonly KeyRow[] = [
  row('shell-new', `${PREFIX} c`, { do: 'shell-new' }, 'a new shell in a tab of its own', { hint: 'new' }),
  row('shell-next', `${PREFIX} n`, { do: 'shell-step', step: 1 }, 'next shell', { hint: 'next' }),
  row('shell-previous', `${PREFIX} p`, { do: 'shell-step', step: -1 }, 'previous shell'),
  ...NUMBERED.map((place) =>
    row(`shell-${place}`, `${PREFIX} ${place}`, { do: 'shell-show', place }, `shell ${place}`),
  ),
  row('shell-close', `${PREFIX} x`, { do: 'shell-close' }, 'close this shell', { hint: 'close' }),
  row('shell-rename', `${PREFIX} r`, { do: 'shell-rename' }, 'give this shell a name', { hint: 'name' }),
  row('shell-look-back', `${PREFIX} [, shift+pageup`, { do: 'shell-look' }, 'look at what scrolled off', {
    hint: 'look back',
  }),
  row('shell-search', `${PREFIX} /`, { do: 'shell-search' }, 'find text in what the shell printed', {
    hint: 'find',
  }),
  row(
    'shell-prefix',
    `${PREFIX} ${PREFIX}`,
    { do: 'shell-send', text: '\x1c' },
    'Ctrl+\\ for the program itself',
  ),
  rowsOf('shared')(
    'unshare',
    'f12, f11',
    { do: 'unshare' },
    'end every share of a shell at once, while one is shared',
    {
      hint: 'end share',
    },
  ),
  look('look-up', 'up, k', { do: 'look', by: 'row', step: -1 }, 'a row back'),
  look('look-down', 'down, j', { do: 'look', by: 'row', step: 1 }, 'a row forward'),
  look('look-page-up', 'pageup, shift+pageup, ctrl+b', { do: 'look', by: 'page', step: -1 }, 'a page back', {
    hint: 'back',
  }),
  look(
    'look-page-down',
    'pagedown, shift+pagedown, ctrl+f',
    { do: 'look', by: 'page', step: 1 },
    'a page forward',
  ),
  look('look-top', 'home, g', { do: 'look', by: 'all', step: -1 }, 'the oldest row'),
  look('look-search', '/', { do: 'shell-search' }, 'find text', { hint: 'find' }),
  look('look-older', 'n', { do: 'look-find', step: -1 }, 'the find before', { hint: 'find on' }),
  look('look-newer', 'shift+n', { do: 'look-find', step: 1 }, 'the find after'),
  look('look-end', 'escape, q, enter, end', { do: 'look-end' }, 'back to the newest row', { hint: 'leave' }),
];

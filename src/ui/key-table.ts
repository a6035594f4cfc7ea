/**
 * Every key that does something, as one table. The help pane, docs/keys.md, the hint line and [keys] of config.toml come
 * from it; key-bindings.ts looks keys up in it. Pure data.
 */
import { type KeyRow, rowsOf } from './key-row.ts';
import { CHAT_KEYS } from './keys-chat.ts';
import { EVERYWHERE_KEYS } from './keys-everywhere.ts';
import { INPUT_KEYS } from './keys-input.ts';
import { SETTINGS_KEYS } from './keys-settings.ts';
import { SHELL_KEYS } from './keys-shell.ts';

const help = rowsOf('help');

const HELP_KEYS: readonly KeyRow[] = [
  help('help-up', 'up', { do: 'rows', step: -1 }, 'scroll up'),
  help('help-down', 'down', { do: 'rows', step: 1 }, 'scroll down'),
];

/** A name stands in one row, a chord in one row of each scope; a test says so. */
export const KEY_TABLE: readonly KeyRow[] = [
  ...EVERYWHERE_KEYS,
  ...CHAT_KEYS,
  ...INPUT_KEYS,
  ...SETTINGS_KEYS,
  ...SHELL_KEYS,
  ...HELP_KEYS,
];

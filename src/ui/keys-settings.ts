/** The keys of the settings pane. Pure data; key-table.ts joins the tables. */
import { type KeyRow, rowsOf } from './key-row.ts';

const row = rowsOf('settings');

export const SETTINGS_KEYS: readonly KeyRow[] = [
  row('setting-previous', 'up', { do: 'choose', step: -1 }, 'the setting above', { hint: 'choose' }),
  row('setting-next', 'down', { do: 'choose', step: 1 }, 'the setting below'),
  row('setting-less', 'left', { do: 'change', step: -1 }, 'the value before', { hint: 'change' }),
  row('setting-more', 'right', { do: 'change', step: 1 }, 'the value after'),
];

/** The keys of the settings pane. Pure data; key-table.ts joins the tables. */
import { type KeyRow, rowsOf } from './key-row.ts';

const row = rowsOf('settings');

export const SETTINGS_KEYS: readonly KeyRow[] = [
  row('setting-previous', 'up, k', { do: 'choose', step: -1 }, 'the setting above', { hint: 'choose' }),
  row('setting-next', 'down, j', { do: 'choose', step: 1 }, 'the setting below'),
  row('section-previous', 'shift+tab', { do: 'section', step: -1 }, 'the section before'),
  row('section-next', 'tab', { do: 'section', step: 1 }, 'the next section'),
  row('setting-first', 'home', { do: 'ends', at: 'first' }, 'the first setting'),
  row('setting-last', 'end', { do: 'ends', at: 'last' }, 'the last setting'),
  row('setting-less', 'left, h', { do: 'change', step: -1 }, 'the value before', { hint: 'change' }),
  row('setting-more', 'right, l', { do: 'change', step: 1 }, 'the value after'),
  row(
    'setting-edit',
    'enter',
    { do: 'edit-setting', asText: false },
    'switch it, type its value, or ask for its key',
    { hint: 'edit' },
  ),
  row('setting-as-text', 'e', { do: 'edit-setting', asText: true }, 'type its value, of whatever kind it is'),
  row('setting-filter', '/', { do: 'filter' }, 'show only what holds some words', { hint: 'filter' }),
  row('setting-undo', 'u', { do: 'undo-setting' }, 'take the last change back', { hint: 'undo' }),
  row(
    'setting-reset',
    'backspace, delete',
    { do: 'reset-setting', to: 'file' },
    'back to what config.toml says, else to the default',
    { hint: 'reset' },
  ),
  row(
    'setting-default',
    'd',
    { do: 'reset-setting', to: 'default' },
    'the default, whatever config.toml says',
  ),
  row('setting-reconnect', 'r', { do: 'reconnect' }, 'connect anew, for what waits for it'),
  row('path-test', 't', { do: 'path-test' }, 'test the path to the station', { hint: 'test the path' }),
];

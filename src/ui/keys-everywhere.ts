/**
 * The keys that work in every pane. Pure data; key-table.ts joins the tables.
 *
 * Tabs have three ways in, since terminals take keys for themselves (GNOME Terminal takes F1, and Alt+1 when it has
 * tabs): F1 to F4, Alt+1 to Alt+4, and Ctrl+], telnet's old way out of a session, which every terminal sends as one
 * byte. None of them types anything. The shell pane keeps only these and the talk key from its program.
 */
import { type KeyRow, rowsOf } from './key-row.ts';

const row = rowsOf('everywhere');
const inShell = true as const;

export const EVERYWHERE_KEYS: readonly KeyRow[] = [
  row('tab-chat', 'f1, alt+1', { do: 'tab', tab: 'chat' }, 'chat', { inShell, hint: 'chat' }),
  row('tab-settings', 'f2, alt+2', { do: 'tab', tab: 'settings' }, 'settings', { inShell, hint: 'settings' }),
  row('tab-shell', 'f3, alt+3', { do: 'tab', tab: 'shell' }, 'your shell', { inShell, hint: 'shell' }),
  row('tab-help', 'f4, alt+4', { do: 'tab', tab: 'help' }, 'this help', { inShell, hint: 'help' }),
  row('next-tab', 'ctrl+]', { do: 'next-tab' }, 'next tab', { inShell, hint: 'next tab' }),
  // ui.talk_key is its default; the one here is that setting's.
  row('talk', 'f8', { do: 'talk' }, 'talk, wherever you are, also in the shell', { inShell, hint: 'talk' }),
  row('talk-empty', 'space', { do: 'talk' }, 'talk, while the input line is empty', {
    whileEmpty: true,
    hint: 'talk',
  }),
  row('quit', 'ctrl+c, ctrl+q', { do: 'quit' }, 'leave voipterm (in the shell: change the tab first)', {
    hint: 'leave',
  }),
  row('status', 'alt+s', { do: 'status' }, 'tell in words how it stands: link, microphone, who is here'),
  row('redraw', 'ctrl+l', { do: 'redraw' }, 'draw the screen again'),
  row('room-next', 'alt+down, ctrl+n', { do: 'room', step: 1 }, 'next room', { hint: 'next room' }),
  row('room-previous', 'alt+up, ctrl+p', { do: 'room', step: -1 }, 'previous room'),
  row('page-older', 'pageup', { do: 'scroll', by: 'page', step: -1 }, 'older lines, a page', {
    hint: 'older',
  }),
  row('page-newer', 'pagedown', { do: 'scroll', by: 'page', step: 1 }, 'newer lines, a page', {
    hint: 'newer',
  }),
  row('line-older', 'shift+up, ctrl+up', { do: 'scroll', by: 'line', step: -1 }, 'older lines, one by one'),
  row(
    'line-newer',
    'shift+down, ctrl+down',
    { do: 'scroll', by: 'line', step: 1 },
    'newer lines, one by one',
  ),
  row('newest', 'ctrl+end', { do: 'scroll-end' }, 'newest line'),
  row('back', 'escape', { do: 'back' }, 'newest line; elsewhere: back to the chat', { hint: 'back' }),
];

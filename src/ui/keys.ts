/**
 * Every key that does something, as one table: the help pane is made from it, the controller looks keys up in it.
 * Pure.
 *
 * Tabs have three ways in, since terminals take keys for themselves (GNOME Terminal takes F1, and Alt+1 when it has
 * tabs): F1 to F4, Alt+1 to Alt+4, and Ctrl+], telnet's old way out of a session, which every terminal sends as one
 * byte. None of them types anything. The shell pane keeps only these and the talk key from its program.
 */
import { chordOf, type KeyPress } from './key-event.ts';

export const TABS = ['chat', 'settings', 'shell', 'help'] as const;
export type Tab = (typeof TABS)[number];

/** What a key can ask the user interface to do. */
export type UiCommand =
  | { readonly do: 'tab'; readonly tab: Tab }
  | { readonly do: 'next-tab' }
  | { readonly do: 'room'; readonly step: 1 | -1 }
  | { readonly do: 'scroll'; readonly by: 'page' | 'line'; readonly step: 1 | -1 }
  | { readonly do: 'scroll-end' }
  | { readonly do: 'history'; readonly step: 1 | -1 }
  | { readonly do: 'edit'; readonly edit: Edit }
  | { readonly do: 'send' }
  | { readonly do: 'complete' }
  | { readonly do: 'newline' }
  | { readonly do: 'escape' }
  | { readonly do: 'redraw' }
  | { readonly do: 'quit' };

export type Edit =
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'home'
  | 'end'
  | 'backspace'
  | 'delete'
  | 'delete-word'
  | 'delete-to-start'
  | 'delete-to-end';

export interface KeyRow {
  readonly section: 'Everywhere' | 'Chat' | 'Input line';
  /** Chords as chordOf spells them. */
  readonly keys: readonly string[];
  readonly command: UiCommand;
  readonly help: string;
}

function row(section: KeyRow['section'], keys: string, command: UiCommand, help: string): KeyRow {
  return { section, keys: keys.split(' '), command, help };
}

function edit(keys: string, what: Edit, help: string): KeyRow {
  return row('Input line', keys, { do: 'edit', edit: what }, help);
}

/** A chord stands in one row only; a test says so. */
export const KEY_TABLE: readonly KeyRow[] = [
  row('Everywhere', 'f1 alt+1', { do: 'tab', tab: 'chat' }, 'chat'),
  row('Everywhere', 'f2 alt+2', { do: 'tab', tab: 'settings' }, 'settings'),
  row('Everywhere', 'f3 alt+3', { do: 'tab', tab: 'shell' }, 'your shell'),
  row('Everywhere', 'f4 alt+4', { do: 'tab', tab: 'help' }, 'this help'),
  row('Everywhere', 'ctrl+]', { do: 'next-tab' }, 'next tab'),
  row('Everywhere', 'ctrl+c ctrl+q', { do: 'quit' }, 'leave voipterm (in the shell: change the tab first)'),
  row('Everywhere', 'ctrl+l', { do: 'redraw' }, 'draw the screen again'),
  row('Chat', 'alt+down ctrl+n', { do: 'room', step: 1 }, 'next room'),
  row('Chat', 'alt+up ctrl+p', { do: 'room', step: -1 }, 'previous room'),
  row('Chat', 'pageup', { do: 'scroll', by: 'page', step: -1 }, 'older lines, a page'),
  row('Chat', 'pagedown', { do: 'scroll', by: 'page', step: 1 }, 'newer lines, a page'),
  row('Chat', 'shift+up ctrl+up', { do: 'scroll', by: 'line', step: -1 }, 'older lines, one by one'),
  row('Chat', 'shift+down ctrl+down', { do: 'scroll', by: 'line', step: 1 }, 'newer lines, one by one'),
  row('Chat', 'ctrl+end', { do: 'scroll-end' }, 'newest line'),
  row('Chat', 'escape', { do: 'escape' }, 'newest line; elsewhere: back to the chat'),
  row('Input line', 'enter', { do: 'send' }, 'send'),
  row('Input line', 'alt+enter', { do: 'newline' }, 'a new line in the message'),
  row('Input line', 'tab', { do: 'complete' }, 'complete a name or command'),
  row('Input line', 'up', { do: 'history', step: -1 }, 'what you sent before'),
  row('Input line', 'down', { do: 'history', step: 1 }, 'what you sent after that'),
  edit('left ctrl+b', 'left', 'a character left'),
  edit('right ctrl+f', 'right', 'a character right'),
  edit('ctrl+left alt+left alt+b', 'word-left', 'a word left'),
  edit('ctrl+right alt+right alt+f', 'word-right', 'a word right'),
  edit('home ctrl+a', 'home', 'start of the line'),
  edit('end ctrl+e', 'end', 'end of the line'),
  edit('backspace', 'backspace', 'delete the character before'),
  edit('delete ctrl+d', 'delete', 'delete the character under the cursor'),
  edit('ctrl+w alt+backspace', 'delete-word', 'delete the word before'),
  edit('ctrl+u', 'delete-to-start', 'delete all before'),
  edit('ctrl+k', 'delete-to-end', 'delete all after'),
];

const BY_CHORD: ReadonlyMap<string, UiCommand> = new Map(
  KEY_TABLE.flatMap(({ keys, command }) => keys.map((key) => [key, command] as const)),
);

/** What a key does, or undefined if it is not in the table. */
export function lookUp(key: KeyPress): UiCommand | undefined {
  return BY_CHORD.get(chordOf(key));
}

/** True for the commands that also work in the shell pane; every other key goes to its program. */
export function worksInShell(command: UiCommand): boolean {
  return command.do === 'tab' || command.do === 'next-tab';
}

/** "ctrl+t" as a person reads it: "Ctrl+T". */
export function showChord(chord: string): string {
  return chord
    .split(/\+(?=.)/)
    .map((part) => SHOWN[part] ?? part.charAt(0).toUpperCase() + part.slice(1))
    .join('+');
}

const SHOWN: Readonly<Record<string, string>> = {
  pageup: 'PgUp',
  pagedown: 'PgDn',
  escape: 'Esc',
  delete: 'Del',
  insert: 'Ins',
};

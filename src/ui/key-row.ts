/**
 * What a row of the key table is: a command's name, its keys, where it works, what it asks for. Types, and how rows are
 * written. Pure; keys-*.ts have the rows, key-table.ts joins them.
 */
import type { FurtherEdit } from './editing.ts';
import type { LineEdit } from './line-editor.ts';

export const TABS = ['chat', 'settings', 'shell', 'help'] as const;
export type Tab = (typeof TABS)[number];

/**
 * Where a key works. 'everywhere' is every pane, but in the shell only with `inShell`: its program gets all other keys.
 * 'input' is the input line and works beside 'chat'; 'pick' is a message being chosen, 'found' the list of a search;
 * 'search' is an open search in a shell; 'lookback' is a shell that is scrolled back;
 * 'shared' is every pane while others see a shell of ours. A scope that a pane has for itself goes
 * before 'everywhere'.
 */
export const SCOPES = [
  'everywhere',
  'chat',
  'input',
  'search',
  'pick',
  'found',
  'settings',
  'shell',
  'lookback',
  'shared',
  'help',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What works whatever is shown; controller.ts carries it out, 'back' and 'scroll' by asking the pane. */
export type EverywhereCommand =
  | { readonly do: 'tab'; readonly tab: Tab }
  | { readonly do: 'next-tab' }
  | { readonly do: 'room'; readonly step: 1 | -1 }
  | { readonly do: 'scroll'; readonly by: 'page' | 'line'; readonly step: 1 | -1 }
  | { readonly do: 'scroll-end' }
  | { readonly do: 'talk' }
  | { readonly do: 'back' }
  | { readonly do: 'status' }
  | { readonly do: 'redraw' }
  | { readonly do: 'quit' };

/** What keys do to the input line. */
export type InputCommand =
  | { readonly do: 'history'; readonly step: 1 | -1 }
  | { readonly do: 'edit'; readonly edit: Edit }
  | { readonly do: 'send' }
  | { readonly do: 'complete'; readonly step: 1 | -1 }
  | { readonly do: 'newline' }
  | { readonly do: 'editor' };

/** What keys do in the settings: go to another row, change it. */
export type SettingsKey =
  | { readonly do: 'choose'; readonly step: 1 | -1 }
  | { readonly do: 'section'; readonly step: 1 | -1 }
  | { readonly do: 'ends'; readonly at: 'first' | 'last' }
  | { readonly do: 'change'; readonly step: 1 | -1 }
  | { readonly do: 'edit-setting'; readonly asText: boolean }
  | { readonly do: 'filter' }
  | { readonly do: 'undo-setting' }
  | { readonly do: 'reset-setting'; readonly to: 'file' | 'default' }
  | { readonly do: 'reconnect' }
  | { readonly do: 'path-test' };

/** Choosing a message, and going through what a search found. */
export type ChatKey =
  | { readonly do: 'pick' | 'edit-last' | 'pick-reply' | 'pick-edit' | 'pick-delete' | 'found-open' }
  | { readonly do: 'pick-step' | 'found-step'; readonly step: 1 | -1 };

/** A text pane without an input line: arrows scroll it. */
export type HelpKey = { readonly do: 'rows'; readonly step: 1 | -1 };

/** What keys do with terminals, and while one looks back at what a terminal printed. */
export type ShellKey =
  | { readonly do: 'shell-new' | 'shell-close' | 'shell-rename' | 'shell-look' | 'shell-search' | 'look-end' }
  | { readonly do: 'shell-step'; readonly step: 1 | -1 }
  | { readonly do: 'shell-show'; readonly place: number }
  | { readonly do: 'shell-send'; readonly text: string }
  | { readonly do: 'look'; readonly by: 'row' | 'page' | 'all'; readonly step: 1 | -1 }
  | { readonly do: 'look-find'; readonly step: 1 | -1 };

/** Ends every share of a terminal. */
export type SharedKey = { readonly do: 'unshare' };

/** What a key can ask the user interface to do. Each pane adds a union of its own here. */
export type UiCommand =
  | EverywhereCommand
  | InputCommand
  | ChatKey
  | SettingsKey
  | ShellKey
  | SharedKey
  | HelpKey;

/** What a key does to the text of the input line. */
export type Edit = LineEdit | FurtherEdit;

export interface KeyRow {
  /** What [keys] in config.toml calls it: kebab-case, one of a kind. */
  readonly name: string;
  readonly scope: Scope;
  /** Each a chord as chordOf spells it, or two after each other: "ctrl+x ctrl+e". */
  readonly keys: readonly string[];
  readonly command: UiCommand;
  /** One line for the help and docs/keys.md. */
  readonly help: string;
  /** A word or two for the hint line, for rows that are worth showing there. */
  readonly hint?: string;
  /** Taken from the shell's program too. */
  readonly inShell?: true;
  /** Types a character otherwise: works only where nothing is typed. */
  readonly whileEmpty?: true;
}

type Extras = Pick<KeyRow, 'hint' | 'inShell' | 'whileEmpty'>;

/** Rows of one scope: `row('send', 'enter', {do: 'send'}, 'send')`; several keys with commas between. */
export function rowsOf(
  scope: Scope,
): (name: string, keys: string, command: UiCommand, help: string, extras?: Extras) => KeyRow {
  return (name, keys, command, help, extras = {}) => ({
    name,
    scope,
    keys: keys === '' ? [] : keys.split(', '),
    command,
    help,
    ...extras,
  });
}

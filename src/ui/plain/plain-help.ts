/** What the plain interface says of itself and of voices, as lines. Pure. */
import type { State } from '../../session/state.ts';
import { cleanLine } from '../clean-text.ts';
import { COMMAND_TABLE } from '../commands.ts';
import { commandWords, keyWords } from '../help-about.ts';
import { showKeys } from '../help-rows.ts';
import type { KeyBindings } from '../key-bindings.ts';
import { voiceRows } from '../voice-rows.ts';

export interface PlainKeys {
  readonly bindings: KeyBindings;
  /** Keys come one by one; else only whole lines do. */
  readonly keyboard: boolean;
}

/** Keys that do something without a screen and are not the usual ones of a line. */
const TOLD = [
  'send',
  'newline',
  'complete',
  'talk',
  'status',
  'room-next',
  'room-previous',
  'page-older',
  'quit',
];
const PANEL_COLUMNS = 80;

/** @param sound whether there is any: over SSH there is not. */
export function greetingWords(keys: PlainKeys, sound: boolean): string {
  const talk = sound ? `${withKey(keys, 'talk', '/talk')} opens and closes the microphone, ` : '';
  const status = withKey(keys, 'status', '/status');
  return `voipterm, in lines. ${talk}${status} tells how it stands, /help lists the commands, /quit leaves.`;
}

export function helpLines({ bindings, keyboard }: PlainKeys): readonly string[] {
  const keys = TOLD.flatMap((name) => bindings.row(name) ?? []).filter((row) => row.keys.length > 0);
  return [...COMMAND_TABLE.map(commandWords), ...(keyboard ? keys.map(keyWords) : [])];
}

/** How voices come through: the panel of the screen, row by row. */
export function voiceLines(state: State): readonly string[] {
  const rows = voiceRows(state, PANEL_COLUMNS, { ellipsis: '.' });
  return rows.map(({ segments }) => cleanLine(segments.map(({ text }) => text).join('')).trim());
}

function withKey({ bindings, keyboard }: PlainKeys, name: string, command: string): string {
  const row = bindings.row(name);
  return keyboard && row && row.keys.length > 0 ? `${showKeys(row)} or ${command}` : command;
}

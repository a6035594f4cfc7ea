/** What `/help WORD` and `/keys WORD` say: about a slash command, a key command by its name, or a key. Pure. */
import { COMMAND_TABLE, type CommandRow } from './commands.ts';
import { SCOPE_TITLES, showKeys } from './help-rows.ts';
import type { KeyBindings } from './key-bindings.ts';
import { parseChord } from './key-event.ts';
import type { KeyRow } from './key-row.ts';
import { showChord } from './key-words.ts';

/** Longest unknown word that is repeated. */
const MAX_WORD = 32;

export function helpAbout(asked: string, bindings: KeyBindings): string {
  const word = asked.trim().toLowerCase();
  const command = COMMAND_TABLE.find(({ name }) => name === word.replace(/^\//, ''));
  const key = bindings.row(word);
  const about = [...(command ? [commandWords(command)] : []), ...(key ? [keyWords(key)] : [])];
  if (about.length > 0) return about.join('\n');
  const pressed = word.split(/\s+/).map(parseChord);
  if (pressed.length <= 2 && pressed.every((chord) => chord !== undefined))
    return chordWords(pressed.join(' '), bindings);
  return `There is no command "${asked.slice(0, MAX_WORD)}"; /help lists all commands and keys`;
}

/** "/who [ROOM]: list who is in this room". */
export function commandWords({ name, usage, help }: CommandRow): string {
  return `/${name}${usage === '' ? '' : ` ${usage}`}: ${help}`;
}

/** "send (Input line): Enter. send". */
export function keyWords(row: KeyRow): string {
  const keys = row.keys.length === 0 ? 'no key' : showKeys(row);
  return `${keys}: ${row.help} (${SCOPE_TITLES[row.scope]}; ${row.name} = "..." under [keys] in config.toml changes it)`;
}

function chordWords(chord: string, { rows }: KeyBindings): string {
  const found = rows.filter(({ keys }) => keys.some((key) => key === chord || key.startsWith(`${chord} `)));
  if (found.length === 0)
    return `${showChord(chord)} does nothing; [keys] in config.toml can give it to a command`;
  return found.map(keyWords).join('\n');
}

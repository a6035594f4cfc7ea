/** The [keys] table of config.toml: a command's name and its keys in place of the defaults. Pure. */
import { VoiptermError } from '../errors.ts';
import { bindKeys, type KeyOverrides, type KeyProblem, MAX_CHORDS } from '../ui/key-bindings.ts';
import { KEY_TABLE } from '../ui/key-table.ts';
import { escapeControls, shortened } from './escape.ts';
import { nearest } from './suggest.ts';

/** The name of the table. */
export const KEYS = 'keys';

/**
 * Reads a parsed [keys] table: `send = "ctrl+s"`, `quit = ["ctrl+q", "f10"]`, `redraw = ""` for no key.
 * @param talkKey the talk key in force where the table does not say, as ui.talk_key has it.
 * @param refuse throws; the path says which line.
 */
export function readKeyTable(
  raw: unknown,
  talkKey: string,
  refuse: (path: string, problem: string) => never,
): KeyOverrides {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw) || raw instanceof Date)
    refuse(KEYS, `${KEYS} must be a section, written [${KEYS}]`);
  const overrides = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(Object(raw))) {
    if (!KEY_TABLE.some((row) => row.name === name)) refuse(`${KEYS}.${name}`, unknownName(name));
    overrides.set(name, chordsOf(value) ?? refuse(`${KEYS}.${name}`, `${KEYS}.${name} ${EXPECTED}`));
  }
  const bound = bindKeys(overrides, talkKey);
  if ('problem' in bound) refuse(`${KEYS}.${bound.problem.name}`, keyWords(bound.problem));
  return overrides;
}

const EXPECTED = `must be a key such as "ctrl+t", a list of at most ${MAX_CHORDS} of them, or "" for none`;

/** As in a saved setting or on a command line: keys with commas between. */
export function keysFromText(text: string): readonly string[] {
  return text
    .split(',')
    .map((chord) => chord.trim())
    .filter((chord) => chord !== '');
}

/** A problem as a sentence without a full stop. */
export function keyWords({ name, text }: KeyProblem): string {
  return `${KEYS}.${name} ${text}`;
}

function chordsOf(value: unknown): readonly string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : value === '' ? [] : [value];
  return list.every((item) => typeof item === 'string') ? list : undefined;
}

function unknownName(name: string): string {
  const meant = nearest(
    name,
    KEY_TABLE.map((row) => row.name),
  );
  const hint = meant ? `did you mean ${KEYS}.${meant}?` : '/keys and docs/keys.md list the commands';
  return `there is no command ${escapeControls(shortened(name, 80))} to give a key; ${hint}`;
}

/** Throws 'config.invalid' where the keys in force collide. Only ui.talk_key can make them so, which the file does not see. */
export function checkKeys(overrides: KeyOverrides, talkKey: string): void {
  const bound = bindKeys(overrides, talkKey);
  if ('problem' in bound) throw new VoiptermError('config.invalid', keyWords(bound.problem));
}

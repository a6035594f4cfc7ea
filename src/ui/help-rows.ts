/** The help pane as rows, made from the key table and the command table. Pure. */
import type { Row } from './chat-rows.ts';
import { COMMAND_TABLE } from './commands.ts';
import type { KeyBindings } from './key-bindings.ts';
import { type KeyRow, SCOPES, type Scope } from './key-row.ts';
import { showChord } from './key-words.ts';
import type { TalkKeyStyle } from './talk-key.ts';
import { padAfter, widthOf, wrap } from './text-width.ts';

/** From this width on the explanation stands beside. */
const BESIDE_FROM = 60;
/** Fits the longest row of keys; a test says so. */
export const LEFT_COLUMNS = 28;

export interface HelpKeys {
  readonly bindings: KeyBindings;
  readonly style: TalkKeyStyle;
}

const HOW: Readonly<Record<TalkKeyStyle, string>> = {
  toggle: 'start or stop talking.',
  hold: 'hold it and talk; press it twice to talk on without holding, once more to stop.',
  auto: 'hold it and talk; where the terminal tells of releases, press it twice to talk on without holding, elsewhere once; then once more to stop.',
};

/** What the help calls the places where keys work. */
export const SCOPE_TITLES: Readonly<Record<Scope, string>> = {
  everywhere: 'Everywhere',
  chat: 'Chat',
  input: 'Input line',
  search: 'Search',
  settings: 'Settings',
  shell: 'Shell',
  pick: 'Choosing a message',
  found: 'List of a search',
  lookback: 'Shell, looking back',
  shared: 'While a shell is shared',
  help: 'Help',
};

export function helpRows({ bindings, style }: HelpKeys, width: number): readonly Row[] {
  const talkRows: readonly Pair[] = [
    ...pairsOf(bindings, 'talk-empty', `${HOW[style]} While the input line is empty.`),
    ...pairsOf(bindings, 'talk', 'the same, wherever you are, also in the shell'),
    ['/talk MODE', 'push (these keys), voice or continuous, where these keys mute and unmute'],
    ['voipterm ptt', 'the talk key for a pedal or a shortcut of the desktop: voipterm help ptt'],
  ];
  return [
    ...block('Talk', talkRows, width),
    ...SCOPES.flatMap((scope) => block(SCOPE_TITLES[scope], keyPairs(bindings, scope), width)),
    ...block('Commands', commandPairs(), width),
  ];
}

type Pair = readonly [string, string];

/** "F1, Alt+1". */
export function showKeys({ keys }: KeyRow): string {
  return keys.map(showChord).join(', ');
}

function pairsOf(bindings: KeyBindings, name: string, help: string): readonly Pair[] {
  const row = bindings.row(name);
  return row && row.keys.length > 0 ? [[showKeys(row), help]] : [];
}

function keyPairs({ rows }: KeyBindings, scope: Scope): readonly Pair[] {
  return rows
    .filter((row) => row.scope === scope && row.keys.length > 0 && row.command.do !== 'talk')
    .map((row) => [showKeys(row), row.help] as const);
}

function commandPairs(): readonly Pair[] {
  const commands = COMMAND_TABLE.map(
    ({ name, usage, help }) => [`/${name} ${usage}`.trimEnd(), help] as const,
  );
  return [...commands, ['//text', 'post "/text" as it is']];
}

function block(title: string, pairs: readonly Pair[], width: number): readonly Row[] {
  if (pairs.length === 0) return [];
  return [
    { key: `${title}:title`, segments: [{ text: ` ${title}`, tone: 'strong' }] },
    ...pairs.flatMap(([left, right], index) => pairRows(`${title}:${index}`, left, right, width)),
    { key: `${title}:space`, segments: [] },
  ];
}

/** What to press or write, and what it does beside it; below it where there is no room beside. */
function pairRows(key: string, left: string, right: string, width: number): readonly Row[] {
  const below = width < BESIDE_FROM || widthOf(left) > LEFT_COLUMNS;
  const indent = below && width < BESIDE_FROM ? 5 : LEFT_COLUMNS + 4;
  const lefts = wrap(left, below ? width - 6 : LEFT_COLUMNS);
  const rights = wrap(right, Math.max(10, width - indent - 1));
  const beside = below ? [] : rights.slice(0, 1);
  const [first = '', ...rest] = lefts;
  return [
    {
      key,
      segments: [
        { text: `   ${below ? first : padAfter(first, LEFT_COLUMNS)} `, tone: 'accent' },
        { text: beside.join(''), tone: 'plain' },
      ],
    },
    ...rest.map((text, index) => accentRow(`${key}:left${index}`, `     ${text}`)),
    ...rights.slice(beside.length).map((text, index) => ({
      key: `${key}:${index + 1}`,
      segments: [{ text: ' '.repeat(indent) + text, tone: 'plain' as const }],
    })),
  ];
}

function accentRow(key: string, text: string): Row {
  return { key, segments: [{ text, tone: 'accent' }] };
}

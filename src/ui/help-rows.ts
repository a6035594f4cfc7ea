/** The help pane as rows, made from the key table and the command table. Pure. */
import type { Row } from './chat-rows.ts';
import { COMMAND_TABLE } from './commands.ts';
import { KEY_TABLE, showChord } from './keys.ts';
import type { TalkKeyStyle } from './talk-key.ts';
import { padAfter, widthOf, wrap } from './text-width.ts';

/** From this width on the explanation stands beside. */
const BESIDE_FROM = 60;
/** Fits the longest row of keys; a test says so. */
export const LEFT_COLUMNS = 28;

export interface TalkHelp {
  readonly talkKey: string;
  readonly style: TalkKeyStyle;
}

const HOW: Readonly<Record<TalkKeyStyle, string>> = {
  toggle: 'start or stop talking.',
  hold: 'hold it and talk; press it twice to talk on without holding, once more to stop.',
  auto: 'hold it and talk; where the terminal tells of releases, press it twice to talk on without holding, elsewhere once; then once more to stop.',
};

export function helpRows(talk: TalkHelp, width: number): readonly Row[] {
  const talkRows: readonly Pair[] = [
    ['Space', `${HOW[talk.style]} While the input line is empty.`],
    [showChord(talk.talkKey), 'the same, wherever you are, also in the shell'],
    ['/talk MODE', 'push (these keys), voice or continuous, where these keys mute and unmute'],
    ['voipterm ptt', 'the talk key for a pedal or a shortcut of the desktop: voipterm help ptt'],
  ];
  const sections = ['Everywhere', 'Chat', 'Input line'] as const;
  return [
    ...block('Talk', talkRows, width),
    ...sections.flatMap((section) => block(section, keyPairs(section), width)),
    ...block('Commands', commandPairs(), width),
  ];
}

type Pair = readonly [string, string];

function keyPairs(section: string): readonly Pair[] {
  return KEY_TABLE.filter((row) => row.section === section).map(
    ({ keys, help }) => [keys.map(showChord).join(', '), help] as const,
  );
}

function commandPairs(): readonly Pair[] {
  const commands = COMMAND_TABLE.map(
    ({ name, usage, help }) => [`/${name} ${usage}`.trimEnd(), help] as const,
  );
  return [...commands, ['//text', 'post "/text" as it is']];
}

function block(title: string, pairs: readonly Pair[], width: number): readonly Row[] {
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

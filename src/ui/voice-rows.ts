/** The panel of /voice: how each voice comes through and where the fault is, as rows that follow the figures. Pure. */
import { faultWords, percent, redundancyWords } from '../session/health-words.ts';
import type { PersonHealth, State } from '../session/state.ts';
import type { Row, Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { padAfter, truncate } from './text-width.ts';
import type { Glyphs, Tone } from './theme.ts';

const NAME_COLUMNS = 14;
const FIGURE_COLUMNS = 8;
const VERDICT_COLUMNS = 18;

/** A column of figures; those that matter least come last and go first on a narrow screen. */
const FIGURES: readonly { readonly title: string; readonly of: (voice: PersonHealth) => string }[] = [
  { title: 'lost', of: ({ lossPct }) => percent(lossPct) },
  { title: 'late', of: ({ latePct }) => percent(latePct) },
  { title: 'of you', of: ({ heardLossPct }) => (heardLossPct === null ? '-' : percent(heardLossPct)) },
  { title: 'jitter', of: ({ jitterMs }) => ms(jitterMs) },
  { title: 'delay', of: ({ playoutDelayMs }) => ms(playoutDelayMs) },
  { title: 'conceal', of: ({ concealedPct }) => percent(concealedPct) },
  { title: 'level', of: ({ levelDb }) => `${Math.round(levelDb)} dB` },
];

/** The whole panel: a heading, a row a voice, and what is sent against loss. */
export function voiceRows(
  { listening, stats }: State,
  width: number,
  { ellipsis }: Pick<Glyphs, 'ellipsis'>,
): readonly Row[] {
  const { health, redundancy } = listening;
  const figures = FIGURES.slice(
    0,
    Math.max(1, Math.floor((width - NAME_COLUMNS - VERDICT_COLUMNS - 2) / FIGURE_COLUMNS)),
  );
  const rtt = stats === null || stats.rttMs === null ? 'Voices' : `RTT ${ms(stats.rttMs)}`;
  const heading = ` ${padAfter(rtt, NAME_COLUMNS)}`;
  const titles = figures.map(({ title }) => title.padStart(FIGURE_COLUMNS)).join('');
  const sent = redundancyWords(redundancy);
  const rows: Row[] = [
    row('voices', [
      {
        text: truncate(`${heading}${titles}  fault (/voice closes)`, width - 1, ellipsis),
        tone: 'dim',
      },
    ]),
    ...health.map((voice) => voiceRow(voice, figures, ellipsis)),
  ];
  if (health.length === 0)
    rows.push(note('none', 'Nobody was heard in the last half minute.', width, ellipsis));
  if (sent !== '') rows.push(note('sent', `Sent against loss: ${cleanLine(sent)}`, width, ellipsis));
  return rows;
}

function voiceRow(voice: PersonHealth, figures: typeof FIGURES, ellipsis: string): Row {
  const { fault, ssrc } = voice;
  const tone: Tone = fault === 'none' ? 'plain' : 'warning';
  return row(`voice:${ssrc}`, [
    { text: ` ${padAfter(cleanLine(voice.name), NAME_COLUMNS, ellipsis)}`, tone },
    { text: figures.map(({ of }) => of(voice).padStart(FIGURE_COLUMNS)).join(''), tone: 'plain' },
    { text: `  ${faultWords(fault)}`, tone: fault === 'none' ? 'good' : 'warning' },
  ]);
}

function note(key: string, text: string, width: number, ellipsis: string): Row {
  return row(key, [{ text: ` ${truncate(text, width - 2, ellipsis)}`, tone: 'dim' }]);
}

function row(key: string, segments: readonly Segment[]): Row {
  return { key: `voices:${key}`, segments };
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

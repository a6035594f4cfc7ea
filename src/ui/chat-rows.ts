/** Chat lines to rows of the screen: columns, wrapping, day separators. Pure, with a memo per line. */
import type { Line } from '../session/state.ts';
import { cleanLine, cleanLines } from './clean-text.ts';
import { asSentence } from './sentence.ts';
import { padBefore, widthOf, wrap } from './text-width.ts';
import type { Glyphs, Tone } from './theme.ts';

export interface Segment {
  readonly text: string;
  readonly tone: Tone;
}

/** One row of the screen, at most the format's width wide. */
export interface Row {
  readonly key: string;
  readonly segments: readonly Segment[];
}

/** What stands before a message. */
export type Timestamps = 'time' | 'datetime' | 'off';

export interface ChatFormat {
  /** Cells of a row. */
  readonly width: number;
  readonly timestamps: Timestamps;
  /** The user's own name. */
  readonly self: string;
  readonly glyphs: Glyphs;
}

/** Cells of the name column; what is left on a screen of 80 columns must still read like prose. */
const NAME_COLUMNS = 9;
const ROOMY_NAME_COLUMNS = 12;
const ROOMY_FROM_WIDTH = 70;
const WIDE_NAME_COLUMNS = 18;
const WIDE_FROM_WIDTH = 88;
/** Narrower screens have the name before the text instead. */
const COLUMNS_FROM_WIDTH = 56;
/** Messages of one person within this time stand under one name, ms. */
const SAME_SPEECH_MS = 5 * 60_000;
/** Cells between the side's bar and the text. */
const MARGIN = ' ';

/** Wraps each line once: lines never change, so the rows stay valid until the format or the neighbour does. */
export class ChatRows {
  #format: ChatFormat;
  #rows = new WeakMap<Line, { previous: Line | undefined; rows: readonly Row[] }>();

  constructor(format: ChatFormat) {
    this.#format = format;
  }

  get format(): ChatFormat {
    return this.#format;
  }

  /** The rows of a line that follows `previous`. */
  of(line: Line, previous: Line | undefined): readonly Row[] {
    const known = this.#rows.get(line);
    if (known && known.previous === previous) return known.rows;
    const rows = rowsOf(line, previous, this.#format);
    this.#rows.set(line, { previous, rows });
    return rows;
  }
}

/** Every row of a line, with a day separator before it where a new day began. */
export function rowsOf(line: Line, previous: Line | undefined, format: ChatFormat): readonly Row[] {
  const body =
    line.kind === 'notice' ? noticeRows(line, previous, format) : messageRows(line, previous, format);
  const newDay = previous === undefined || dateOf(previous.at) !== dateOf(line.at);
  return newDay ? [dayRow(line, format), ...body] : body;
}

function messageRows(
  line: Extract<Line, { kind: 'message' }>,
  previous: Line | undefined,
  format: ChatFormat,
): Row[] {
  const name = cleanLine(line.from);
  const pending = line.state === 'pending';
  const again = continues(line, previous);
  const columns = hasColumns(format);
  const time: Segment[] = timeSegments(line, again ? previous : undefined, format);
  const lead: Segment[] = columns
    ? [
        ...time,
        {
          text: padBefore(again ? '' : name, nameColumns(format), format.glyphs.ellipsis),
          tone: nameTone(name, format),
        },
        { text: ` ${pending ? format.glyphs.pending : format.glyphs.bar} `, tone: 'dim' },
      ]
    : [
        ...time,
        {
          text: `${fitName(name, format)}${pending ? format.glyphs.pending : ':'} `,
          tone: nameTone(name, format),
        },
      ];
  return hang(line.id, lead, cleanLines(line.text), pending ? 'dim' : 'plain', format);
}

function noticeRows(
  line: Extract<Line, { kind: 'notice' }>,
  previous: Line | undefined,
  format: ChatFormat,
): Row[] {
  const time = timeSegments(line, previous, format);
  const mark: Segment[] = hasColumns(format)
    ? [
        { text: padBefore(format.glyphs.notice, nameColumns(format)), tone: 'accent' },
        { text: ` ${format.glyphs.bar} `, tone: 'dim' },
      ]
    : [{ text: `${format.glyphs.notice} `, tone: 'accent' }];
  return hang(line.id, [...time, ...mark], cleanLines(asSentence(line.text)), 'accent', format);
}

/** First row behind the lead, further rows under it; the bar of the column goes on. */
function hang(
  id: string,
  lead: readonly Segment[],
  lines: readonly string[],
  tone: Tone,
  format: ChatFormat,
): Row[] {
  const indent = lead.reduce((sum, { text }) => sum + widthOf(text), 0);
  const columns = hasColumns(format);
  const under: Segment = columns
    ? { text: `${' '.repeat(indent - 3)} ${format.glyphs.bar} `, tone: 'dim' }
    : { text: '  ', tone: 'dim' };
  const width = format.width - (columns ? indent : Math.max(indent, 2));
  const rows = lines.flatMap((text) => wrap(text, Math.max(8, width)));
  return rows.map((text, index) => ({
    key: `${id}:${index}`,
    segments: [...(index === 0 ? lead : [under]), { text, tone }],
  }));
}

function dayRow(line: Line, format: ChatFormat): Row {
  const label = ` ${dayLabel(line.at)} `;
  const side = Math.max(0, format.width - widthOf(label));
  const left = Math.min(side, Math.floor(side / 2));
  const rule = format.glyphs.rule;
  return {
    key: `${line.id}:day`,
    segments: [{ text: rule.repeat(left) + label + rule.repeat(side - left), tone: 'dim' }],
  };
}

function hasColumns({ width }: ChatFormat): boolean {
  return width >= COLUMNS_FROM_WIDTH;
}

function nameColumns({ width }: ChatFormat): number {
  if (width >= WIDE_FROM_WIDTH) return WIDE_NAME_COLUMNS;
  return width >= ROOMY_FROM_WIDTH ? ROOMY_NAME_COLUMNS : NAME_COLUMNS;
}

function nameTone(name: string, format: ChatFormat): Tone {
  return name === format.self ? 'self' : { name };
}

/** Narrow screens: the name takes at most a third of the row. */
function fitName(name: string, format: ChatFormat): string {
  return padBefore(name, Math.min(widthOf(name), Math.floor(format.width / 3)), format.glyphs.ellipsis);
}

/** The same person goes on: name and minute need not be repeated. */
function continues(line: Extract<Line, { kind: 'message' }>, previous: Line | undefined): boolean {
  return (
    previous?.kind === 'message' &&
    previous.from === line.from &&
    line.at - previous.at < SAME_SPEECH_MS &&
    dateOf(previous.at) === dateOf(line.at)
  );
}

/** The time, left empty where the row before has the same minute. */
function timeSegments(line: Line, previous: Line | undefined, format: ChatFormat): Segment[] {
  const margin: Segment[] = hasColumns(format) ? [{ text: MARGIN, tone: 'plain' }] : [];
  if (format.timestamps === 'off') return margin;
  const stamp = stampOf(line.at, format);
  const same =
    previous !== undefined &&
    stampOf(previous.at, format) === stamp &&
    dateOf(previous.at) === dateOf(line.at);
  return [...margin, { text: same ? ' '.repeat(stamp.length) : stamp, tone: 'dim' }];
}

/** Narrow screens have no room for the date; the day separators tell it. */
function stampOf(at: number, format: ChatFormat): string {
  const time = `${timeOf(at)} `;
  return format.timestamps === 'datetime' && hasColumns(format) ? `${dateOf(at)} ${time}` : time;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Hours and minutes in the user's time zone. */
export function timeOf(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Year, month and day as ISO 8601 has them. */
function dateOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

function dayLabel(at: number): string {
  return dayFormat.format(new Date(at));
}

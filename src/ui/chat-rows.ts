/** Chat lines to rows of the screen: columns, wrapping, day separators. Pure, with a memo per line. */
import type { MessageLine } from '../session/lines.ts';
import type { Line } from '../session/state.ts';
import type { Quote } from '../session/text-state.ts';
import { dateOf, dayLabel, timeOf } from './chat-time.ts';
import { cleanLine, cleanLines } from './clean-text.ts';
import { messageLines, type TextLine } from './message-text.ts';
import { asSentence } from './sentence.ts';
import { cutSpans, wrapSpans } from './spans.ts';
import { padBefore, widthOf } from './text-width.ts';
import type { Glyphs, Tone } from './theme.ts';

export interface Segment {
  readonly text: string;
  readonly tone: Tone;
  /** An address that a click opens, where the terminal can: see links.ts. */
  readonly link?: string;
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
  /** Words besides the name that call the user. */
  readonly highlight?: readonly string[];
}

/** The id of the line that stands before what is new. */
export const NEW_MARK = 'new-mark';

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

/** What the rows of a line depend on besides the line. */
interface Beside {
  readonly previous: Line | undefined;
  readonly quote: Quote | undefined;
}

/** Wraps each line once: lines never change, so the rows stay valid until the format or the neighbour does. */
export class ChatRows {
  #format: ChatFormat;
  #rows = new WeakMap<Line, Beside & { readonly rows: readonly Row[] }>();

  constructor(format: ChatFormat) {
    this.#format = format;
  }

  get format(): ChatFormat {
    return this.#format;
  }

  /** The rows of a line that follows `previous` and answers what `quote` says. */
  of(line: Line, previous: Line | undefined, quote?: Quote): readonly Row[] {
    const known = this.#rows.get(line);
    if (known && known.previous === previous && sameQuote(known.quote, quote)) return known.rows;
    const rows = rowsOf(line, previous, this.#format, quote);
    this.#rows.set(line, { previous, quote, rows });
    return rows;
  }
}

function sameQuote(one: Quote | undefined, other: Quote | undefined): boolean {
  return one === other || (one?.from === other?.from && one?.text === other?.text);
}

/** Every row of a line, with a day separator before it where a new day began. */
export function rowsOf(
  line: Line,
  previous: Line | undefined,
  format: ChatFormat,
  quote?: Quote,
): readonly Row[] {
  const body = bodyRows(line, previous, format, quote);
  const newDay = previous === undefined || dateOf(previous.at) !== dateOf(line.at);
  return newDay ? [ruleRow(`${line.id}:day`, dayLabel(line.at), 'dim', format), ...body] : body;
}

function bodyRows(
  line: Line,
  previous: Line | undefined,
  format: ChatFormat,
  quote: Quote | undefined,
): readonly Row[] {
  if (line.id === NEW_MARK) return [ruleRow(line.id, 'new messages', 'accent', format)];
  if (line.kind === 'notice') return noticeRows(line, previous, format);
  return messageRows(line, previous, format, quote);
}

function messageRows(
  line: MessageLine,
  previous: Line | undefined,
  format: ChatFormat,
  quote: Quote | undefined,
): Row[] {
  const again = quote === undefined && line.action !== true && continues(line, previous);
  const lead = [
    ...timeSegments(line, again ? previous : undefined, format),
    ...nameSegments(line, again, format),
  ];
  const quoted = quote ? [{ spans: quoteSpans(quote, format), verbatim: true }] : [];
  return hang(line.id, lead, [...quoted, ...textOf(line, format)], format);
}

/** Who says it: the name in its column, or before the text; of what somebody does the name is in the text. */
function nameSegments(line: MessageLine, again: boolean, format: ChatFormat): readonly Segment[] {
  const { glyphs } = format;
  const shown = line.action ? '*' : cleanLine(line.from);
  const tone: Tone = line.action ? 'accent' : nameTone(shown, format);
  const mark = { pending: glyphs.pending, refused: glyphs.refused, sent: glyphs.bar }[line.state];
  const markTone: Tone = line.state === 'refused' ? 'bad' : line.mention ? 'mention' : 'dim';
  if (hasColumns(format)) {
    const name = again ? '' : shown;
    return [
      { text: padBefore(name, nameColumns(format), glyphs.ellipsis), tone },
      { text: ` ${mark} `, tone: markTone },
    ];
  }
  const end = line.state === 'sent' ? (line.action ? '' : ':') : mark;
  return [{ text: `${fitName(shown, format)}${end} `, tone }];
}

/** What it says, and what became of it. */
function textOf(line: MessageLine, format: ChatFormat): readonly TextLine[] {
  if (line.deleted) return [{ spans: [{ text: '(deleted)', tone: 'dim' }], verbatim: false }];
  const tone: Tone = line.state === 'sent' ? 'plain' : 'dim';
  const lines = messageLines(line.text, { self: format.self, words: format.highlight ?? [] }, tone);
  const name = cleanLine(line.from);
  const [first, ...rest] = lines;
  const doing =
    line.action && first
      ? [{ text: name, tone: nameTone(name, format) }, { text: ' ', tone }, ...first.spans]
      : first?.spans;
  const all = first && doing ? [{ ...first, spans: doing }, ...rest] : lines;
  const note = noteOf(line);
  const last = all.at(-1);
  if (!note || !last) return all;
  if (last.verbatim) return [...all, { spans: [note], verbatim: false }];
  return [...all.slice(0, -1), { ...last, spans: [...last.spans, { text: ' ', tone }, note] }];
}

function noteOf(line: MessageLine): Segment | undefined {
  if (line.state === 'refused') return { text: '(not sent)', tone: 'bad' };
  return line.edited === undefined ? undefined : { text: '(edited)', tone: 'dim' };
}

function quoteSpans({ from, text }: Quote, { glyphs }: ChatFormat): readonly Segment[] {
  const name = cleanLine(from);
  const said = text === '' ? '(deleted)' : cleanLine(text);
  return [
    { text: `${glyphs.reply} `, tone: 'dim' },
    { text: name, tone: { name } },
    { text: `: ${said}`, tone: 'dim' },
  ];
}

function noticeRows(
  line: Extract<Line, { kind: 'notice' }>,
  previous: Line | undefined,
  format: ChatFormat,
): Row[] {
  const tone: Tone = line.about === 'presence' ? 'dim' : 'accent';
  const time = timeSegments(line, previous, format);
  const mark: Segment[] = hasColumns(format)
    ? [
        { text: padBefore(format.glyphs.notice, nameColumns(format)), tone },
        { text: ` ${format.glyphs.bar} `, tone: 'dim' },
      ]
    : [{ text: `${format.glyphs.notice} `, tone }];
  const lines = cleanLines(asSentence(line.text)).map((text) => ({
    spans: [{ text, tone }],
    verbatim: false,
  }));
  return hang(line.id, [...time, ...mark], lines, format);
}

/** First row behind the lead, further rows under it; the bar of the column goes on. Code is cut, all else wrapped. */
function hang(id: string, lead: readonly Segment[], lines: readonly TextLine[], format: ChatFormat): Row[] {
  const indent = lead.reduce((sum, { text }) => sum + widthOf(text), 0);
  const columns = hasColumns(format);
  const under: Segment = columns
    ? { text: `${' '.repeat(indent - 3)} ${format.glyphs.bar} `, tone: 'dim' }
    : { text: '  ', tone: 'dim' };
  const width = Math.max(8, format.width - (columns ? indent : Math.max(indent, 2)));
  const rows = lines.flatMap(({ spans, verbatim }) =>
    verbatim ? [cutSpans(spans, width, format.glyphs.ellipsis)] : wrapSpans(spans, width),
  );
  return rows.map((spans, index) => ({
    key: `${id}:${index}`,
    segments: [...(index === 0 ? lead : [under]), ...spans],
  }));
}

/** A rule across, with words in its middle. */
function ruleRow(key: string, words: string, tone: Tone, { width, glyphs }: ChatFormat): Row {
  const label = ` ${words} `;
  const side = Math.max(0, width - widthOf(label));
  const left = Math.floor(side / 2);
  const text = glyphs.rule.repeat(left) + label + glyphs.rule.repeat(side - left);
  return { key, segments: [{ text, tone }] };
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
function continues(line: MessageLine, previous: Line | undefined): boolean {
  return (
    previous?.kind === 'message' &&
    !previous.action &&
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

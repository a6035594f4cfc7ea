/** A message's text as lines of looks: code as it was written, links, names that are called. Pure. */
import type { Segment } from './chat-rows.ts';
import { cleanLines } from './clean-text.ts';
import { findLinks } from './links.ts';
import type { Tone } from './theme.ts';

export interface TextLine {
  readonly spans: readonly Segment[];
  /** Code: cut where it does not fit, never wrapped. */
  readonly verbatim: boolean;
}

/** What counts as calling us. */
export interface Called {
  readonly self: string;
  /** Further words that do, in any case. */
  readonly words: readonly string[];
}

/** Opens or closes a block of code (CommonMark 4.5): three backticks or more, and what the code is. */
const FENCE = /^ {0,3}(`{3,})([^`]*)$/;
/** `code`, or a word that may be a name. */
const PIECES = /(?<code>`[^`]+`)|(?<word>@?[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*)/gu;

/** @param text as it was written: it is cleaned here. */
export function messageLines(text: string, called: Called, tone: Tone): readonly TextLine[] {
  const lines: TextLine[] = [];
  let fence: string | undefined;
  const all = cleanLines(text);
  for (const line of all) {
    const mark = FENCE.exec(line)?.[1];
    const closes =
      fence !== undefined && mark !== undefined && mark.length >= fence.length && line.trim() === mark;
    const opens = fence === undefined && mark !== undefined && all.length > 1;
    if (opens || closes) {
      lines.push(fenceLine(line));
      fence = opens ? mark : undefined;
    } else if (fence !== undefined || isIndented(line)) lines.push(codeLine(line));
    else lines.push({ spans: spansOf(line, called, tone), verbatim: false });
  }
  return lines;
}

function isIndented(line: string): boolean {
  return line.startsWith('    ') && line.trim() !== '';
}

function codeLine(text: string): TextLine {
  return { spans: [{ text, tone: 'code' }], verbatim: true };
}

function fenceLine(text: string): TextLine {
  return { spans: [{ text, tone: 'dim' }], verbatim: true };
}

/** One clean line: links first, since names and code are also in addresses. */
export function spansOf(line: string, called: Called, tone: Tone): readonly Segment[] {
  const spans: Segment[] = [];
  let at = 0;
  for (const { from, to, target } of findLinks(line)) {
    spans.push(...wordSpans(line.slice(at, from), called, tone));
    spans.push({ text: line.slice(from, to), tone: 'link', link: target });
    at = to;
  }
  spans.push(...wordSpans(line.slice(at), called, tone));
  return spans.length === 0 ? [{ text: '', tone }] : spans;
}

function wordSpans(text: string, called: Called, tone: Tone): readonly Segment[] {
  const spans: Segment[] = [];
  let at = 0;
  for (const { 0: piece, index, groups } of text.matchAll(PIECES)) {
    const look = groups?.code === undefined ? wordLook(piece, called) : 'code';
    if (look === undefined) continue;
    const length = look === 'mention' ? piece.replace(/[.-]+$/, '').length : piece.length;
    spans.push({ text: text.slice(at, index), tone }, { text: piece.slice(0, length), tone: look });
    at = index + length;
  }
  spans.push({ text: text.slice(at), tone });
  return spans.filter((span) => span.text !== '');
}

/** A name that is called stands out; of others only what is marked as a name. */
function wordLook(word: string, { self, words }: Called): Tone | undefined {
  const name = word
    .replace(/^@/, '')
    .replace(/[.-]+$/, '')
    .toLowerCase();
  if (name !== '' && (name === self.toLowerCase() || words.some((each) => each.toLowerCase() === name)))
    return 'mention';
  return word.startsWith('@') && name !== '' ? { name: word.slice(1) } : undefined;
}

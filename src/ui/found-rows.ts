/** What a search found, as a list to go through. Pure. */
import { placeWords } from '../session/places.ts';
import type { FoundLine, SearchState } from '../session/text-state.ts';
import type { Row } from './chat-rows.ts';
import { dateOf, timeOf } from './chat-time.ts';
import { cleanLine } from './clean-text.ts';
import { messageLines } from './message-text.ts';
import { cutSpans } from './spans.ts';
import { truncate } from './text-width.ts';
import type { Glyphs, Tone } from './theme.ts';

/** The heading and the rows around the chosen message, at most `height`. */
export function foundRows(
  search: SearchState,
  chosen: number,
  size: { readonly width: number; readonly height: number },
  glyphs: Glyphs,
): readonly Row[] {
  const { results, note } = search;
  const space = Math.max(1, size.height - 1 - (note === null ? 0 : 1));
  const at = Math.min(chosen, Math.max(0, results.length - 1));
  const first = Math.max(0, Math.min(at - Math.floor(space / 2), results.length - space));
  const line = (key: string, text: string, tone: Tone): Row => ({
    key,
    segments: [{ text: truncate(` ${cleanLine(text)}`, size.width, glyphs.ellipsis), tone }],
  });
  return [
    line('found:title', titleOf(search), 'strong'),
    ...(note === null ? [] : [line('found:note', note, 'warning')]),
    ...results
      .slice(first, first + space)
      .map((found, index) => foundRow(found, first + index === at, size.width, glyphs)),
  ];
}

function titleOf({ query, room, results, more, busy }: SearchState): string {
  const count = `${results.length}${more ? '+' : ''} ${results.length === 1 ? 'message' : 'messages'}`;
  const where = room === null ? '' : ` in ${placeWords(room)}`;
  return `"${query}"${where}: ${busy && results.length === 0 ? 'searching' : count}${busy ? ' ...' : ''}; Enter goes there, Esc closes`;
}

function foundRow(found: FoundLine, chosen: boolean, width: number, glyphs: Glyphs): Row {
  const name = cleanLine(found.from);
  const said = messageLines(found.text, { self: '', words: [] }, 'plain')
    .map(({ spans }) => spans.map(({ text }) => text).join(''))
    .join(' ');
  const spans = [
    { text: `${chosen ? glyphs.current : ' '} `, tone: 'accent' as const },
    { text: `${dateOf(found.at)} ${timeOf(found.at)} `, tone: 'dim' as const },
    { text: `${cleanLine(placeWords(found.room))} `, tone: 'dim' as const },
    { text: `${name}: `, tone: { name } },
    { text: said, tone: 'plain' as const },
  ];
  const cut = cutSpans(spans, width, glyphs.ellipsis);
  return {
    key: `found:${found.room}:${found.seq}`,
    segments: chosen ? cut.map((span) => ({ ...span, tone: 'selected' as const })) : cut,
  };
}

/** Text with looks, wrapped and cut by cells. Pure. */
import type { Segment } from './chat-rows.ts';
import { truncate, widthOf, wrapRanges } from './text-width.ts';

/** Breaks as text-width.ts's wrap does; each row keeps the looks of its parts. At least one row. */
export function wrapSpans(spans: readonly Segment[], width: number): readonly (readonly Segment[])[] {
  const text = spans.map((span) => span.text).join('');
  return wrapRanges(text, width).map(([from, to]) => sliceSpans(spans, from, to));
}

/** One row of at most `width` cells; a cut shows as the ellipsis. */
export function cutSpans(spans: readonly Segment[], width: number, ellipsis: string): readonly Segment[] {
  const kept: Segment[] = [];
  let room = width;
  for (const [index, span] of spans.entries()) {
    const more = index < spans.length - 1;
    const cells = widthOf(span.text);
    if (cells < room || (cells === room && !more)) {
      kept.push(span);
      room -= cells;
      continue;
    }
    // Something always follows the cut here, so that it shows.
    kept.push({ ...span, text: truncate(more ? `${span.text} ` : span.text, room, ellipsis) });
    return kept;
  }
  return kept;
}

/** The part from one offset of the whole text to another. */
function sliceSpans(spans: readonly Segment[], from: number, to: number): readonly Segment[] {
  const kept: Segment[] = [];
  let at = 0;
  for (const span of spans) {
    const text = span.text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (text !== '') kept.push({ ...span, text });
    at += span.text.length;
    if (at >= to) break;
  }
  return kept;
}

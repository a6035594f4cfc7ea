/** What the user should read at once, as rows above the input line. Pure. */
import type { State } from '../session/state.ts';
import type { Row } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { asSentence } from './sentence.ts';
import { alertsOf } from './status.ts';
import { wrap } from './text-width.ts';
import type { Glyphs } from './theme.ts';

/** Cells before the text: the mark, or nothing on further rows of one sentence. */
const INDENT = 3;

/** One sentence after the other, each wrapped whole: what to do stands at its end. `flash` comes first. */
export function alertRows(
  state: State,
  flash: string | null,
  width: number,
  { warning }: Pick<Glyphs, 'warning'>,
): readonly Row[] {
  const texts = [...(flash === null ? [] : [cleanLine(flash)]), ...alertsOf(state)];
  return texts.flatMap((text, at) =>
    wrap(asSentence(text), Math.max(8, width - INDENT - 1)).map((part, index): Row => {
      const mark = index === 0 ? ` ${warning} ` : ' '.repeat(INDENT);
      return { key: `${at}:${index}`, segments: [{ text: mark + part, tone: 'warning' }] };
    }),
  );
}

/** How many rows there are, whatever marks them. */
export function countAlertRows(state: State, flash: string | null, width: number): number {
  return alertRows(state, flash, width, { warning: '!' }).length;
}

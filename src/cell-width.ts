/**
 * string-width where most text needs no look at its characters; in the built program Ink measures with this too. Measuring was a
 * quarter of a frame, and the tables of string-width a tenth of a start: it is loaded for the first text that needs it.
 */
import { createRequire } from 'node:module';
import type stringWidth from 'string-width';
import { remembered } from './remembered.ts';

const ESCAPE = '\u001b';
/** Colours and weights. */
const SGR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');

/**
 * Characters of one cell that join with nothing, with which all but a few texts and every rule, bar and sign of ours is
 * written: ASCII, Latin, punctuation, box drawing, blocks, and shapes that are no emoji.
 */
const PLAIN =
  /^[\x20-\x7e\u00a1-\u00a8\u00aa-\u00ac\u00af-\u02ff\u2010-\u2027\u2030-\u203b\u2190-\u2193\u2500-\u259f\u25a0-\u25a9\u25b2-\u25b5\u25b8-\u25bf\u25c2-\u25fa\u2713\u2715\u2717\u2800-\u28ff]*$/;

/** Texts whose width is remembered: those of one screen that are not plain. */
const MAX_TEXTS = 1000;

let exact: typeof stringWidth | undefined;

function exactly(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (!exact) {
    const loaded: { readonly default: typeof stringWidth } = createRequire(import.meta.url)('string-width');
    exact = loaded.default;
  }
  return exact(text, options);
}

const known = remembered((text) => exactly(text), MAX_TEXTS);

/** Width in terminal cells, as string-width has it; escape sequences take none. */
export default function cellWidth(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (options !== undefined) return exactly(text, options);
  const bare = text.includes(ESCAPE) ? text.replace(SGR, '') : text;
  return PLAIN.test(bare) ? bare.length : known(text);
}

/** What vi's one-key commands do to the line. Pure. */
import { changed, type Editor } from './editing.ts';
import { applyEdit, type EditLine, insert, rowEnd } from './line-editor.ts';
import { graphemes } from './text-width.ts';

/** p and P: what was cut last, behind or before the cursor. Undefined if nothing was. */
export function putBack(editor: Editor, key: string, count: number): Editor | undefined {
  const text = (editor.kills[0] ?? '').repeat(count);
  if (text === '') return undefined;
  const { line } = editor;
  const behind = key === 'p' && line.cursor < rowEnd(line);
  const filled = insert(behind ? applyEdit(line, 'right') : line, text);
  return changed(editor, applyEdit(filled, 'left'));
}

/** r: the characters under the cursor become another. Undefined if there are not so many. */
export function replaced(editor: Editor, character: string, count: number): Editor | undefined {
  const old = under(editor.line, count);
  if (old.length < count) return undefined;
  const line = overwritten(editor.line, old, character.repeat(count));
  return changed(editor, { ...line, cursor: line.cursor + character.length * (count - 1) });
}

/** ~: small letters become capitals and the other way round; the cursor goes behind them. */
export function caseSwapped(editor: Editor, count: number): Editor {
  const old = under(editor.line, count);
  const fresh = old
    .map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase()))
    .join('');
  const line = overwritten(editor.line, old, fresh);
  return changed(editor, { ...line, cursor: line.cursor + fresh.length });
}

/** The characters under and after the cursor, as many as the count, within the row. */
function under(line: EditLine, count: number): readonly string[] {
  const row = line.text.slice(line.cursor, rowEnd(line));
  return graphemes(row)
    .slice(0, count)
    .map(({ text }) => text);
}

function overwritten({ text, cursor }: EditLine, old: readonly string[], fresh: string): EditLine {
  return { text: text.slice(0, cursor) + fresh + text.slice(cursor + old.join('').length), cursor };
}

/** Ink's look for escape sequences that would break its layout, done once for each text. */
import sanitizeAnsi from '../../../node_modules/ink/build/sanitize-ansi.js';

const MAX_TEXTS = 2000;
const known = new Map<string, string>();

export default function sanitizeOnce(text: string): string {
  const before = known.get(text);
  if (before !== undefined) return before;
  const clean = sanitizeAnsi(text);
  if (known.size >= MAX_TEXTS) known.clear();
  known.set(text, clean);
  return clean;
}

/** An error's text as a sentence of its own. Pure. */

/** Errors are written to stand behind "voipterm: "; here they stand alone. A name at the begin keeps its letters. */
export function asSentence(text: string): string {
  return /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

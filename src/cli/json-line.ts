/** What programs read. Pure. */
import { unicodeEscape } from './escape.ts';

/**
 * JSON on one line in which nothing reaches a terminal raw: JSON leaves DEL, C1 controls and direction marks as they
 * are, and an escape inside a string means the same to every reader.
 */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    unicodeEscape,
  );
}

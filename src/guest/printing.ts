/** Lines for a guest, one at a time: who prints waits for who reads, so that nothing piles up. */
import type { Message } from '../net/control/schema.ts';
import { lineOf } from '../session/message-lines.ts';
import { cleanLine } from '../ui/clean-text.ts';
import type { GuestOutput } from './streams.ts';

/** Writes one line; resolves when the reader can take more. */
export function printLine(output: GuestOutput, line: string): Promise<void> {
  return new Promise((resolve) => {
    output.write(`${line}\n`, () => resolve());
  });
}

/** A message as `voipterm tail` prints it. */
export function messageText(message: Message, json: boolean): string {
  const { room, seq, id, from, at, type } = message;
  const { text } = lineOf(message);
  if (json) return escaped(JSON.stringify({ room, seq, id, from, at, type, text }));
  return `${timeOf(at)} <${cleanLine(from)}> ${cleanLine(text)}`;
}

/** JSON leaves DEL, C1 controls and direction marks as they are; an escape inside a string means the same. */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** "2026-11-21 17:53:05", in the station's local time. */
function timeOf(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** Messages and what becomes of them as `voipterm tail` prints them: a line each, for people or as JSON. Pure. */
import type { Message } from '../net/control/schema.ts';
import { lineOf } from '../session/message-lines.ts';
import { cleanLine } from '../ui/clean-text.ts';
import { toJsonLine } from './json-line.ts';

/** A message that was said. One that is deleted by now has no text. */
export function messageText(message: Message, json: boolean): string {
  if (json) return toJsonLine(fieldsOf(message));
  const { from, at, deleted } = message;
  const { text, action } = lineOf(message);
  const who = cleanLine(from);
  if (deleted) return `${timeOf(at)} <${who}> (deleted)`;
  return action ? `${timeOf(at)} * ${who} ${cleanLine(text)}` : `${timeOf(at)} <${who}> ${cleanLine(text)}`;
}

/** A message that was printed before and is another now. */
export function changeText(message: Message, json: boolean): string {
  const change = message.deleted ? 'deleted' : 'edited';
  if (json) return toJsonLine({ change, ...fieldsOf(message) });
  const { from, seq, at, edited } = message;
  const what = message.deleted ? '' : `: ${cleanLine(lineOf(message).text)}`;
  return `${timeOf(edited ?? at)} ${cleanLine(from)} ${change} message ${seq}${what}`;
}

function fieldsOf(message: Message) {
  const { room, seq, id, from, at, type, replyTo, edited, deleted } = message;
  const { text } = lineOf(message);
  return {
    ...{ room, seq, id, from, at, type, text },
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(edited === undefined ? {} : { edited }),
    ...(deleted ? { deleted } : {}),
  };
}

/** Local time, "2026-11-21 18:04:05". */
function timeOf(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** From a message, as the station or the store has it, to a line. Pure. */
import { ME_TYPE, type Message, TEXT_TYPE } from '../net/control/schema.ts';
import type { ClientMessage } from '../store/client.ts';
import type { MessageLine } from './lines.ts';

const decoder = new TextDecoder();

/** The text of a message body; a body type that we cannot show says so. */
export function textOf(type: string, body: Uint8Array): string {
  return type.startsWith('text/') ? decoder.decode(body) : `[${type}, ${body.length} bytes]`;
}

/** The body's type of what somebody says, or does (/me). */
export function typeOf(action: boolean | undefined): string {
  return action ? ME_TYPE : TEXT_TYPE;
}

/** A message of the station as the store takes it. */
export function keptOf(message: Message): ClientMessage {
  return { ...message, body: Buffer.from(message.body, 'base64'), key: message.key ?? null };
}

export function lineOf(message: Message): MessageLine {
  return storedLine(keptOf(message));
}

export function storedLine(message: ClientMessage): MessageLine {
  const { id, seq, from, at, type, body, key, replyTo, edited, deleted, revision } = message;
  return {
    kind: 'message',
    id,
    seq,
    from,
    at,
    text: deleted ? '' : textOf(type, body),
    state: 'sent',
    ...(key === null ? {} : { key }),
    ...(type === ME_TYPE && !deleted ? { action: true as const } : {}),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(edited === undefined ? {} : { edited }),
    ...(deleted ? { deleted } : {}),
    ...(revision === undefined ? {} : { revision }),
  };
}

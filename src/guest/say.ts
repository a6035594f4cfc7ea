/** `ssh host say`: one message, or each line of the input; done when the station has them on disk. */
import { randomUUID } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import { INVALID_LINE, LineDecoder } from '../net/control/lines.ts';
import { MAX_BODY_BYTES, TEXT_TYPE } from '../net/control/schema.ts';
import type { GuestCommand } from './command-line.ts';
import type { Guest } from './guest.ts';
import { enterPlace } from './places.ts';

type Say = Extract<GuestCommand, { run: 'say' }>;

/** Wait before trying on when the station says that it was too much at once, ms. */
const TOO_FAST_MS = 1000;

export async function say(guest: Guest, { room, text }: Say): Promise<number> {
  await enterPlace(guest.link, room);
  if (text !== null) await post(guest, room, text);
  else for await (const line of linesOf(guest)) if (line.trim() !== '') await post(guest, room, line);
  return 0;
}

/** Each line of the input, the last one also without its newline. Throws 'control.limit' for one that is too long. */
async function* linesOf({ input, leaving }: Guest): AsyncGenerator<string> {
  const decoder = new LineDecoder(MAX_BODY_BYTES + 1);
  for await (const chunk of input) {
    const { lines, overflow } = decoder.push(chunk as Uint8Array);
    yield* lines.map(withoutReturn);
    if (overflow) throw tooLong();
    if (leaving.aborted) throw new VoiptermError('control.unreachable', String(leaving.reason));
  }
  yield* decoder.push(Buffer.from('\n')).lines.map(withoutReturn);
}

function withoutReturn(line: string): string {
  if (line === INVALID_LINE)
    throw new VoiptermError('usage.invalid', 'A line of the input is not UTF-8 and was not sent.');
  return line.replace(/\r$/, '');
}

/** Resolves when the station has it. A station that says "too much at once" is asked again. */
async function post({ link, leaving }: Guest, room: string, text: string): Promise<void> {
  const body = Buffer.from(text, 'utf8');
  if (body.length > MAX_BODY_BYTES) throw tooLong();
  const ask = { room, id: randomUUID(), type: TEXT_TYPE, body: body.toString('base64') };
  for (;;) {
    try {
      await link.call('room.post', ask);
      return;
    } catch (error) {
      const tooFast = error instanceof VoiptermError && error.code === 'control.limit' && !leaving.aborted;
      if (!tooFast) throw error;
      await new Promise((resolve) => setTimeout(resolve, TOO_FAST_MS));
    }
  }
}

function tooLong(): VoiptermError {
  return new VoiptermError(
    'control.limit',
    `A message has at most ${MAX_BODY_BYTES} bytes: send it in parts.`,
  );
}

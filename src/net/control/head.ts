/** Reads the first bytes that the far end of a stream says, and puts back what belongs to whoever comes next. */
import type { Duplex } from 'node:stream';
import { VoiptermError } from '../../errors.ts';
import { closed, reasonOf, STEP_TIMEOUT_MS } from './tcp.ts';

/** What `take` made of the bytes so far: undefined for "more", else how many it used up. */
export type Take<T> = (bytes: Buffer) => { readonly used: number; readonly value: T } | undefined;

/** Longer than any head of a proxy or an SSH server; more is something else. */
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * Reads until `take` is content. The stream is paused then; whoever takes it over resumes it, as the SSH library does.
 * @throws VoiptermError 'control.unreachable' that names `where` when the end, silence or too much comes instead, what
 *   `take` throws, and 'tunnel.closed' once `signal` is aborted. The stream is destroyed then.
 */
export function readHead<T>(stream: Duplex, take: Take<T>, where: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        stream.on('error', () => undefined);
        stream.destroy();
        reject(error);
      });
    const unreachable = (why: string): void =>
      fail(new VoiptermError('control.unreachable', `${where} ${why}`));
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        const taken = take(bytes);
        if (taken) settle(() => handOver(taken.value, bytes.subarray(taken.used)));
        else if (bytes.length > MAX_HEAD_BYTES) unreachable('answers something else than was expected');
      } catch (error) {
        fail(error);
      }
    };
    const handOver = (value: T, rest: Buffer): void => {
      stream.pause();
      if (rest.length > 0) stream.unshift(rest);
      resolve(value);
    };
    const onEnd = (): void => unreachable('closed the connection before it said anything of use');
    const onError = (error: Error): void => unreachable(`cannot be used: ${reasonOf(error)}`);
    const onAbort = (): void => fail(closed());
    const timer = setTimeout(() => unreachable('takes the connection and says nothing'), STEP_TIMEOUT_MS);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
    stream.resume();
  });
}

/** Waits until an SSH server greets (RFC 4253, 4.2); its greeting stays in the stream. */
export async function readGreeting(stream: Duplex, where: string, signal: AbortSignal): Promise<void> {
  const isSsh = await readHead(stream, (bytes) => greeting(bytes), where, signal);
  if (isSsh) return;
  stream.destroy();
  throw new VoiptermError('control.unreachable', `${where} answers, but not as a station: it speaks no SSH`);
}

const GREETING = 'SSH-';

function greeting(bytes: Buffer): { used: number; value: boolean } | undefined {
  const start = bytes.toString('latin1', 0, GREETING.length);
  if (start.length < GREETING.length && GREETING.startsWith(start)) return undefined;
  return { used: 0, value: start === GREETING };
}

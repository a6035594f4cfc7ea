/**
 * The typed door between two threads: requests with answers one way, events the other way.
 *
 * A vocabulary (net/tunnel/messages.ts, audio/messages.ts) is plain data, since classes do not survive a
 * structured clone. Errors cross as {code, message}. When the far thread goes, every pending request is
 * rejected and new ones fail at once.
 */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { fromWireError, toWireError, VoiptermError, type WireError } from './errors.ts';

/** Method name to what is asked and what is answered. */
export type RequestMap = { readonly [method: string]: { ask: unknown; answer: unknown } };

type ToServer = { readonly id: number; readonly method: string; readonly ask: unknown };
type FromServer =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'event'; readonly event: unknown };

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The asking end. Requests that wait for an answer are bounded only by the caller, who awaits them. */
export class PortClient<R extends RequestMap, E> {
  #port: Worker | MessagePort;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #gone: VoiptermError | undefined;

  constructor(port: Worker | MessagePort, onEvent: (event: E) => void) {
    this.#port = port;
    port.on('message', (message: FromServer) => {
      if (message.kind === 'event') onEvent(message.event as E);
      else this.#settle(message);
    });
  }

  /** Asks; rejects with the VoiptermError that the handler threw, or with the reason given to `fail`. */
  request<M extends keyof R & string>(
    method: M,
    ask: R[M]['ask'],
    transfer: Transferable[] = [],
  ): Promise<R[M]['answer']> {
    if (this.#gone) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve: (answer) => resolve(answer as R[M]['answer']), reject });
      const message: ToServer = { id, method, ask };
      this.#port.postMessage(message, transfer);
    });
  }

  /** Rejects everything pending and everything to come: the far thread is gone. The first reason stays. */
  fail(reason: VoiptermError): void {
    this.#gone ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
  }

  #settle(message: Exclude<FromServer, { kind: 'event' }>): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'answer') pending?.resolve(message.answer);
    else pending?.reject(fromWireError(message.error));
  }
}

/** One handler for each method; a handler that throws answers with its error. */
export type Handlers<R extends RequestMap> = {
  [M in keyof R]: (ask: R[M]['ask']) => R[M]['answer'] | Promise<R[M]['answer']>;
};

/** The answering end. Returns the function that sends events. */
export function servePort<R extends RequestMap, E>(
  port: MessagePort,
  handlers: Handlers<R>,
): (event: E) => void {
  const post = (message: FromServer): void => port.postMessage(message);
  port.on('message', async ({ id, method, ask }: ToServer) => {
    try {
      const handler = handlers[method];
      if (!handler) throw new VoiptermError('internal', `unknown request "${method}"`);
      post({ kind: 'answer', id, answer: await handler(ask) });
    } catch (error) {
      post({ kind: 'error', id, error: toWireError(error) });
    }
  });
  return (event) => post({ kind: 'event', event });
}

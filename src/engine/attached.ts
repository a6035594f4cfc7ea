/** A session that runs in another process, for a screen that attached to it: its state is kept here, patch by patch. */
import { connect, type Socket } from 'node:net';
import { JSONRPCClient, JSONRPCErrorException } from 'json-rpc-2.0';
import { z } from 'zod';
import { errnoOf, sentenceOf, VoiptermError } from '../errors.ts';
import { LineDecoder } from '../net/control/lines.ts';
import { answerEnvelope, fromErrorObject, parseJson } from '../net/control/rpc-wire.ts';
import type { Command } from '../session/commands.ts';
import type { SessionHandle } from '../session/handle.ts';
import type { Levels, State } from '../session/state.ts';
import { type Op, patch } from './patch.ts';
import { type About, ENGINE_VERSIONS, MAX_TOLD_BYTES, type Watched } from './protocol.ts';

/** How long a client may take to answer, ms: what it was asked may go to its station. */
const ANSWER_MS = 20_000;
const SILENCE: Levels = { mic: 127, speaker: 127 };

/** The other end is a program of the same user and the same version: only the outline is checked. */
const told = z.object({
  jsonrpc: z.literal('2.0'),
  method: z.string(),
  params: z.record(z.string(), z.unknown()),
});
const aboutSchema = z.object({
  version: z.number(),
  pid: z.number(),
  startedAt: z.number(),
  target: z.string(),
  background: z.boolean(),
});

export class AttachedSession implements SessionHandle {
  /** Once, when the other process is gone or makes no sense any more. */
  onGone: (why: VoiptermError) => void = () => undefined;
  readonly levels: SessionHandle['levels'];
  readonly #socket: Socket;
  readonly #rpc: JSONRPCClient;
  readonly #decoder = new LineDecoder(MAX_TOLD_BYTES);
  readonly #listeners = new Set<() => void>();
  readonly #levelListeners = new Set<() => void>();
  #about: About | undefined;
  #state: State | undefined;
  #levels = SILENCE;
  #gone: VoiptermError | undefined;

  /** Attaches to the client that listens there. Rejects with 'client.none', or with 'control.version' if it is of another version. */
  static async to(path: string): Promise<AttachedSession> {
    const attached = new AttachedSession(await connected(path));
    try {
      attached.#about = aboutSchema.parse(await attached.#ask('hello', { versions: ENGINE_VERSIONS }));
      const watched = (await attached.#ask('watch', { topics: ['state', 'levels'] })) as Watched;
      attached.#state = watched.state;
      if (!attached.#state) throw new VoiptermError('control.protocol', 'it did not tell its state');
      return attached;
    } catch (error) {
      attached.close();
      throw error;
    }
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#rpc = new JSONRPCClient((request) => {
      socket.write(`${JSON.stringify(request)}\n`);
    });
    this.levels = {
      get: () => this.#levels,
      subscribe: (listener) => {
        this.#levelListeners.add(listener);
        return () => this.#levelListeners.delete(listener);
      },
    };
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () =>
      this.#fail(new VoiptermError('client.none', 'the voipterm in the background has ended')),
    );
  }

  get about(): About {
    if (!this.#about) throw new Error('not greeted yet');
    return this.#about;
  }

  get state(): State {
    if (!this.#state) throw new Error('no state yet');
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A failure shows in the other's state, as one of its own does. */
  do(command: Command): void {
    this.act(command).catch((error: unknown) => {
      const text = sentenceOf(error);
      if (command.do !== 'notice') this.do({ do: 'notice', text });
    });
  }

  /** Rejects with what went wrong. */
  async act(command: Command): Promise<void> {
    await this.#ask('do', { command });
  }

  /** Ends the other process. */
  async end(): Promise<void> {
    await this.#ask('end', {});
  }

  /** Leaves it alone. */
  close(): void {
    this.#gone ??= new VoiptermError('client.none', 'detached');
    this.#socket.destroy();
  }

  async #ask(method: string, params: object): Promise<unknown> {
    if (this.#gone) throw this.#gone;
    try {
      return await this.#rpc.timeout(ANSWER_MS).request(method, params);
    } catch (error) {
      throw this.#gone ?? (error instanceof JSONRPCErrorException ? fromErrorObject(error) : error);
    }
  }

  #take(bytes: Buffer): void {
    const { lines, overflow } = this.#decoder.push(bytes);
    for (const line of lines) this.#line(line);
    if (overflow) this.#nonsense();
  }

  #line(line: string): void {
    const value = parseJson(line);
    const answer = answerEnvelope.safeParse(value);
    if (answer.success) return this.#rpc.receive(value as Parameters<JSONRPCClient['receive']>[0]);
    const heard = told.safeParse(value);
    if (!heard.success) return this.#nonsense();
    const { method, params } = heard.data;
    if (method === 'state.changed') this.#changed(params.ops as Op[]);
    else if (method === 'levels') {
      this.#levels = params as unknown as Levels;
      for (const listener of this.#levelListeners) listener();
    }
  }

  #changed(ops: readonly Op[]): void {
    try {
      this.#state = patch(this.#state, ops) as State;
    } catch {
      return this.#nonsense();
    }
    for (const listener of this.#listeners) listener();
  }

  #nonsense(): void {
    this.#fail(
      new VoiptermError('control.protocol', 'the voipterm in the background said what makes no sense'),
    );
    this.#socket.destroy();
  }

  #fail(why: VoiptermError): void {
    if (this.#gone) return;
    this.#gone = why;
    this.#rpc.rejectAllPendingRequests(why.message);
    this.onGone(why);
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => {
      const why = errnoOf(error) ?? 'it does not listen';
      reject(new VoiptermError('client.none', `no voipterm answers at ${path} (${why})`));
    });
  });
}

/**
 * One program on a client's local socket: answers what it asks, and tells it what changes.
 *
 * Changes are gathered and told at most so often; to somebody who does not read they are told when there is room again, as
 * one change from what was told last. So nothing grows, and nobody sees a state that never was.
 */
import { JSONRPCServer } from 'json-rpc-2.0';
import { VoiptermError } from '../errors.ts';
import { parseJson, requestEnvelope, sentenceOf, toErrorObject } from '../net/control/rpc-wire.ts';
import type { Command } from '../session/commands.ts';
import type { SessionHandle } from '../session/handle.ts';
import type { Event } from '../session/reduce.ts';
import type { State } from '../session/state.ts';
import { diff } from './patch.ts';
import {
  type About,
  type AskName,
  asks,
  ENGINE_VERSIONS,
  MAX_ASKED,
  type Told,
  type Topic,
  type Watched,
} from './protocol.ts';

/** Between two tellings of changes, ms: as often as a screen is drawn. */
const TELL_MS = 33;
/** Beyond this many bytes that were not read nothing more is told until they are. */
export const MAX_UNREAD_BYTES = 1024 * 1024;
/** Messages that wait for somebody who does not read; then the oldest go. */
const MAX_MESSAGES = 1000;
/** Lines in a row that make no sense until the other end is taken for something else. */
const MAX_BAD_LINES = 8;

/** The client behind the socket. */
export interface Served {
  readonly session: SessionHandle & {
    /** Carries a command out; rejects with what went wrong. */
    act(command: Command): Promise<void>;
    /** Calls the listener with each event as it is applied; returns the function that stops it. */
    observe(listener: (event: Event) => void): () => void;
  };
  readonly about: Pick<About, 'pid' | 'startedAt' | 'background'>;
  /** Ends a client that runs in the background. */
  readonly end?: (() => void) | undefined;
}

export interface LinkOptions {
  readonly served: Served;
  /** Sends a line, without its newline. */
  readonly send: (line: string) => void;
  /** Bytes that were sent and not read. */
  readonly unread: () => number;
  /** The other end does not speak this: it is to be cut off. */
  readonly onNonsense: () => void;
}

export class EngineLink {
  readonly #options: LinkOptions;
  readonly #rpc = new JSONRPCServer({ errorListener: () => undefined });
  readonly #stops: (() => void)[] = [];
  readonly #topics = new Set<Topic>();
  #greeted = false;
  #told: State | undefined;
  #levelsChanged = false;
  #messages: Told['message'][] = [];
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #badLines = 0;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#rpc.mapErrorToJSONRPCErrorResponse = (id, error) => ({
      jsonrpc: '2.0',
      id,
      error: toErrorObject(error),
    });
    this.#add('hello', ({ versions }) => this.#hello(versions));
    this.#add('state', () => options.served.session.state);
    this.#add('watch', ({ topics }) => this.#watch(topics));
    this.#add('do', async ({ command }) => {
      await options.served.session.act(command);
      return {};
    });
    this.#add('end', () => this.#end());
  }

  /** Takes a line, without its newline. */
  receive(line: string): void {
    const request = requestEnvelope.safeParse(parseJson(line));
    if (!request.success) return this.#bad();
    this.#badLines = 0;
    const { id, method, params } = request.data;
    if (id === undefined) return; // there is nothing that one would tell us
    if (this.#asked >= MAX_ASKED) {
      const error = toErrorObject(
        new VoiptermError('control.limit', `more than ${MAX_ASKED} requests wait for an answer`),
      );
      return this.#say({ id, error });
    }
    this.#asked++;
    void this.#rpc.receive({ jsonrpc: '2.0', id, method, params }).then((answer) => {
      this.#asked--;
      if (answer) this.#say(answer);
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const stop of this.#stops.splice(0)) stop();
  }

  #add<N extends AskName>(name: N, answer: (ask: ReturnType<(typeof asks)[N]['parse']>) => unknown): void {
    this.#rpc.addMethod(name, (params: unknown) => {
      if (name !== 'hello' && !this.#greeted)
        throw new VoiptermError('control.version', 'Say hello first, with the versions that you speak.');
      const ask = asks[name].safeParse(params ?? {});
      if (!ask.success) throw new VoiptermError('control.invalid-params', sentenceOf(ask.error));
      return answer(ask.data as ReturnType<(typeof asks)[N]['parse']>);
    });
  }

  #hello(versions: readonly number[]): About {
    const version = ENGINE_VERSIONS.find((own) => versions.includes(own));
    if (version === undefined)
      throw new VoiptermError(
        'control.version',
        `This client speaks version ${ENGINE_VERSIONS.join(', ')} and not ${versions.join(', ')}: use the same version of voipterm for both.`,
      );
    this.#greeted = true;
    const { about, session } = this.#options.served;
    return { version, ...about, target: session.state.target };
  }

  #watch(topics: readonly Topic[]): Watched {
    const { session } = this.#options.served;
    for (const topic of topics) {
      if (this.#topics.has(topic)) continue;
      this.#topics.add(topic);
      if (topic === 'state') this.#stops.push(session.subscribe(() => this.#arm()));
      if (topic === 'levels') {
        const changed = (): void => {
          this.#levelsChanged = true;
          this.#arm();
        };
        this.#stops.push(session.levels.subscribe(changed));
      }
      if (topic === 'messages') this.#stops.push(session.observe((event) => this.#observed(event)));
    }
    if (!topics.includes('state')) return {};
    this.#told = session.state;
    return { state: this.#told };
  }

  #observed(event: Event): void {
    if (event.kind !== 'messages' || !event.live) return;
    for (const message of event.messages) this.#messages.push({ room: event.room, message });
    this.#messages.splice(0, this.#messages.length - MAX_MESSAGES);
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, TELL_MS);
  }

  #tell(): void {
    if (this.#options.unread() > MAX_UNREAD_BYTES) return this.#arm();
    const { session } = this.#options.served;
    for (const message of this.#messages.splice(0)) this.#notify('message', message);
    if (this.#told && this.#told !== session.state) {
      const ops = diff(this.#told, session.state);
      this.#told = session.state;
      if (ops.length > 0) this.#notify('state.changed', { ops });
    }
    if (this.#levelsChanged) this.#notify('levels', session.levels.get());
    this.#levelsChanged = false;
  }

  #end(): Record<string, never> {
    const { end } = this.#options.served;
    if (!end)
      throw new VoiptermError(
        'usage.invalid',
        'this voipterm has a screen of its own: whoever sits there leaves it with Ctrl+C',
      );
    // Answered first.
    setImmediate(end);
    return {};
  }

  #bad(): void {
    this.#badLines++;
    const error = toErrorObject(
      new VoiptermError('control.protocol', 'a line must be one JSON-RPC 2.0 request'),
    );
    this.#say({ id: null, error });
    if (this.#badLines >= MAX_BAD_LINES) this.#options.onNonsense();
  }

  #notify<N extends keyof Told>(method: N, params: Told[N]): void {
    this.#say({ method, params });
  }

  #say(message: object): void {
    if (!this.#closed) this.#options.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }
}

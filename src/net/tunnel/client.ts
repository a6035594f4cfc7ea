/** The main thread's handle on the tunnel worker. */
import type { MessagePort } from 'node:worker_threads';
import type { VoiptermError } from '../../errors.ts';
import { entryFile } from '../../program-files.ts';
import { startWorkerThread, type WorkerThread } from '../../worker-thread.ts';
import type { Answer, Ask, ClientNotification, Method } from '../control/schema.ts';
import type { ForwardAsk, ForwardView } from '../forward/state.ts';
import type { Call, ConnectOptions, TunnelEvent, TunnelRequests } from './messages.ts';

/** What the thread tells of. */
interface Handlers {
  onEvent(event: TunnelEvent): void;
  /** The thread ended without being asked to. */
  onDied(error: VoiptermError): void;
}

interface Loading {
  readonly thread: Promise<WorkerThread<TunnelRequests, TunnelEvent>>;
  /** Whose the thread becomes. Before it is asked for anything it tells of nothing. */
  readonly handlers: Handlers;
}

let ahead: Loading | undefined;

function load(): Loading {
  const handlers: Handlers = { onEvent: () => undefined, onDied: () => undefined };
  const thread = startWorkerThread<TunnelRequests, TunnelEvent>({
    file: entryFile('tunnel-worker'),
    name: 'tunnel',
    diedCode: 'tunnel.died',
    onEvent: (event) => handlers.onEvent(event),
    onDied: (error) => handlers.onDied(error),
  });
  thread.catch(() => undefined); // said to whoever starts the client
  return { thread, handlers };
}

export class TunnelClient {
  readonly #thread: WorkerThread<TunnelRequests, TunnelEvent>;

  private constructor(thread: WorkerThread<TunnelRequests, TunnelEvent>) {
    this.#thread = thread;
  }

  /** Starts the worker. Rejects with 'tunnel.died' if it does not come up. */
  static async start({ onEvent, onDied }: Readonly<Handlers>): Promise<TunnelClient> {
    const { thread, handlers } = ahead ?? load();
    ahead = undefined;
    Object.assign(handlers, { onEvent, onDied });
    return new TunnelClient(await thread);
  }

  /** Lets the worker of the next client load beside what else the program has to load. */
  static loadAhead(): void {
    ahead ??= load();
  }

  /** Connects and stays connected; progress comes as 'phase' events. */
  connect(options: ConnectOptions): Promise<undefined> {
    return this.#thread.port.request('connect', options);
  }

  /** One control request; rejects with 'control.unreachable' while offline. */
  async call<M extends Method>(method: M, ask: Ask<M>): Promise<Answer<M>> {
    const answer = await this.#thread.port.request('call', { method, ask } as Call);
    return answer as Answer<M>;
  }

  notify(notification: ClientNotification): Promise<undefined> {
    return this.#thread.port.request('notify', notification);
  }

  /** Gives the tunnel its end of the channel to the audio worker. */
  attachVoice(port: MessagePort): Promise<undefined> {
    return this.#thread.port.request('voicePort', { port }, [port]);
  }

  /** A shell on the station's host; ShellWord and ShellNews go over the port. Rejects with the station's refusal. */
  openShell(columns: number, rows: number, port: MessagePort): Promise<undefined> {
    return this.#thread.port.request('shellOpen', { columns, rows, port }, [port]);
  }

  /** Adds a forward; its state comes as 'forward' events. Rejects with 'forward.in-use' or 'control.limit'. */
  addForward(ask: ForwardAsk): Promise<ForwardView> {
    return this.#thread.port.request('forwardAdd', ask);
  }

  /** False if there is none with that id. */
  removeForward(id: number): Promise<boolean> {
    return this.#thread.port.request('forwardRemove', { id });
  }

  /** All forwards with their counters. */
  forwards(): Promise<readonly ForwardView[]> {
    return this.#thread.port.request('forwardList', undefined);
  }

  disconnect(): Promise<undefined> {
    return this.#thread.port.request('disconnect', undefined);
  }

  /** Says goodbye to the station and ends the thread. */
  async close(): Promise<void> {
    await this.disconnect().catch(() => undefined);
    await this.#thread.close();
  }
}

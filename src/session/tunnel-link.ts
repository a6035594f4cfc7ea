/** The link of a client: the tunnel's thread, which is asked to connect anew with new options where there are any. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { sentenceOf } from '../errors.ts';
import { TunnelClient } from '../net/tunnel/client.ts';
import type { ConnectOptions, TunnelEvent } from '../net/tunnel/messages.ts';
import type { LinkEvents, SessionLink, StartLink } from './link.ts';
import { RttReport } from './rtt-report.ts';
import type { EmulatorSize } from './shell-emulator.ts';
import type { Program, ProgramEvents } from './shell-program.ts';
import { programAt } from './shell-station.ts';

/**
 * A link over SSH and datagrams.
 * @param reconnect asked for new options each time the link broke (an embedded station may come back on another port).
 * @param renewed asked for the options as the settings have them by then, when the user wants to connect anew.
 */
export function tunnelLink(
  connect: ConnectOptions,
  reconnect?: () => Promise<ConnectOptions>,
  renewed?: () => Promise<ConnectOptions>,
): StartLink {
  return (events) => TunnelLink.start(connect, { reconnect, renewed }, events);
}

interface LaterOptions {
  readonly reconnect: (() => Promise<ConnectOptions>) | undefined;
  readonly renewed: (() => Promise<ConnectOptions>) | undefined;
}

class TunnelLink implements SessionLink {
  readonly #options: ConnectOptions;
  readonly #reconnect: (() => Promise<ConnectOptions>) | undefined;
  readonly renew: SessionLink['renew'];
  readonly #events: LinkEvents;
  readonly #rtt = new RttReport();
  #tunnel!: TunnelClient;
  /** Grows with each phase: new options for an older one are dropped. */
  #phases = 0;
  #closed = false;

  private constructor(options: ConnectOptions, { reconnect, renewed }: LaterOptions, events: LinkEvents) {
    this.#options = options;
    this.#reconnect = reconnect;
    this.renew = renewed && (async () => this.#tunnel.connect(await renewed()));
    this.#events = events;
  }

  static async start(options: ConnectOptions, later: LaterOptions, events: LinkEvents): Promise<TunnelLink> {
    const link = new TunnelLink(options, later, events);
    link.#tunnel = await TunnelClient.start({
      onEvent: (event) => link.#onEvent(event),
      onDied: (error) => events.onDied(error),
    });
    return link;
  }

  connect(): Promise<undefined> {
    return this.#tunnel.connect(this.#options);
  }

  readonly call: SessionLink['call'] = (method, ask) => this.#tunnel.call(method, ask);

  notify(notification: Parameters<SessionLink['notify']>[0]): Promise<undefined> {
    return this.#tunnel.notify(notification);
  }

  attachVoice(port: MessagePort): Promise<undefined> {
    return this.#tunnel.attachVoice(port);
  }

  async openShell(size: EmulatorSize, events: ProgramEvents): Promise<Program> {
    const { port1, port2 } = new MessageChannel();
    await this.#tunnel.openShell(size.columns, size.rows, port2);
    return programAt(port1, events);
  }

  addForward(ask: Parameters<SessionLink['addForward']>[0]): ReturnType<SessionLink['addForward']> {
    return this.#tunnel.addForward(ask);
  }

  removeForward(id: number): Promise<boolean> {
    return this.#tunnel.removeForward(id);
  }

  forwards(): ReturnType<SessionLink['forwards']> {
    return this.#tunnel.forwards();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#tunnel.close();
  }

  #onEvent(event: TunnelEvent): void {
    if (event.event === 'phase') {
      this.#phases += 1;
      this.#rtt.reset();
    }
    if (event.event === 'stats') this.#report(event.stats.rttMs);
    this.#events.onEvent(event);
    if (event.event === 'phase' && event.phase.at === 'offline' && this.#reconnect)
      void this.#renew(this.#reconnect, this.#phases);
  }

  /** Tells the station the round trip. Without a connection nobody reads it, and the next one hears it anew. */
  #report(rttMs: number | null): void {
    const ms = this.#rtt.take(rttMs, performance.now());
    if (ms !== undefined) this.#tunnel.notify({ method: 'rtt', params: { ms } }).catch(() => undefined);
  }

  async #renew(reconnect: () => Promise<ConnectOptions>, serial: number): Promise<void> {
    try {
      const options = await reconnect();
      if (serial === this.#phases && !this.#closed) await this.#tunnel.connect(options);
    } catch (error) {
      this.#events.onNotice(sentenceOf(error));
    }
  }
}

/** The link of a guest: lines of the control protocol to the station that it is in, without a network, voice or forwards. */
import { VoiptermError } from '../errors.ts';
import { ControlClient } from '../net/control/rpc.ts';
import type { Answer, ClientNotification } from '../net/control/schema.ts';
import { PROTOCOL_VERSION } from '../net/protocol/constants.ts';
import type { Caller } from '../session/history.ts';
import type { LinkEvents, SessionLink } from '../session/link.ts';

export interface GuestLinkOptions {
  /** The station's host key. */
  readonly fingerprint: string;
  /** Sends one line to the station. */
  readonly send: (line: string) => void;
  /** What is said to whoever asks for what needs a client of one's own. */
  readonly needsClient: string;
}

export class GuestLink implements SessionLink {
  readonly #options: GuestLinkOptions;
  readonly #control: ControlClient;
  #hello: Answer<'hello'> | undefined;
  #events: LinkEvents | undefined;
  #removed: VoiptermError | undefined;
  #gone = false;

  constructor(options: GuestLinkOptions) {
    this.#options = options;
    this.#control = new ControlClient(options.send);
    this.#control.onNotification = (notification) => {
      if (notification.method === 'removed') {
        const { code, text } = notification.params;
        this.#removed = new VoiptermError(code, text);
      }
      this.#events?.onEvent({ event: 'notification', notification });
    };
    this.#control.onProtocolError = (error) => this.lost(error);
  }

  /** Why the station sends the guest away, if it said so. */
  get removed(): VoiptermError | undefined {
    return this.#removed;
  }

  /** Becomes a member. Rejects with what the station says of it: a name that is taken, a ban. */
  async enter(): Promise<Answer<'hello'>> {
    this.#hello = await this.#control.call('hello', { versions: [PROTOCOL_VERSION], client: 'ssh' });
    return this.#hello;
  }

  /** Who hears of what comes from now on. */
  listen(events: LinkEvents): this {
    this.#events = events;
    return this;
  }

  /** Takes one line from the station. */
  receive(line: string): void {
    this.#control.receive(line);
  }

  /** The station is gone, or wants the guest to be. Harmless when repeated. */
  lost(error: VoiptermError): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#control.fail(error);
    const { code, message: reason } = error;
    this.#events?.onEvent({ event: 'phase', phase: { at: 'failed', code, reason } });
  }

  async connect(): Promise<void> {
    const hello = this.#hello ?? (await this.enter());
    const { fingerprint } = this.#options;
    const { member, name, station } = hello;
    const phase = { at: 'online', member, name, station, fingerprint, resumed: false } as const;
    this.#events?.onEvent({ event: 'phase', phase });
  }

  readonly call: Caller = (method, ask) => this.#control.call(method, ask);

  async notify(notification: ClientNotification): Promise<void> {
    this.#control.notify(notification);
  }

  attachVoice(): Promise<never> {
    return this.#refuse();
  }

  addForward(): Promise<never> {
    return this.#refuse();
  }

  removeForward(): Promise<never> {
    return this.#refuse();
  }

  async forwards(): Promise<readonly []> {
    return [];
  }

  /** The channel ends by itself when the guest does. */
  async close(): Promise<void> {
    this.#gone = true;
    this.#control.fail(new VoiptermError('control.unreachable', 'You left the station.'));
  }

  async #refuse(): Promise<never> {
    throw new VoiptermError('control.forbidden', this.#options.needsClient);
  }
}

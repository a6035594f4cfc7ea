/**
 * The client's seat at a station: its member id, the token to come back with, and the datagram session, which lives
 * on while the SSH connection is broken and made anew.
 */
import { VoiptermError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Answer } from '../control/schema.ts';
import type { Channel } from '../protocol/constants.ts';
import { DatagramSession } from './datagrams.ts';
import type { Link } from './link.ts';
import type { ConnectOptions } from './messages.ts';

/** A station that was heard so recently still relays our voice; it gives a seat up after as long a silence. */
const ALIVE_MS = 5_000;

export interface SeatOptions {
  readonly onPayload: (channel: Channel, payload: Uint8Array, receiveNs: bigint) => void;
  /** Asks for new keys over whatever connection there is then. */
  readonly rekey: (session: number) => Promise<Answer<'datagram.rekey'>>;
  readonly log: Logger;
}

export class Seat {
  readonly member: number;
  readonly datagrams: DatagramSession;
  readonly #token: string | undefined;

  private constructor(hello: Answer<'hello'>, datagrams: DatagramSession) {
    this.member = hello.member;
    this.#token = hello.token;
    this.datagrams = datagrams;
  }

  /** Opens the datagram session of a member who is new at the station. */
  static async open(
    link: Link,
    options: ConnectOptions,
    { onPayload, rekey, log }: SeatOptions,
  ): Promise<Seat> {
    const answer = await link.control.call('datagram.open', { suites: [...options.suites] });
    if (!options.suites.includes(answer.suite)) {
      throw new VoiptermError('control.protocol', 'the station chose a cipher that was not offered');
    }
    const clientKey = Buffer.from(answer.clientKey, 'base64');
    const stationKey = Buffer.from(answer.stationKey, 'base64');
    try {
      const datagrams = await DatagramSession.open({
        keys: { session: answer.session, suite: answer.suite, clientKey, stationKey },
        peer: { address: link.connection.remoteAddress, port: answer.udpPort },
        furtherUdpPorts: answer.furtherUdpPorts ?? [],
        onPayload,
        rekey,
        log,
      });
      return new Seat(link.hello, datagrams);
    } finally {
      clientKey.fill(0);
      stationKey.fill(0);
    }
  }

  /** What to say in hello to sit down here again; undefined at a station that cannot do that. */
  get resume(): { readonly member: number; readonly token: string } | undefined {
    return this.#token === undefined ? undefined : { member: this.member, token: this.#token };
  }

  /** Voice gets through at present, whatever became of the SSH connection. */
  get alive(): boolean {
    const heardAgoMs = this.datagrams.stats().heardAgoMs;
    return heardAgoMs !== null && heardAgoMs < ALIVE_MS;
  }

  /** Gives the datagrams a stream of the new SSH connection to fall back on. A station without one does without. */
  async attachStream(link: Link, log: Logger): Promise<void> {
    try {
      this.datagrams.attachStream(await link.connection.channels.openStream());
    } catch (error) {
      log.debug('no stream for datagrams', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/**
 * The client's seat at a station: its member id, the token to come back with, and the datagram session, which lives
 * on while the SSH connection is broken and made anew.
 */
import { sentenceOf, VoiptermError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Answer } from '../control/schema.ts';
import type { Channel } from '../protocol/constants.ts';
import type { BulkGate } from './bulk-gate.ts';
import { DatagramSession } from './datagrams.ts';
import { DEAD_LINK_MS, type Link } from './link.ts';
import type { ConnectOptions } from './messages.ts';

/** Not heard for so long although it is pinged four times a second after the first miss: datagrams do not come through. */
const ALIVE_MS = 2_500;

export interface SeatOptions {
  readonly onPayload: (channel: Channel, payload: Uint8Array, receiveNs: bigint) => void;
  /** Asks for new keys over whatever connection there is then. */
  readonly rekey: (session: number) => Promise<Answer<'datagram.rekey'>>;
  readonly log: Logger;
}

/** Where the station takes datagrams, as it said. */
type UdpPorts = Pick<Answer<'datagram.open'>, 'udpPort' | 'furtherUdpPorts'>;

export class Seat {
  readonly member: number;
  /** Most that the station takes of our voice, bit/s; 0 for any. Undefined: it knows no redundant data. */
  readonly maxVoiceBitrate: number | undefined;
  readonly datagrams: DatagramSession;
  readonly #token: string | undefined;
  readonly #ports: UdpPorts;
  #address: string | null;

  private constructor({ hello, connection }: Link, datagrams: DatagramSession, ports: UdpPorts) {
    this.member = hello.member;
    this.maxVoiceBitrate = hello.maxVoiceBitrate;
    this.#token = hello.token;
    this.#ports = ports;
    this.#address = connection.remoteAddress;
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
    const address = link.connection.remoteAddress;
    const clientKey = Buffer.from(answer.clientKey, 'base64');
    const stationKey = Buffer.from(answer.stationKey, 'base64');
    try {
      const datagrams = await DatagramSession.open({
        keys: { session: answer.session, suite: answer.suite, clientKey, stationKey },
        peer: address === null ? null : { address, port: answer.udpPort },
        furtherUdpPorts: answer.furtherUdpPorts ?? [],
        onPayload,
        rekey,
        log,
      });
      return new Seat(link, datagrams, answer);
    } finally {
      clientKey.fill(0);
      stationKey.fill(0);
    }
  }

  /** What to say in hello to sit down here again; undefined at a station that cannot do that. */
  get resume(): { readonly member: number; readonly token: string } | undefined {
    return this.#token === undefined ? undefined : { member: this.member, token: this.#token };
  }

  /** Voice gets through at present, both ways, whatever became of the SSH connection. */
  get alive(): boolean {
    const { heardAgoMs, silent } = this.datagrams.stats();
    return !silent && heardAgoMs !== null && heardAgoMs < ALIVE_MS;
  }

  /** The station was found again, perhaps at another of its addresses: datagrams go there from now on. */
  async sitDownAgain({ connection }: Link): Promise<void> {
    const address = connection.remoteAddress;
    if (address === null || address === this.#address) return;
    this.#address = address;
    const { udpPort, furtherUdpPorts } = this.#ports;
    await this.datagrams.moveTo({ address, port: udpPort }, furtherUdpPorts);
  }

  /** Gives the datagrams a stream of the new SSH connection to fall back on, with that one's gate. A station without one does without. */
  async attachStream(link: Link, gate: BulkGate, log: Logger): Promise<void> {
    const unanswered = setTimeout(() => link.connection.lose(), DEAD_LINK_MS);
    try {
      this.datagrams.attachStream(await link.connection.channels.openStream(), gate);
    } catch (error) {
      gate.open();
      log.debug('no stream for datagrams', {
        reason: sentenceOf(error),
      });
    } finally {
      clearTimeout(unanswered);
    }
  }
}

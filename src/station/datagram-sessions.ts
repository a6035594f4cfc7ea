/** The datagram sessions of a station's members: which packet is whose, and the keys that each was given. */
import { randomBytes, randomInt } from 'node:crypto';
import { VoiptermError } from '../errors.ts';
import { Connection } from '../net/protocol/connection.ts';
import { KEY_BYTES, type Suite } from '../net/protocol/constants.ts';
import type { StreamCarrier } from '../net/tunnel/stream-carrier.ts';
import { VoiceAllowance } from './voice-line.ts';

/** The station's end of one member's session. */
export interface StationEnd {
  readonly member: number;
  readonly suite: Suite;
  readonly connection: Connection;
  readonly voice: VoiceAllowance;
  /** Under which packets come: more than one for some seconds after the keys were renewed. */
  readonly indices: Set<number>;
  stream: StreamCarrier | undefined;
}

/** What a client needs for its end. */
export interface DatagramKeys {
  readonly session: number;
  /** Base64. */
  readonly clientKey: string;
  readonly stationKey: string;
}

export class DatagramSessions {
  readonly #maxVoiceBitrate: number;
  readonly #byIndex = new Map<number, StationEnd>();
  readonly #byMember = new Map<number, StationEnd>();

  /** `maxVoiceBitrate` is what one member's voice may take, bit/s; 0 for no bound. */
  constructor(maxVoiceBitrate: number) {
    this.#maxVoiceBitrate = maxVoiceBitrate;
  }

  get size(): number {
    return this.#byMember.size;
  }

  /** Whose packets name this index. */
  named(index: number): StationEnd | undefined {
    return this.#byIndex.get(index);
  }

  of(member: number): StationEnd | undefined {
    return this.#byMember.get(member);
  }

  all(): Iterable<StationEnd> {
    return this.#byMember.values();
  }

  /** Makes a session with fresh keys for a member that has none. */
  open(member: number, suite: Suite, now: number): DatagramKeys {
    return this.#withKeys((session, clientKey, stationKey) => {
      const made: StationEnd = {
        member,
        suite,
        connection: new Connection({
          role: 'station',
          session,
          suite,
          clientKey,
          stationKey,
          remote: null,
          now,
        }),
        voice: new VoiceAllowance(this.#maxVoiceBitrate, now),
        indices: new Set([session]),
        stream: undefined,
      };
      this.#byIndex.set(session, made);
      this.#byMember.set(member, made);
    });
  }

  /** Makes new keys for the session that a member says it has. Throws 'control.protocol' if it is another's, or none. */
  renew(member: number, index: number, now: number): DatagramKeys {
    const session = this.#byMember.get(member);
    if (!session?.indices.has(index)) {
      throw new VoiptermError('control.protocol', 'That is not your datagram session: open one first.');
    }
    return this.#withKeys((fresh, clientKey, stationKey) => {
      const { suite, connection } = session;
      session.indices.add(fresh);
      this.#byIndex.set(fresh, session);
      connection.renew({ session: fresh, suite, clientKey, stationKey }, now);
    });
  }

  /** Takes nothing under this index any more. */
  retire(session: StationEnd, index: number): void {
    session.indices.delete(index);
    this.#byIndex.delete(index);
  }

  /** Ends a session and forgets its keys. */
  end(session: StationEnd): void {
    session.connection.close();
    this.#byMember.delete(session.member);
    for (const index of session.indices) this.#byIndex.delete(index);
    session.stream?.close();
  }

  /** Makes an index and keys, gives them to `use`, wipes ours and returns them as the client gets them. */
  #withKeys(use: (session: number, clientKey: Buffer, stationKey: Buffer) => void): DatagramKeys {
    let session = randomInt(2 ** 32);
    while (this.#byIndex.has(session)) session = randomInt(2 ** 32);
    const [client, station] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)];
    use(session, client, station);
    const keys = { session, clientKey: client.toString('base64'), stationKey: station.toString('base64') };
    client.fill(0);
    station.fill(0);
    return keys;
  }
}

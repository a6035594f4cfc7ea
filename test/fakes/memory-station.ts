/** A station's lobby without SSH under it, and members who speak the control protocol with it in memory. */
import dgram from 'node:dgram';
import { silentLog } from '../../src/log.ts';
import { ControlClient } from '../../src/net/control/rpc.ts';
import type { StationNotification } from '../../src/net/control/schema.ts';
import { newCounters } from '../../src/station/counters.ts';
import { ForwardAccess } from '../../src/station/forward-access.ts';
import { Forwards } from '../../src/station/forwards.ts';
import { Lobby } from '../../src/station/lobby.ts';
import { MemberSession } from '../../src/station/member.ts';
import { Rooms } from '../../src/station/rooms.ts';
import { UdpFront } from '../../src/station/udp-front.ts';
import { StationStore } from '../../src/store/station.ts';

/** One connection. */
export interface MemoryMember {
  readonly control: ControlClient;
  readonly id: number;
  /** The connection ends without a goodbye: nothing more gets through. */
  cut(): void;
}

export class MemoryStation {
  readonly store = new StationStore(':memory:');
  readonly lobby: Lobby;
  readonly #datagrams: UdpFront;

  constructor({ maxFileBytes = 0 }: { readonly maxFileBytes?: number } = {}) {
    const rooms = new Rooms();
    const counters = newCounters();
    this.#datagrams = new UdpFront([dgram.createSocket('udp4')], rooms, counters);
    const forwards = new Forwards({
      access: new ForwardAccess({ forward: [], listen: [] }, () => undefined, silentLog),
      counters,
      send: () => false,
      maxPayload: () => 0,
      notice: () => undefined,
    });
    this.lobby = new Lobby({
      ...{ name: 'test', suites: ['aes-256-gcm'], udpPort: 1, furtherUdpPorts: [], standingRooms: [] },
      ...{ allowRecording: true, maxVoiceBitrate: 0, maxFileBytes, onIdle: undefined },
      ...{ rooms, store: this.store, datagrams: this.#datagrams, forwards, counters, log: silentLog },
    });
  }

  /** Connects somebody, who enters #lobby. */
  async member(
    user: string,
    onNotification: (notification: StationNotification) => void = () => undefined,
  ): Promise<MemoryMember> {
    let open = true;
    const control: ControlClient = new ControlClient((line) => {
      if (open) session.line(line);
    });
    control.onNotification = onNotification;
    const session: MemberSession = new MemberSession(this.lobby, {
      user,
      fingerprint: `SHA256:${user}`,
      send: (line) => {
        if (open) control.receive(line);
      },
      end: () => undefined,
    });
    const { member: id } = await control.call('hello', { versions: [1, 2], client: 'test' });
    await control.call('room.join', { room: 'lobby' });
    const cut = (): void => {
      open = false;
      session.closed();
    };
    return { control, id, cut };
  }

  async close(): Promise<void> {
    await this.#datagrams.close();
    this.store.close();
  }
}

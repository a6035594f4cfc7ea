/** The tunnel keeps its datagram session while TCP breaks: a real station, a relay that fails, no audio. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { test as base, describe, expect } from 'vitest';
import type { ConnectOptions, Phase, TunnelEvent, TunnelStats } from '../../../src/net/tunnel/messages.ts';
import { Tunnel } from '../../../src/net/tunnel/tunnel.ts';
import type { FromAudio, ToAudio } from '../../../src/net/protocol/voice-port.ts';
import { TcpRelay } from '../../fakes/tcp-relay.ts';
import { eventually, makeKey, startStation, type TestStation, voiceFrame } from '../../station/raw-client.ts';

/** A tunnel with what it said, and an audio worker's end of the voice port. */
class Member {
  readonly phases: Phase[] = [];
  readonly toAudio: ToAudio[] = [];
  readonly tunnel: Tunnel;
  stats: TunnelStats | undefined;
  /** Whether voice goes on without the link, as it was said last. */
  voice = false;
  readonly #port: MessagePort;
  readonly #far: MessagePort;
  /** Frames said. */
  said = 0;

  constructor() {
    this.tunnel = new Tunnel((event) => this.#take(event));
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#far = port2;
    port1.on('message', (message: ToAudio) => this.toAudio.push(message));
    this.tunnel.setVoicePort(port2);
  }

  get phase(): Phase | undefined {
    return this.phases.at(-1);
  }

  get member(): number {
    const online = this.phases.findLast((phase) => phase.at === 'online');
    return online?.at === 'online' ? online.member : -1;
  }

  get heard(): number {
    return this.toAudio.filter(({ kind }) => kind === 'heard').length;
  }

  get ssrcs(): (number | null)[] {
    return this.toAudio.flatMap((message) => (message.kind === 'session' ? [message.ssrc] : []));
  }

  say(): void {
    const seq = this.said++;
    const packet = new Uint8Array(voiceFrame(this.member, seq));
    this.#port.postMessage({ kind: 'send', packet, seq, traced: false } satisfies FromAudio);
  }

  async enter(room: string): Promise<void> {
    await this.tunnel.call({ method: 'room.join', ask: { room } });
    await this.tunnel.call({ method: 'voice.room', ask: { room } });
  }

  online(times = 1): Promise<void> {
    return eventually(() => {
      expect(this.phase?.at).toBe('online');
      expect(this.phases.filter(({ at }) => at === 'online')).toHaveLength(times);
    });
  }

  close(): void {
    this.tunnel.disconnect();
    this.#port.close();
    this.#far.close();
  }

  #take(event: TunnelEvent): void {
    if (event.event === 'phase') {
      this.phases.push(event.phase);
      this.voice = 'voice' in event.phase && event.phase.voice;
    }
    if (event.event === 'voice') this.voice = event.goesOn;
    if (event.event === 'stats') this.stats = event.stats;
  }
}

/** A station, and two members in a room of it. */
interface Setting {
  readonly place: TestStation;
  /** What Ann's TCP passes; datagrams go to the port that the station names. */
  readonly relay: TcpRelay;
  readonly ann: Member;
  readonly bob: Member;
}

/** Each test has a setting of its own, so that they can wait at the same time. */
const test = base.extend<{ setting: Setting }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  setting: async ({}, use) => {
    const place = await startStation();
    const relay = await TcpRelay.start(place.station.address);
    const ann = new Member();
    const bob = new Member();
    try {
      ann.tunnel.connect(options(place, 'ann', relay.port));
      bob.tunnel.connect(options(place, 'bob', place.station.address.port));
      await Promise.all([ann.online(), bob.online()]);
      await Promise.all([ann.enter('dev'), bob.enter('dev')]);
      await eventually(() => expect(ann.stats?.rttMs).not.toBeNull());
      await eventually(() => expect(bob.stats?.rttMs).not.toBeNull());
      await use({ place, relay, ann, bob });
    } finally {
      ann.close();
      bob.close();
      await relay.close();
      await place.close();
    }
  },
});

function options(place: TestStation, user: string, port: number): ConnectOptions {
  const { host, fingerprint } = place.station.address;
  return {
    host,
    port,
    user,
    identity: { from: 'key', privateKey: makeKey().private },
    hostKey: { by: 'fingerprint', fingerprint },
    suites: ['chacha20-poly1305'],
  };
}

/** Nothing that was ever said was lost: loopback loses no datagram. */
function allHeard({ ann, bob }: Setting): Promise<void> {
  return eventually(() => expect([ann.heard, bob.heard]).toEqual([bob.said, ann.said]));
}

/** One frame more each way comes through. */
async function talkBoth(setting: Setting): Promise<void> {
  setting.ann.say();
  setting.bob.say();
  await allHeard(setting);
}

describe('a tunnel', { concurrent: true }, () => {
  test('a cut TCP connection costs no voice, no member id and no room', async ({ setting }) => {
    const { relay, ann, bob } = setting;
    const { member } = ann;
    await talkBoth(setting);
    relay.blackHole(); // so that the connection attempts fail as well
    relay.cut();
    await eventually(() => expect(ann.phase).toMatchObject({ at: 'offline', voice: true }));
    await talkBoth(setting);
    relay.heal();
    relay.cut();
    await ann.online(2);
    expect(ann.phase).toMatchObject({ member, resumed: true });
    await talkBoth(setting);
    const { members } = (await bob.tunnel.call({ method: 'room.who', ask: { room: 'dev' } })) as {
      members: { id: number }[];
    };
    expect(members.map(({ id }) => id).sort()).toEqual([member, bob.member].sort());
    expect(ann.ssrcs.filter((ssrc) => ssrc !== null)).toEqual([member]);
    expect(ann.ssrcs.slice(1)).not.toContain(null);
  });

  test('a black-holed TCP path is noticed while voice goes on, and the seat taken from the dead connection', async ({
    setting,
  }) => {
    const { relay, ann } = setting;
    const { member } = ann;
    relay.blackHole();
    const holedAt = performance.now();
    const frames = setInterval(() => ann.say(), 100);
    try {
      await eventually(() => expect(ann.phase).toMatchObject({ at: 'offline', voice: true }));
      const noticedMs = performance.now() - holedAt;
      expect(noticedMs).toBeLessThan(15_000);
      const { said } = ann;
      await eventually(() => expect(ann.said).toBeGreaterThan(said + 3));
      await allHeard(setting);
      relay.heal();
      relay.cut(); // what fell into the hole meanwhile
      await ann.online(2);
    } finally {
      clearInterval(frames);
    }
    expect(ann.phase).toMatchObject({ member, resumed: true });
    await talkBoth(setting);
  }, 40_000);

  test('a disconnect says bye: the others see it at once, and the next connect is somebody new', async ({
    setting,
  }) => {
    const { place, relay, ann } = setting;
    const { member } = ann;
    ann.tunnel.disconnect();
    await eventually(() => expect(place.station.memberCount).toBe(1));
    await eventually(() => expect(relay.open).toBe(0));
    ann.tunnel.connect(options(place, 'ann2', relay.port));
    await ann.online(2);
    expect(ann.phase).toMatchObject({ resumed: false });
    expect(ann.member).not.toBe(member);
    expect(ann.ssrcs).toContain(null);
  });

  test('a disconnect in the middle of connecting leaves nothing open', async ({ setting }) => {
    const { place, relay, ann } = setting;
    relay.blackHole();
    ann.tunnel.disconnect();
    const taken = relay.taken;
    ann.tunnel.connect(options(place, 'ann3', relay.port));
    await eventually(() => expect(relay.taken).toBe(taken + 1));
    ann.tunnel.disconnect();
    const phases = ann.phases.length;
    await eventually(() => expect(relay.open).toBe(0));
    expect(ann.phases).toHaveLength(phases);
  });

  test('a station that restarts gives a new session, in place of the old', async ({ setting }) => {
    const { place, ann } = setting;
    const { member } = ann;
    const { port } = place.station.address;
    await place.station.close();
    await eventually(() => expect(ann.phase).toMatchObject({ at: 'offline', voice: true }));
    // Nobody believes for long that voice goes on when the whole station is gone.
    const saidAt = performance.now();
    await eventually(() => expect(ann.voice).toBe(false));
    expect(performance.now() - saidAt).toBeLessThan(4000);
    const again = await startStation({ port, dataDir: `${place.dir}/data` });
    try {
      await ann.online(2);
      expect(ann.phase).toMatchObject({ resumed: false });
      expect(ann.member).not.toBe(member);
      await eventually(() => expect(ann.stats?.silent).toBe(false));
    } finally {
      await again.close();
    }
  });
});

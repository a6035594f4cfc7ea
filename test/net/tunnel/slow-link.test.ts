/** Voice in the stream of an SSH connection whose forwards fill a slow link both ways: a real station, real kernels' buffers, no audio. */
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { ImpairmentProxy } from '../../../src/lab/proxy.ts';
import { parseForward } from '../../../src/net/forward/spec.ts';
import type { FromAudio, ToAudio } from '../../../src/net/protocol/voice-port.ts';
import type { Phase, TunnelStats } from '../../../src/net/tunnel/messages.ts';
import { Tunnel } from '../../../src/net/tunnel/tunnel.ts';
import { makeKey, startStation, type TestStation, voiceFrame } from '../../station/raw-client.ts';
import { eventually, Sockets, type TcpEnd } from '../forward/sockets.ts';

const SLOW = 'rate=256kbit queue=100ms delay=20ms';
const TALK_MS = 5000;
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A member who says a frame when told, and notes when each frame that it hears came. */
class Talker {
  readonly phases: Phase[] = [];
  readonly tunnel: Tunnel;
  stats: TunnelStats | undefined;
  /** When each frame was said and heard, ms, by its number. */
  readonly said: number[] = [];
  readonly heard = new Map<number, number>();
  readonly #ports = new MessageChannel();

  constructor({ station }: TestStation, host: string, user: string) {
    this.tunnel = new Tunnel((event) => {
      if (event.event === 'phase') this.phases.push(event.phase);
      if (event.event === 'stats') this.stats = event.stats;
    });
    const { port1, port2 } = this.#ports;
    port1.on('message', (message: ToAudio) => {
      if (message.kind !== 'heard') return;
      const seq = Buffer.from(message.packet).readUInt16BE(2);
      this.heard.set(seq, Number(message.receiveNs) / 1e6);
    });
    this.tunnel.setVoicePort(port2);
    const { port, fingerprint } = station.address;
    this.tunnel.connect({
      ...{ host, port, user, suites: ['chacha20-poly1305'] },
      identity: { from: 'key', privateKey: makeKey().private },
      hostKey: { by: 'fingerprint', fingerprint },
    });
  }

  async enter(): Promise<void> {
    await eventually('online', () => this.phases.at(-1)?.at === 'online');
    await this.tunnel.call({ method: 'room.join', ask: { room: 'dev' } });
    await this.tunnel.call({ method: 'voice.room', ask: { room: 'dev' } });
    await eventually('an answer to a probe', () => this.stats?.rttMs != null);
  }

  say(): void {
    const online = this.phases.findLast((phase) => phase.at === 'online');
    const seq = this.said.length;
    const packet = new Uint8Array(
      voiceFrame(online?.at === 'online' ? online.member : 0, seq, new Uint8Array(110)),
    );
    this.said.push(nowMs());
    this.#ports.port1.postMessage({ kind: 'send', packet, seq, traced: false } satisfies FromAudio);
  }

  /** How late each frame of `from` since then was, ms, in order; those that never came are infinitely late. */
  late(from: Talker, since: number): number[] {
    const ages = from.said.flatMap((at, seq) => (at < since ? [] : [(this.heard.get(seq) ?? Infinity) - at]));
    return ages.sort((a, b) => a - b);
  }

  close(): void {
    this.tunnel.disconnect();
    this.#ports.port1.close();
    this.#ports.port2.close();
  }
}

function pour({ socket }: Pick<TcpEnd, 'socket'>): void {
  const fill = (): void => {
    while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
  };
  socket.on('drain', fill);
  fill();
}

test.runIf(process.platform === 'linux')(
  'is late by less than 300 ms, and the forwards get the rest',
  async () => {
    const sockets = new Sockets();
    const place = await startStation({ forwarding: { forward: ['127.0.0.1:*'], listen: [] } });
    const { port } = place.station.address;
    const way = { listen: { host: '127.0.0.2', port }, target: { host: '127.0.0.1', port } };
    const tcp = await ImpairmentProxy.start({ ...way, udp: false, up: SLOW, down: SLOW });
    const udp = await ImpairmentProxy.start({ ...way, tcp: false, up: 'block', down: 'block' });
    const [ann, bob] = [new Talker(place, '127.0.0.2', 'ann'), new Talker(place, '127.0.0.1', 'bob')];
    const frames = setInterval(() => {
      ann.say();
      bob.say();
    }, 20);
    try {
      await Promise.all([ann.enter(), bob.enter()]);
      let up = 0;
      const server = await sockets.tcp((socket) => {
        socket.on('data', ({ length }) => (up += length));
        pour({ socket });
      });
      const { id } = await ann.tunnel.forwards.add({
        spec: parseForward('-L', `0:127.0.0.1:${server}`),
        idleS: 60,
        socksAuth: null,
      });
      const view = () => ann.tunnel.forwards.list().find((forward) => forward.id === id)?.state;
      await eventually('the forward', () => view()?.at === 'active');
      await delay(1000);
      const since = nowMs();
      const state = view();
      const end = await sockets.connect(state?.at === 'active' ? state.port : 0);
      pour(end);
      await delay(TALK_MS);
      clearInterval(frames);
      await delay(500);
      for (const late of [bob.late(ann, since), ann.late(bob, since)]) {
        expect(late.length).toBeGreaterThan(150);
        expect(late[Math.floor(late.length * 0.95)]).toBeLessThan(300);
      }
      // 160 kB could pass in that time each way, and voice with SSH's overhead takes half of it.
      expect(Math.min(up, end.heard.length)).toBeGreaterThan(10_000);
      expect(up + end.heard.length).toBeGreaterThan(80_000);
      expect(ann.phases.map(({ at }) => at)).toEqual(['connecting', 'online']);
      expect(ann.stats).toMatchObject({ carrierUp: 'stream', carrierDown: 'stream' });
    } finally {
      clearInterval(frames);
      sockets.close();
      ann.close();
      bob.close();
      await Promise.all([tcp.close(), udp.close(), place.close()]);
    }
  },
  40_000,
);

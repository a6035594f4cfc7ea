/**
 * `node bench/tunnel-plane.ts [rate ...] [suite ...]`: what the datagram plane alone costs an application's datagram, one way through a
 * client's DatagramSession and a station's UdpFront in processes of their own, and two dgram relays in the same run as
 * the reference. CPU time a datagram, how many arrived, and the delay of voice through the same session meanwhile.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { silentLog } from '../src/log.ts';
import { CHANNEL, SUITES, type Suite } from '../src/net/protocol/constants.ts';
import { decodeVoicePacket, encodeVoiceFrame } from '../src/net/protocol/rtp.ts';
import { DatagramSession } from '../src/net/tunnel/datagrams.ts';
import { newCounters } from '../src/station/counters.ts';
import type { DatagramKeys } from '../src/station/datagram-sessions.ts';
import { Rooms } from '../src/station/rooms.ts';
import { UdpFront } from '../src/station/udp-front.ts';

const HOST = '127.0.0.1';
/** Who speaks and forwards, and who listens. */
const MEMBERS = [70_000, 70_001] as const;
const SECONDS = 2;
const VOICE_INTERVAL_MS = 20;
/** 20 ms of speech, with room for the time. */
const OPUS_BYTES = 80;

type Ask =
  | { do: 'sink' }
  | { do: 'station'; suite: Suite; to: number }
  | { do: 'client'; keys: DatagramKeys[]; suite: Suite; station: number }
  | { do: 'relay'; to: number }
  | { do: 'load'; to: number; rate: number; bytes: number }
  | { do: 'report' };

async function socketOf(port = 0): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
  // With such a lookup 'listening' comes before bind() returns.
  const listening = once(socket, 'listening');
  socket.bind(port, HOST);
  await listening;
  socket.setRecvBufferSize(4 << 20);
  return socket;
}

/** A child's roles. Each answers its port, or what it counted. */
const counted = { received: 0, voiceMs: [] as number[], sent: 0, dropped: 0 };
let cpu = process.cpuUsage();

const roles = {
  sink: async () => {
    const socket = await socketOf();
    socket.on('message', () => {
      counted.received += 1;
    });
    return { port: socket.address().port };
  },
  relay: async ({ to }: { to: number }) => {
    const [socket, out] = [await socketOf(), createSocket('udp4')];
    out.connect(to, HOST);
    await once(out, 'connect');
    socket.on('message', (bytes) => out.send(bytes));
    return { port: socket.address().port };
  },
  station: async ({ suite, to }: { suite: Suite; to: number }) => {
    const [socket, out] = [await socketOf(), createSocket('udp4')];
    out.connect(to, HOST);
    await once(out, 'connect');
    const rooms = new Rooms();
    for (const member of MEMBERS) {
      rooms.enter(member, `m${member}`);
      rooms.join(member, 'bench');
      rooms.setVoiceRoom(member, 'bench');
    }
    const front = new UdpFront([socket], rooms, newCounters());
    front.onForward = (_member, payload) => out.send(payload.subarray(6));
    return { port: socket.address().port, keys: MEMBERS.map((member) => front.open(member, suite)) };
  },
  client: async ({ keys, suite, station }: { keys: DatagramKeys[]; suite: Suite; station: number }) => {
    const [speaker] = await Promise.all(keys.map((each) => openSession(each, suite, station)));
    const socket = await socketOf();
    const payload = Buffer.alloc(1500);
    socket.on('message', (bytes) => {
      payload.set(bytes, 6);
      speaker!.send(CHANNEL.forward, payload.subarray(0, bytes.length + 6));
    });
    let seq = 0;
    setInterval(() => {
      const opus = Buffer.alloc(OPUS_BYTES);
      opus.writeDoubleBE(performance.now());
      seq = (seq + 1) & 0xffff;
      const frame = { seq, timestamp: seq * 960, ssrc: MEMBERS[0], marker: false, last: false, level: 30 };
      speaker!.send(CHANNEL.voice, encodeVoiceFrame({ ...frame, payload: opus }));
    }, VOICE_INTERVAL_MS);
    return { port: socket.address().port };
  },
  load: async ({ to, rate, bytes }: { to: number; rate: number; bytes: number }) => {
    const socket = createSocket('udp4');
    socket.connect(to, HOST);
    await once(socket, 'connect');
    const packet = Buffer.alloc(bytes, 1);
    const start = performance.now();
    const total = rate * SECONDS;
    await new Promise<void>((done) => {
      const step = (): void => {
        const due = Math.min(total, ((performance.now() - start) / 1000) * rate);
        // A millisecond's worth at a time: a sender that spins would take a core from those who are measured.
        for (let n = 0; counted.sent < due && n < 256; n++) {
          socket.send(packet);
          counted.sent += 1;
        }
        if (counted.sent >= total) done();
        else setTimeout(step, 1);
      };
      step();
    });
    socket.close();
    return { sent: total };
  },
  report: () => {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const answer = { ...counted, cpuUs: user + system };
    Object.assign(counted, { received: 0, voiceMs: [], sent: 0 });
    return answer;
  },
};

function openSession(keys: DatagramKeys, suite: Suite, station: number): Promise<DatagramSession> {
  const clientKey = Buffer.from(keys.clientKey, 'base64');
  const stationKey = Buffer.from(keys.stationKey, 'base64');
  return DatagramSession.open({
    keys: { session: keys.session, suite, clientKey, stationKey },
    peer: { address: HOST, port: station },
    onPayload: (channel, payload) => {
      const frame = channel === CHANNEL.voice ? decodeVoicePacket(payload) : undefined;
      if (frame) counted.voiceMs.push(performance.now() - Buffer.from(frame.payload).readDoubleBE());
    },
    rekey: () => Promise.reject(new Error('not here')),
    log: silentLog,
  });
}

interface Reported {
  received: number;
  voiceMs: number[];
  cpuUs: number;
}

class Child {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = fork(fileURLToPath(import.meta.url), ['child']);
  }

  async ask<T>(ask: Ask): Promise<T> {
    this.#process.send(ask);
    const [answer] = await once(this.#process, 'message');
    return answer as T;
  }

  end(): void {
    this.#process.kill();
  }
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

interface Line {
  what: string;
  near: Child;
  far: Child;
  port: number;
}

async function tunnel(suite: Suite, sink: number): Promise<Line> {
  const [near, far] = [new Child(), new Child()];
  const station = await far.ask<{ port: number; keys: DatagramKeys[] }>({ do: 'station', suite, to: sink });
  const { port } = await near.ask<{ port: number }>({
    do: 'client',
    keys: station.keys,
    suite,
    station: station.port,
  });
  await wait(1500);
  return { what: suite, near, far, port };
}

async function relays(sink: number): Promise<Line> {
  const [near, far] = [new Child(), new Child()];
  const { port: between } = await far.ask<{ port: number }>({ do: 'relay', to: sink });
  const { port } = await near.ask<{ port: number }>({ do: 'relay', to: between });
  return { what: 'two relays', near, far, port };
}

async function measure(line: Line, sink: Child, rate: number, bytes: number): Promise<string[]> {
  const load = new Child();
  for (const child of [sink, line.near, line.far]) await child.ask({ do: 'report' });
  const { sent } = await load.ask<{ sent: number }>({ do: 'load', to: line.port, rate, bytes });
  await wait(300);
  load.end();
  const [end, near, far] = await Promise.all(
    [sink, line.near, line.far].map((child) => child.ask<Reported>({ do: 'report' })),
  );
  const voice = near!.voiceMs.sort((a, b) => a - b);
  const quantile = (q: number): string => voice[Math.floor(voice.length * q)]?.toFixed(2) ?? '-';
  const each = (us: number): string => (us / Math.max(1, end!.received)).toFixed(2);
  return [
    line.what,
    `${bytes}`,
    `${rate}`,
    `${sent - end!.received}`,
    each(near!.cpuUs),
    each(far!.cpuUs),
    quantile(0.5),
    quantile(0.99),
  ];
}

async function main(): Promise<void> {
  const rates = process.argv
    .slice(2)
    .filter((word) => /^[0-9]+$/.test(word))
    .map(Number);
  const suites = SUITES.filter((suite) => process.argv.includes(suite));
  const sink = new Child();
  const { port } = await sink.ask<{ port: number }>({ do: 'sink' });
  console.log('| what | bytes | rate/s | lost | client us | station us | voice p50 ms | p99 |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const make of [
    () => relays(port),
    ...(suites.length > 0 ? suites : SUITES).map((suite) => () => tunnel(suite, port)),
  ]) {
    const line = await make();
    await measure(line, sink, 20_000, 100); // warm
    for (const bytes of [100, 1200]) {
      for (const rate of rates.length > 0 ? rates : [20_000, 40_000, 100_000]) {
        console.log(`| ${(await measure(line, sink, rate, bytes)).join(' | ')} |`);
      }
    }
    line.near.end();
    line.far.end();
  }
  sink.end();
}

if (process.argv[2] === 'child') {
  process.on('message', async (ask: Ask) => process.send?.(await roles[ask.do](ask as never)));
} else await main();

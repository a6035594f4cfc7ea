/**
 * `npm run bench`: what the datagram plane and a voice's frames cost, in CPU microseconds, with a raw dgram send in the
 * same run as the reference. Prints a table; it is no test, since the figures belong to the machine.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { Connection } from '../src/net/protocol/connection.ts';
import { CHANNEL, SUITES, type Suite } from '../src/net/protocol/constants.ts';
import { encodeVoiceFrame } from '../src/net/protocol/rtp.ts';
import { createAead } from '../src/net/protocol/seal.ts';
import { hearing } from './hearing.ts';
import { speaking } from './speaking.ts';

/** A voice packet at 32 kbit/s: 80 bytes of Opus in RTP. */
const VOICE = encodeVoiceFrame({
  seq: 1,
  timestamp: 960,
  ssrc: 1,
  marker: false,
  last: false,
  level: 30,
  payload: new Uint8Array(80),
});
const PACKETS = 200_000;
/** Datagrams between two turns of the event loop, so that the receiver's queue is read. */
const BURST = 32;
const LISTENERS = 50;

interface Row {
  what: string;
  us: number;
}

/** CPU time of this process in microseconds, user and system. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds of CPU that one of `count` runs costs, the best of three after a warm-up. */
function perRun(count: number, run: (n: number) => void): number {
  for (let n = 0; n < count / 10; n++) run(n + 1);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = cpuUs();
    for (let n = 0; n < count; n++) run(round * count + n + count);
    best = Math.min(best, (cpuUs() - before) / count);
  }
  return best;
}

function sealing(suite: Suite, bytes: number): Row[] {
  const aead = createAead(suite, new Uint8Array(32).fill(7));
  const header = new Uint8Array(13);
  const plain = new Uint8Array(bytes);
  const sealed = new Uint8Array(bytes + 16);
  const sealUs = perRun(PACKETS, (n) => aead.seal(n, header, plain, sealed));
  aead.seal(1, header, plain, sealed);
  const openUs = perRun(PACKETS, () => {
    if (!aead.open(1, header, sealed, plain)) throw new Error('does not open');
  });
  return [
    { what: `seal, ${suite}, ${bytes} bytes`, us: sealUs },
    { what: `open, ${suite}, ${bytes} bytes`, us: openUs },
  ];
}

/** The whole Connection, without a socket: header, AEAD, replay window, dispatch. */
function connection(suite: Suite): Row[] {
  const keys = {
    session: 1,
    suite,
    clientKey: new Uint8Array(32).fill(1),
    stationKey: new Uint8Array(32).fill(2),
    now: 0,
  };
  const there = { address: '192.0.2.1', port: 1 };
  const client = new Connection({ ...keys, role: 'client', remote: there });
  const station = new Connection({ ...keys, role: 'station', remote: there });
  const packets: Uint8Array[] = [];
  const sendUs = perRun(PACKETS / 4, () => {
    client.send(CHANNEL.voice, VOICE, 0);
    const out = client.poll();
    if (out?.kind === 'datagram') packets.push(out.bytes);
  });
  let at = 0;
  const before = cpuUs();
  for (const packet of packets) {
    station.receive(packet, there, 0);
    if (station.poll()?.kind === 'payload') at += 1;
  }
  if (at !== packets.length) throw new Error('a packet was lost without a network');
  return [
    { what: `connection send, ${suite}, ${VOICE.length} bytes`, us: sendUs },
    { what: `connection receive, ${suite}, ${VOICE.length} bytes`, us: (cpuUs() - before) / packets.length },
  ];
}

async function socketOnLoopback(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 << 20);
  return socket;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The reference: node's dgram, unconnected, to a bound socket that nobody reads from JavaScript. */
async function rawSend(): Promise<Row> {
  const [from, to] = [await socketOnLoopback(), await socketOnLoopback()];
  const { port } = to.address();
  const packet = Buffer.alloc(VOICE.length + 30);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) {
    const before = cpuUs();
    for (let n = 0; n < 20_000; n++) {
      from.send(packet, port, '127.0.0.1');
      if (n % BURST === 0) await turn();
    }
    best = Math.min(best, (cpuUs() - before) / 20_000);
  }
  from.close();
  to.close();
  return { what: `raw dgram send, ${packet.length} bytes (reference)`, us: best };
}

function datagramOf(connection: Connection): Uint8Array {
  const out = connection.poll();
  if (out?.kind !== 'datagram') throw new Error('nothing to send');
  return out.bytes;
}

/** One speaker, many listeners, as the station relays: open once, seal and send for each. Listeners' cost included. */
async function relay(suite: Suite): Promise<Row> {
  const [station, sink] = [await socketOnLoopback(), await socketOnLoopback()];
  sink.on('message', () => undefined);
  const listener = { address: '127.0.0.1', port: sink.address().port };
  const keys = {
    suite,
    clientKey: new Uint8Array(32).fill(1),
    stationKey: new Uint8Array(32).fill(2),
    now: 0,
  };
  const speaker = new Connection({ ...keys, session: 1, role: 'client', remote: listener });
  const heard = new Connection({ ...keys, session: 1, role: 'station', remote: listener });
  const listeners = Array.from(
    { length: LISTENERS },
    (_, n) => new Connection({ ...keys, session: n + 2, role: 'station', remote: listener }),
  );
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) {
    const before = cpuUs();
    for (let frame = 0; frame < 400; frame++) {
      speaker.send(CHANNEL.voice, VOICE, 0);
      heard.receive(datagramOf(speaker), listener, 0);
      const payload = heard.poll();
      if (payload?.kind !== 'payload') throw new Error('nothing heard');
      for (const to of listeners) {
        to.send(CHANNEL.voice, payload.payload, 0);
        station.send(datagramOf(to), listener.port, listener.address);
      }
      await turn();
    }
    best = Math.min(best, (cpuUs() - before) / (400 * LISTENERS));
  }
  station.close();
  sink.close();
  return { what: `relay to ${LISTENERS}, ${suite}, per delivered frame`, us: best };
}

const reference = await rawSend();
const rows: Row[] = [reference];
for (const suite of SUITES) {
  rows.push(...sealing(suite, 100), ...sealing(suite, 1200), ...connection(suite), await relay(suite));
}
rows.push(...(await speaking(perRun)), ...(await hearing(perRun)));
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}\n`);
console.log('| what | CPU us | of a raw send |\n| --- | ---: | ---: |');
for (const { what, us } of rows)
  console.log(`| ${what} | ${us.toFixed(2)} | ${(us / reference.us).toFixed(2)} |`);

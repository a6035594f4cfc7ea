/**
 * The load of the tunnel's benchmark, as a process of its own (it runs inside a network namespace): a sink that counts, an
 * echo, a paced sender and a pinger. Speaks lines of JSON on stdout; a datagram's first 12 bytes are its number and its time.
 *
 *   load.ts sink ADDRESS PORT          counts; "report" on stdin prints and clears what came
 *   load.ts echo ADDRESS PORT          sends everything back
 *   load.ts send ADDRESS PORT COUNT BYTES PER_SECOND     (0: as fast as it can)
 *   load.ts flows ADDRESS PORT COUNT BYTES PER_SECOND    a socket each, one datagram each; keeps them until its stdin ends
 *   load.ts relay ADDRESS PORT TO_ADDRESS TO_PORT        passes on and back unchanged, for one peer: the raw relay
 *   load.ts ping ADDRESS PORT COUNT BYTES PER_SECOND     one at a time; prints the round trips
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The kernel halves what is lost between it and the sink's reader; what it grants is what it grants. */
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Sleep between two batches of the sender, ms: finer than a timer, without burning a core. */
const BATCH_MS = 0.5;
const ANSWER_TIMEOUT_MS = 1000;
/** One-way delays that are kept for quantiles. */
const MAX_DELAYS = 1_000_000;

const [role = '', address = '', portText = '', ...numbers] = process.argv.slice(2);
const port = Number(portText);
const [count = 0, bytes = 0, perSecond = 0] = numbers.map(Number);
const pause = new Int32Array(new SharedArrayBuffer(4));

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function sleep(ms: number): void {
  Atomics.wait(pause, 0, 0, ms);
}

function stamp(datagram: Buffer, index: number): void {
  datagram.writeUInt32BE(index, 0);
  datagram.writeBigUInt64BE(process.hrtime.bigint(), 4);
}

async function bound(): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  say({ event: 'listening', port: socket.address().port });
  return socket;
}

async function connected(to = address, toPort = port): Promise<Socket> {
  const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
  socket.connect(toPort, to);
  await once(socket, 'connect');
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  socket.on('error', () => undefined); // nobody listens yet
  return socket;
}

function quantile(sorted: Float64Array, share: number): number | null {
  return sorted.length === 0 ? null : (sorted[Math.floor((sorted.length - 1) * share)] ?? null);
}

function summary(values: Float64Array): { p50: number | null; p95: number | null; p99: number | null } {
  values.sort();
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), p99: quantile(values, 0.99) };
}

async function sink(): Promise<void> {
  const socket = await bound();
  const delays = new Float64Array(MAX_DELAYS);
  let received = 0;
  let unexpected = 0;
  let firstNs = 0n;
  let lastNs = 0n;
  const seen = new Set<number>();
  socket.on('message', (datagram) => {
    if (datagram.length < 12 || seen.has(datagram.readUInt32BE(0))) {
      unexpected += 1;
      return;
    }
    const now = process.hrtime.bigint();
    if (received === 0) firstNs = now;
    lastNs = now;
    seen.add(datagram.readUInt32BE(0));
    if (received < MAX_DELAYS) delays[received] = Number(now - datagram.readBigUInt64BE(4)) / 1e6;
    received += 1;
  });
  for await (const _ of createInterface({ input: process.stdin })) {
    const delayMs = summary(delays.slice(0, Math.min(received, MAX_DELAYS)));
    say({ event: 'report', received, unexpected, seconds: Number(lastNs - firstNs) / 1e9, delayMs });
    received = 0;
    unexpected = 0;
    seen.clear();
  }
  socket.close();
}

async function echo(): Promise<void> {
  const socket = await bound();
  socket.on('message', (datagram, from) => socket.send(datagram, from.port, from.address));
  for await (const _ of createInterface({ input: process.stdin })) say({ event: 'report' });
  socket.close();
}

async function flows(): Promise<void> {
  let received = 0;
  for (let index = 0; index < count; index++) {
    const socket = createSocket('udp4');
    socket.once('message', () => {
      received += 1;
    });
    socket.send(Buffer.alloc(bytes), port, address);
    await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
  }
  await new Promise((resolve) => setTimeout(resolve, ANSWER_TIMEOUT_MS));
  say({ event: 'opened', received });
  process.stdin.resume();
  await once(process.stdin, 'end');
  process.exit();
}

async function relay(): Promise<void> {
  const [to = '', toPort = ''] = process.argv.slice(5);
  const front = await bound();
  const back = await connected(to, Number(toPort));
  let peer = { address: '', port: 0 };
  front.on('message', (datagram, from) => {
    peer = from;
    back.send(datagram);
  });
  back.on('message', (datagram) => front.send(datagram, peer.port, peer.address));
  for await (const _ of createInterface({ input: process.stdin })) say({ event: 'report' });
  front.close();
  back.close();
}

async function send(): Promise<void> {
  const socket = await connected();
  const begin = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = perSecond === 0 ? count : Math.ceil(((performance.now() - begin) / 1000) * perSecond);
    for (; sent < Math.min(count, due); sent++) {
      const datagram = Buffer.alloc(bytes);
      stamp(datagram, sent);
      socket.send(datagram);
    }
    if (sent < count) sleep(BATCH_MS);
  }
  const seconds = (performance.now() - begin) / 1000;
  say({ event: 'sent', sent: count, seconds });
  socket.close();
}

async function ping(): Promise<void> {
  const socket = await connected();
  const trips: number[] = [];
  let answered: (() => void) | undefined;
  let index = 0;
  socket.on('message', (datagram) => {
    if (datagram.readUInt32BE(0) !== index) return;
    trips.push(Number(process.hrtime.bigint() - datagram.readBigUInt64BE(4)) / 1e6);
    answered?.();
  });
  for (index = 1; index <= count; index++) {
    const datagram = Buffer.alloc(bytes);
    const wait = new Promise<void>((resolve) => {
      answered = resolve;
      setTimeout(resolve, ANSWER_TIMEOUT_MS).unref();
    });
    stamp(datagram, index);
    socket.send(datagram);
    await wait;
    await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
  }
  say({ event: 'pinged', sent: count, received: trips.length, rttMs: summary(Float64Array.from(trips)) });
  socket.close();
}

const roles: Readonly<Record<string, () => Promise<void>>> = { sink, echo, flows, relay, send, ping };
await roles[role]?.();

/** What goes wrong around forwards: a station that is killed under all of them, SOCKS clients that stop, names that do not exist; and what is left open. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventually, Sockets, type TcpEnd, type UdpEnd } from '../net/forward/sockets.ts';
import { Forwarding } from './forwarding.ts';
import { Place, type Running } from './process.ts';

const RULES = [
  ...['127.0.0.1:*', '127.0.0.1:*/udp', '*.invalid:*', '*.invalid:*/udp'].flatMap((rule) => [
    '--allow-forward',
    rule,
  ]),
  ...['*', '*/udp'].flatMap((rule) => ['--allow-listen', rule]),
];
/** RFC 1928, 6: the destination's name cannot be resolved, as we have it. */
const HOST_UNREACHABLE = 4;

let place: Place;
const sockets = new Sockets();

beforeAll(async () => {
  place = await Place.make();
}, 30_000);

afterAll(async () => {
  sockets.close();
  await place?.dispose();
});

/** Files, sockets and pipes that a process has open. */
function openFiles({ pid }: Running): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function echoes(end: UdpEnd, port: number, data: string | Buffer): Promise<void> {
  const before = end.heard.length;
  let looks = 0;
  await eventually(`an answer from port ${port}`, () => {
    if (looks++ % 50 === 0) end.send(data, port);
    return end.heard.length > before;
  });
}

async function echoesTcp(end: TcpEnd, text: string): Promise<void> {
  end.send(text);
  await eventually(`"${text}" back`, () => end.heard.toString().endsWith(text));
}

/** The SOCKS5 request for CONNECT (1) or UDP ASSOCIATE (3), without authentication, to a name. */
function request(command: number, host: string, port: number): Buffer {
  return Buffer.from([5, command, 0, 3, host.length, ...Buffer.from(host), port >> 8, port & 255]);
}

/** Connects to a SOCKS server and has its request answered; the answer's bytes. */
async function socks(proxy: number, asked: Buffer): Promise<{ end: TcpEnd; answer: Buffer }> {
  const end = await sockets.connect(proxy);
  end.send(Buffer.from([5, 1, 0]));
  await eventually('the method', () => end.heard.length === 2);
  end.send(asked);
  await eventually('the answer', () => end.heard.length >= 2 + 10);
  return { end, answer: end.heard.subarray(2) };
}

/** A UDP ASSOCIATE's port, and the TCP connection that holds it. */
async function associate(proxy: number): Promise<{ port: number; end: TcpEnd }> {
  const { end, answer } = await socks(proxy, request(3, '0.0.0.0', 0));
  expect(answer[1]).toBe(0);
  return { port: answer.readUInt16BE(answer.length - 2), end };
}

/** A SOCKS UDP datagram to a port of loopback. */
function toLoopback(port: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 1, 127, 0, 0, 1, port >> 8, port & 255]), Buffer.from(text)]);
}

/** Traffic through each of the five forwards; how to end each connection again. */
async function useAll(forwarding: Forwarding, udp: number, tcp: number): Promise<(() => void)[]> {
  const port = (id: number): number => latest(forwarding, id)?.port ?? forwarding.port(id);
  const ends = await Promise.all(Array.from({ length: 6 }, () => sockets.udp()));
  await Promise.all(ends.map((end, at) => echoes(end, port(at % 2 ? 1 : 3), `number ${at}`)));
  const straight = await Promise.all([2, 4].map((id) => sockets.connect(port(id))));
  const { end: proxied } = await socks(port(5), request(1, '127.0.0.1', tcp));
  const association = await associate(port(5));
  await Promise.all([...straight, proxied].map((end) => echoesTcp(end, 'hello')));
  const near = await sockets.udp();
  await echoes(near, association.port, toLoopback(udp, 'hello'));
  const streams = [...straight, proxied, association.end].map(
    ({ socket }) =>
      () =>
        void socket.destroy(),
  );
  return [...streams, ...[near, ...ends].map((end) => () => end.close())];
}

describe.runIf(process.platform === 'linux')('forwards', { concurrent: true, timeout: 60_000 }, () => {
  test('all come back by themselves after the station was killed, and what they opened is closed again', async () => {
    const udp = await sockets.udpEcho();
    const tcp = await sockets.tcpEcho();
    const options = { data: 'killed', more: RULES };
    const first = await place.serve(options);
    const forwarding = await Forwarding.start(place, first, [
      `-L 0:127.0.0.1:${udp.port}/udp`,
      `-L 0:127.0.0.1:${tcp}`,
      `-R 0:127.0.0.1:${udp.port}/udp`,
      `-R 0:127.0.0.1:${tcp}`,
      '-D 0',
      '--idle-timeout 5',
    ]);
    const idle = openFiles(forwarding.process);
    const before = await useAll(forwarding, udp.port, tcp);
    await first.process.end('SIGKILL');
    await forwarding.until(({ event, at }) => event === 'link' && at === 'offline');
    const second = await place.serve({ ...options, port: first.port });
    await eventually('all active', () =>
      [1, 2, 3, 4, 5].every((id) => latest(forwarding, id)?.state === 'active'),
    );
    const stationIdle = openFiles(second.process);
    const ends = await useAll(forwarding, udp.port, tcp);
    expect(openFiles(second.process)).toBeGreaterThan(stationIdle);
    for (const end of [...before, ...ends]) end();
    await eventually('the client has closed all', () => openFiles(forwarding.process) <= idle);
    await eventually('the station has closed all', () => openFiles(second.process) <= stationIdle);
    const { outcome, counters } = await forwarding.end();
    expect(outcome.status).toBe(0);
    expect([...counters.values()].map(({ open }) => open)).toEqual([0, 0, 0, 0, 0]);
  });

  test('-D cuts who stops in the middle of the handshake, and says which name does not exist', async () => {
    const tcp = await sockets.tcpEcho();
    const station = await place.serve({ more: RULES });
    const forwarding = await Forwarding.start(place, station, ['-D 0']);
    const proxy = forwarding.port(1);
    const idle = openFiles(forwarding.process);
    const began = performance.now();
    const stopped = await Promise.all(
      ['', '05', '0501', '050100', '05010005010003'].map(async (hex) => {
        const end = await sockets.connect(proxy);
        end.send(Buffer.from(hex, 'hex'));
        return end;
      }),
    );
    const nowhere = await socks(proxy, request(1, 'nowhere.invalid', 80));
    expect(nowhere.answer[1]).toBe(HOST_UNREACHABLE);
    await forwarding.until(
      ({ event, text }) => event === 'notice' && (text ?? '').includes('nowhere.invalid'),
    );
    // The others are served meanwhile.
    const { end, answer } = await socks(proxy, request(1, '127.0.0.1', tcp));
    expect(answer[1]).toBe(0);
    await echoesTcp(end, 'served');
    await vi.waitUntil(() => stopped.every(({ over }) => over), { timeout: 15_000 });
    expect(performance.now() - began).toBeGreaterThan(5000);
    end.socket.destroy();
    await eventually('nothing is left open', () => openFiles(forwarding.process) <= idle);
    expect((await forwarding.end()).outcome.status).toBe(0);
  });
});

function latest(forwarding: Forwarding, id: number): { state?: string; port?: number | null } | undefined {
  const { events } = forwarding;
  const since = events.findLastIndex(({ event, at }) => event === 'link' && at === 'offline');
  return events.slice(since).findLast((line) => line.event === 'state' && line.id === id) as never;
}

/** Forwards of a real tunnel at a real station, over a TCP connection that breaks, and nothing left when it is over. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseForward } from '../../../src/net/forward/spec.ts';
import type { ForwardView } from '../../../src/net/forward/state.ts';
import type { ConnectOptions, Phase, TunnelEvent } from '../../../src/net/tunnel/messages.ts';
import { Tunnel } from '../../../src/net/tunnel/tunnel.ts';
import { TcpRelay } from '../../fakes/tcp-relay.ts';
import { makeKey, startStation, type TestStation } from '../../station/raw-client.ts';
import { eventually, Sockets, type UdpEnd } from '../forward/sockets.ts';

let place: TestStation;
let relay: TcpRelay;
let sockets: Sockets;
let tunnel: Tunnel;
let phases: Phase[];
let notices: string[];

beforeEach(async () => {
  place = await startStation({
    forwarding: { forward: ['127.0.0.1:*', '127.0.0.1:*/udp'], listen: ['*', '*/udp'] },
  });
  // Datagrams go to the port that the station names, so only TCP passes the relay.
  relay = await TcpRelay.start(place.station.address);
  sockets = new Sockets();
  phases = [];
  notices = [];
  tunnel = new Tunnel((event) => take(event));
  tunnel.connect(options());
  await eventually('online', () => phases.at(-1)?.at === 'online');
});

afterEach(async () => {
  tunnel.forwards.close();
  tunnel.disconnect();
  sockets.close();
  await relay.close();
  await place.close();
});

function take(event: TunnelEvent): void {
  if (event.event === 'phase') phases.push(event.phase);
  if (event.event === 'forward-notice') notices.push(`${event.code}: ${event.text}`);
}

function options(): ConnectOptions {
  const { host, fingerprint } = place.station.address;
  return {
    host,
    port: relay.port,
    user: 'ann',
    identity: { from: 'key', privateKey: makeKey().private },
    hostKey: { by: 'fingerprint', fingerprint },
    suites: ['chacha20-poly1305'],
  };
}

async function add(...texts: string[]): Promise<void> {
  for (const text of texts) {
    const [option = '', spec = ''] = text.split(' ');
    await tunnel.forwards.add({ spec: parseForward(option as '-L', spec), idleS: 60, socksAuth: null });
  }
  await allActive();
}

function allActive(): Promise<void> {
  return eventually('all active', () => views().every(({ state }) => state.at === 'active'));
}

function views(): ForwardView[] {
  return tunnel.forwards.list();
}

function portOf(id: number): number {
  const state = views().find((view) => view.id === id)?.state;
  return state?.at === 'active' ? state.port : 0;
}

async function answered(end: UdpEnd, port: number, text: string): Promise<void> {
  const before = end.heard.length;
  let looks = 0;
  await eventually(`an answer to ${text}`, () => {
    if (looks++ % 50 === 0) end.send(text, port);
    return end.heard.length > before;
  });
}

test('UDP goes on while TCP is down, from the same source port; TCP comes back', async () => {
  // The destination answers with the port that it sees: a new flow would have another one.
  const udp = await sockets.udp((_, from, socket) => socket.send(`${from.port}`, from.port, from.address));
  const tcp = await sockets.tcpEcho();
  await add(
    `-L 0:127.0.0.1:${udp.port}/udp`,
    `-R 0:127.0.0.1:${udp.port}/udp`,
    `-L 0:127.0.0.1:${tcp}`,
    `-R 0:127.0.0.1:${tcp}`,
  );
  const [near, far] = [await sockets.udp(), await sockets.udp()];
  const [udpLocal, udpRemote, tcpLocal] = [portOf(1), portOf(2), portOf(3)];
  await answered(near, udpLocal, 'before');
  await answered(far, udpRemote, 'before');
  relay.blackHole();
  relay.cut();
  await eventually('offline', () => phases.at(-1)?.at === 'offline');
  expect(views().map(({ state }) => state.at)).toEqual(['active', 'active', 'waiting', 'waiting']);
  await answered(near, udpLocal, 'meanwhile');
  await answered(far, udpRemote, 'meanwhile');
  relay.heal();
  relay.cut();
  await eventually('online', () => phases.at(-1)?.at === 'online');
  expect(phases.at(-1)).toMatchObject({ resumed: true });
  await allActive();
  await answered(near, udpLocal, 'after');
  await answered(far, udpRemote, 'after');
  expect([new Set(near.heard).size, new Set(far.heard).size]).toEqual([1, 1]);
  for (const port of [tcpLocal, portOf(4)]) {
    const client = await sockets.connect(port);
    client.send('hello');
    await eventually('the echo', () => `${client.heard}` === 'hello');
  }
});

test('a refusal in words: of a UDP forward, of a TCP connection, of a listener, of an association', async () => {
  await add('-L 0:10.9.8.7:80');
  await tunnel.forwards.add({ spec: parseForward('-L', '0:10.9.8.7:53/udp'), idleS: 60, socksAuth: null });
  await eventually('refused', () => views()[1]?.state.at === 'failed');
  expect(views()[1]?.state).toMatchObject({
    code: 'forward.refused',
    reason: expect.stringMatching(/10\.9\.8\.7:53\/udp/),
  });
  const client = await sockets.connect(portOf(1));
  await eventually('closed', () => client.over);
  expect(notices).toEqual([expect.stringMatching(/^forward\.refused: .*10\.9\.8\.7:80/)]);
  await tunnel.forwards.add({ spec: parseForward('-R', '80:127.0.0.1:80'), idleS: 60, socksAuth: null });
  await eventually('refused', () => views()[2]?.state.at === 'failed');
  expect(views()[2]?.state).toMatchObject({
    code: 'forward.refused',
    reason: expect.stringMatching(/:80\b/),
  });
});

/** Sockets of this process, of the tunnel, the station and the test alike. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => /UDP|TCP/i.test(kind)).length;
}

test('hundreds of flows and many connections leave nothing open', async () => {
  const udp = await sockets.udpEcho();
  const tcp = await sockets.tcpEcho();
  const before = openSockets();
  await add(
    `-L 0:127.0.0.1:${udp.port}/udp`,
    `-R 0:127.0.0.1:${udp.port}/udp`,
    `-L 0:127.0.0.1:${tcp}`,
    '-D 0',
  );
  const ends: UdpEnd[] = [];
  for (let at = 0; at < 300; at++) ends.push(await sockets.udp());
  let looks = 0;
  // On a busy machine some are let go on their way, as UDP may: asked again until all are answered.
  await eventually('every answer', () => {
    const missing = ends.filter((end) => end.heard.length === 0);
    if (looks++ % 50 === 0) for (const end of missing) end.send('x', portOf(ends.indexOf(end) % 2 ? 1 : 2));
    return missing.length === 0;
  });
  expect(
    views()
      .slice(0, 2)
      .map(({ counters }) => counters.open),
  ).toEqual([150, 150]);
  const clients = await Promise.all(Array.from({ length: 50 }, () => sockets.connect(portOf(3))));
  for (const client of clients) client.send('x');
  await eventually('every echo', () => clients.every((client) => `${client.heard}` === 'x'));
  expect(openSockets()).toBeGreaterThan(before + 300);
  for (const end of ends) end.close();
  for (const client of clients) client.socket.destroy();
  for (const { id } of views()) tunnel.forwards.remove(id);
  await eventually('as many sockets as before', () => openSockets() <= before);
  expect(views()).toEqual([]);
});

test('a TCP port at the station follows a member whose connection fell into a hole', async () => {
  const tcp = await sockets.tcpEcho();
  await add(`-R 0:127.0.0.1:${tcp}`);
  const port = portOf(1);
  await tunnel.forwards.remove(1);
  await add(`-R ${port}:127.0.0.1:${tcp}`);
  relay.blackHole();
  relay.cutNear();
  await eventually('offline', () => phases.at(-1)?.at === 'offline');
  relay.heal();
  await eventually('online', () => phases.at(-1)?.at === 'online');
  expect(phases.at(-1)).toMatchObject({ resumed: true });
  const since = performance.now();
  await allActive();
  expect(performance.now() - since).toBeLessThan(3000);
  expect(portOf(2)).toBe(port);
  expect(notices).toEqual([]);
  const client = await sockets.connect(port);
  client.send('hello');
  await eventually('the echo', () => `${client.heard}` === 'hello');
});

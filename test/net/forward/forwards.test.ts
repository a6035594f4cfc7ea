/** The manager and its drivers against a fake link: states, flows, what is counted, and that nothing is left open. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VoiptermError } from '../../../src/errors.ts';
import { Forwards } from '../../../src/net/forward/forwards.ts';
import { parseForward } from '../../../src/net/forward/spec.ts';
import type { ForwardAsk, ForwardView } from '../../../src/net/forward/state.ts';
import {
  dataOf,
  encodeForward,
  flowOf,
  forwardOf,
  STATION_FLOW,
} from '../../../src/net/protocol/forward-packet.ts';
import { FakeLink } from './fake-link.ts';
import { eventually, Sockets } from './sockets.ts';

let sockets: Sockets;
let forwards: Forwards;
let link: FakeLink;
let changes: ForwardView[];
let notices: string[];

beforeEach(() => {
  sockets = new Sockets();
  link = new FakeLink();
  changes = [];
  notices = [];
  forwards = new Forwards({
    changed: (view) => changes.push(view),
    notice: (_, code, text) => notices.push(`${code}: ${text}`),
  });
});

afterEach(() => {
  forwards.close();
  sockets.close();
});

function ask(text: string): ForwardAsk {
  const [option = '', spec = ''] = text.split(' ');
  return { spec: parseForward(option as '-L', spec), idleS: 60, socksAuth: null };
}

/** Adds a forward and waits until it carries traffic; answers with its port. */
async function active(text: string, more: Partial<ForwardAsk> = {}): Promise<number> {
  const { id } = await forwards.add({ ...ask(text), ...more });
  await eventually(`${text} active`, () => view(id).state.at === 'active');
  const { state } = view(id);
  return state.at === 'active' ? state.port : 0;
}

function view(id: number): ForwardView {
  const found = forwards.list().find((one) => one.id === id);
  if (!found) throw new Error(`no forward ${id}`);
  return found;
}

// UDP -------------------------------------------------------------------------------------------------------

test('each local source is a flow of its own, and answers find the right one', async () => {
  forwards.online(link);
  const port = await active('-L 0:10.0.0.2:53/udp');
  expect(link.calls).toEqual([
    { method: 'forward.open', ask: { kind: 'udp', host: '10.0.0.2', port: 53, idleS: 60 } },
  ]);
  link.onSend = (payload) => {
    const answer = Buffer.from(`re ${dataOf(payload)}`);
    forwards.receive(encodeForward(forwardOf(payload), flowOf(payload), answer));
  };
  const ends = await Promise.all(Array.from({ length: 20 }, () => sockets.udp()));
  for (const [at, end] of ends.entries()) end.send(`from ${at}`, port);
  await eventually('every answer', () => ends.every((end) => end.heard.length === 1));
  expect(ends.map((end) => end.heard)).toEqual(ends.map((_, at) => [`re from ${at}`]));
  expect(new Set(link.sent.map(flowOf)).size).toBe(20);
  expect(link.sent.every((payload) => forwardOf(payload) === 7 && flowOf(payload) < STATION_FLOW)).toBe(true);
  expect(view(1).counters).toMatchObject({ open: 20, opened: 20, datagramsUp: 20, datagramsDown: 20 });
});

test('what comes for a flow or a forward that is not there is dropped', async () => {
  forwards.online(link);
  await active('-L 0:10.0.0.2:53/udp');
  forwards.receive(encodeForward(7, 99, Buffer.from('late')));
  forwards.receive(encodeForward(8, 0, Buffer.from('stranger')));
  forwards.receive(Uint8Array.of(0, 7, 0));
  expect(view(1).counters).toMatchObject({ dropped: 1, datagramsDown: 0 });
});

test('a datagram over the size is counted and told once', async () => {
  forwards.online(link);
  const port = await active('-L 0:10.0.0.2:53/udp');
  const end = await sockets.udp();
  for (const size of [1195, 1400, 1194]) end.send(Buffer.alloc(size), port);
  await eventually('three datagrams', () => view(1).counters.tooLarge + view(1).counters.datagramsUp === 3);
  expect(view(1).counters).toMatchObject({ tooLarge: 2, datagramsUp: 1 });
  expect(notices).toEqual([expect.stringMatching(/1195 bytes.*at most 1194/)]);
});

test('a flow that idles is forgotten', async () => {
  forwards.online(link);
  const port = await active('-L 0:10.0.0.2:53/udp', { idleS: 0.001 });
  (await sockets.udp()).send('once', port);
  await eventually('the flow', () => view(1).counters.opened === 1);
  await eventually('its end', () => view(1).counters.open === 0);
  expect(view(1).counters).toMatchObject({ expired: 1, evicted: 0 });
});

test("-R: the station's flows each get a socket to the destination", async () => {
  const echo = await sockets.udp((data, from, socket) =>
    socket.send(`${from.port} ${data}`, from.port, from.address),
  );
  forwards.online(link);
  expect(await active(`-R 5353:127.0.0.1:${echo.port}/udp`)).toBe(5353);
  expect(link.calls).toEqual([
    { method: 'forward.listen', ask: { kind: 'udp', bind: 'localhost', port: 5353, idleS: 60 } },
  ]);
  for (const flow of [STATION_FLOW, STATION_FLOW + 1, STATION_FLOW]) {
    forwards.receive(encodeForward(7, flow, Buffer.from('hello')));
  }
  await eventually('three answers', () => link.sent.length === 3);
  const ports = new Map(link.sent.map((payload) => [flowOf(payload), `${dataOf(payload)}`]));
  expect([...ports.keys()].sort()).toEqual([STATION_FLOW, STATION_FLOW + 1]);
  expect(new Set(ports.values()).size).toBe(2);
  expect(view(1).counters).toMatchObject({ open: 2, datagramsUp: 3, datagramsDown: 3 });
  forwards.remove(1);
  expect(link.calls.at(-1)).toEqual({ method: 'forward.close', ask: { forward: 7 } });
});

test('-R to a port where nobody listens: counted, and the flow works once somebody does', async () => {
  const place = await sockets.udp();
  const { port } = place;
  place.close();
  forwards.online(link);
  await active(`-R 5353:127.0.0.1:${port}/udp`);
  const send = (): void => forwards.receive(encodeForward(7, STATION_FLOW, Buffer.from('x')));
  send();
  await eventually('the refusal', () => view(1).counters.unreachable > 0);
  const echo = await import('node:dgram').then(({ createSocket }) => createSocket('udp4'));
  echo.on('message', (data, from) => echo.send(data, from.port, from.address)).bind(port, '127.0.0.1');
  await once(echo, 'listening');
  try {
    await eventually('an answer', () => {
      send();
      return link.sent.length > 0;
    });
    expect(view(1).counters.open).toBe(1);
  } finally {
    echo.close();
  }
});

// States ----------------------------------------------------------------------------------------------------

test('forwards wait without a link, come with it, and come back on the next', async () => {
  const { state } = await forwards.add(ask('-L 0:10.0.0.2:53/udp'));
  expect(state).toEqual({ at: 'waiting', code: null, reason: 'not connected to the station' });
  forwards.online(link);
  await eventually('active', () => view(1).state.at === 'active');
  const before = view(1).state;
  forwards.offline();
  expect(view(1).state.at).toBe('waiting');
  const next = new FakeLink();
  next.nextForward = 3;
  forwards.online(next);
  await eventually('active again', () => view(1).state.at === 'active');
  expect(view(1).state).toEqual(before);
  const end = await sockets.udp();
  end.send('x', before.at === 'active' ? before.port : 0);
  await eventually('a datagram on the new link', () => next.sent.length === 1);
  expect(forwardOf(next.sent[0]!)).toBe(3);
  expect(changes.map((change) => change.state.at)).toEqual(['active', 'waiting', 'active']);
});

test('over a resumed session UDP goes on under its old number, and TCP listens anew', async () => {
  forwards.online(link);
  const port = await active('-L 0:10.0.0.2:53/udp');
  await active('-R 8080:127.0.0.1:80');
  forwards.interrupted(true);
  expect(forwards.list().map((one) => one.state.at)).toEqual(['active', 'waiting']);
  const end = await sockets.udp();
  end.send('meanwhile', port);
  await eventually('a datagram on the old session', () => link.sent.length === 1);
  const next = new FakeLink();
  forwards.online(next, true);
  await eventually('both active', () => forwards.list().every((one) => one.state.at === 'active'));
  expect(next.calls).toEqual([]);
  expect(next.listening).toEqual(['localhost:8080']);
  end.send('then', port);
  await eventually('a datagram on the new one', () => next.sent.length === 1);
});

test('a refusal is the state, and the next link is asked again', async () => {
  link.refusal = new VoiptermError('forward.refused', 'the station does not allow 10.0.0.2:53/udp');
  forwards.online(link);
  await forwards.add(ask('-L 0:10.0.0.2:53/udp'));
  await eventually('refused', () => view(1).state.at === 'failed');
  expect(view(1).state).toMatchObject({
    code: 'forward.refused',
    reason: expect.stringMatching(/10\.0\.0\.2/),
  });
  forwards.offline();
  link.refusal = undefined;
  forwards.online(link);
  await eventually('active', () => view(1).state.at === 'active');
});

test('what may succeed later is tried again', async () => {
  link.refusal = new VoiptermError('forward.unreachable', 'db.internal does not resolve');
  forwards.online(link);
  await forwards.add(ask('-L 0:db.internal:53/udp'));
  await eventually('waiting', () => view(1).state.at === 'waiting' && link.calls.length === 1);
  link.refusal = undefined;
  await eventually('active', () => view(1).state.at === 'active');
  expect(changes.map(({ state }) => state.at)).toEqual(['waiting', 'active']);
});

test('a station that answers after the forward was removed is told to close it', async () => {
  let answer: (value: { forward: number }) => void = () => undefined;
  const call = link.call.bind(link);
  link.call = (method, request) => {
    if (method !== 'forward.open') return call(method, request);
    return new Promise((resolve) => {
      answer = resolve as typeof answer;
    });
  };
  forwards.online(link);
  await forwards.add(ask('-L 0:10.0.0.2:53/udp'));
  expect(forwards.remove(1)).toBe(true);
  answer({ forward: 9 });
  await eventually('the close', () => link.calls.length === 1);
  expect(link.calls).toEqual([{ method: 'forward.close', ask: { forward: 9 } }]);
  expect(forwards.remove(1)).toBe(false);
});

test('a port in use is refused with a sentence, UDP and TCP alike, and leaves nothing behind', async () => {
  const udp = await sockets.udp();
  const tcp = await sockets.tcp(() => undefined);
  for (const text of [`-L ${udp.port}:h:1/udp`, `-L ${tcp}:h:1`, `-D ${tcp}`]) {
    await expect(forwards.add(ask(text))).rejects.toMatchObject({
      code: 'forward.in-use',
      message: expect.stringMatching(/^cannot listen on localhost:\d+: another program uses it/),
    });
  }
  expect(forwards.list()).toEqual([]);
});

test('an address that is not ours is refused with a sentence', async () => {
  await expect(forwards.add(ask('-L 192.0.2.1:0:h:1/udp'))).rejects.toMatchObject({
    code: 'forward.in-use',
    message: expect.stringMatching(/no such address/),
  });
});

// TCP -------------------------------------------------------------------------------------------------------

/** The station's side: a real connection to a port of this machine. */
function dial(port: number): () => Promise<Duplex> {
  return async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
}

test('-L: a megabyte there and back, and half-close goes through', async () => {
  link.onOpenTcp = dial(await sockets.tcpEcho());
  forwards.online(link);
  const end = await sockets.connect(await active('-L 0:db:5432'));
  const bytes = Buffer.alloc(1_000_000, 'abcdefg');
  end.send(bytes);
  end.socket.end();
  await eventually('the end', () => end.ended);
  expect(end.heard.equals(bytes)).toBe(true);
  await eventually('it is closed', () => view(1).counters.open === 0);
  expect(view(1).counters).toMatchObject({ opened: 1, bytesUp: 1_000_000, bytesDown: 1_000_000 });
});

test('-L: a refusal closes the connection and is told, but not each time', async () => {
  forwards.online(link);
  const port = await active('-L 0:db:5432');
  for (let i = 0; i < 5; i++) {
    const end = await sockets.connect(port);
    await eventually('closed', () => end.over);
  }
  expect(notices).toEqual(['forward.refused: the station allows nothing']);
  expect(view(1).counters).toMatchObject({ open: 0, opened: 5, unreachable: 5 });
});

test('-L: connections end with the link, and none is taken without one', async () => {
  link.onOpenTcp = dial(await sockets.tcpEcho());
  forwards.online(link);
  const port = await active('-L 0:db:5432');
  const end = await sockets.connect(port);
  end.send('hello');
  await eventually('the echo', () => `${end.heard}` === 'hello');
  forwards.offline();
  await eventually('closed', () => end.over);
  const late = await sockets.connect(port);
  await eventually('closed at once', () => late.over);
  expect(view(1).counters).toMatchObject({ open: 0, dropped: 1 });
});

test('-L: a client that leaves while the station connects leaves nothing open', async () => {
  const [far, near] = duplexPair();
  let give: (stream: Duplex) => void = () => undefined;
  link.onOpenTcp = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  forwards.online(link);
  const end = await sockets.connect(await active('-L 0:db:5432'));
  await eventually('it was taken', () => view(1).counters.open === 1);
  end.socket.resetAndDestroy();
  give(near);
  far.resume();
  await eventually('the stream ended', () => near.destroyed);
  await eventually('nothing open', () => view(1).counters.open === 0);
});

test('-R: the destination is asked first, then the connection is taken', async () => {
  const port = await sockets.tcpEcho();
  forwards.online(link);
  expect(await active(`-R 8080:127.0.0.1:${port}`)).toBe(8080);
  const [far, near] = duplexPair();
  const incoming = { to: { host: 'localhost', port: 8080 }, from: { host: '192.0.2.9', port: 1 } };
  forwards.incoming({ ...incoming, accept: () => near, reject: () => expect.unreachable() });
  far.end('through');
  const [answer] = (await once(far, 'data')) as [Buffer];
  expect(`${answer}`).toBe('through');
  await once(far, 'end');
  await eventually('closed', () => view(1).counters.open === 0);
});

test("-R: a destination that refuses, and a listener that is nobody's", async () => {
  const place = await sockets.udp();
  forwards.online(link);
  await active(`-R 8080:127.0.0.1:${place.port}`);
  let rejected = 0;
  const reject = (): void => {
    rejected += 1;
  };
  const from = { host: '192.0.2.9', port: 1 };
  const accept = (): Duplex => expect.unreachable();
  forwards.incoming({ to: { host: 'localhost', port: 8080 }, from, accept, reject });
  await eventually('the refusal', () => rejected === 1);
  expect(notices).toEqual([
    expect.stringMatching(/127\.0\.0\.1:\d+ cannot be reached from here: nothing listens/),
  ]);
  forwards.incoming({ to: { host: 'localhost', port: 8081 }, from, accept, reject });
  expect(rejected).toBe(2);
  forwards.remove(1);
  expect(link.listening).toEqual([]);
});

/** The SOCKS5 server over real sockets with a fake link: CONNECT, UDP ASSOCIATE, refusals, and clients that stop. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { VoiptermError } from '../../../src/errors.ts';
import { Forwards } from '../../../src/net/forward/forwards.ts';
import { encodeSocksAddress, readSocksAddress } from '../../../src/net/forward/socks.ts';
import { parseForward } from '../../../src/net/forward/spec.ts';
import type { ForwardCounters } from '../../../src/net/forward/state.ts';
import { dataOf, encodeForward, flowOf, forwardOf } from '../../../src/net/protocol/forward-packet.ts';
import { FakeLink } from './fake-link.ts';
import { eventually, Sockets, type TcpEnd } from './sockets.ts';

let sockets: Sockets;
let forwards: Forwards;
let link: FakeLink;
let notices: string[];
let port: number;

beforeEach(async () => {
  sockets = new Sockets();
  link = new FakeLink();
  notices = [];
  forwards = new Forwards({ changed: () => undefined, notice: (_, code) => notices.push(code) });
  forwards.online(link);
  await forwards.add({ spec: parseForward('-D', '127.0.0.1:0'), idleS: 60, socksAuth: null });
  await eventually('active', () => forwards.list()[0]?.state.at === 'active');
  const state = forwards.list()[0]?.state;
  port = state?.at === 'active' ? state.port : 0;
});

afterEach(() => {
  vi.useRealTimers();
  forwards.close();
  sockets.close();
});

function counters(): ForwardCounters {
  return forwards.list()[0]!.counters;
}

function request(command: number, host: string, to: number): Uint8Array {
  return Uint8Array.from([5, command, 0, ...encodeSocksAddress({ host, port: to })]);
}

/** Greets and asks; the client with the greeting's answer taken off. */
async function asked(command: number, host: string, to: number): Promise<TcpEnd> {
  const end = await sockets.connect(port);
  end.send(Uint8Array.of(5, 1, 0));
  await eventually('the method', () => end.heard.length === 2);
  expect([...end.heard]).toEqual([5, 0]);
  end.heard = Buffer.alloc(0);
  end.send(request(command, host, to));
  await eventually('the reply', () => end.heard.length >= 10);
  return end;
}

test('CONNECT by name: the station resolves it, and bytes go through both ways', async () => {
  const echo = await sockets.tcpEcho();
  const wanted: unknown[] = [];
  link.onOpenTcp = async (to) => {
    wanted.push(to);
    const socket = connect({ port: echo, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
  const end = await asked(1, 'example.org', 443);
  expect(wanted).toEqual([{ host: 'example.org', port: 443 }]);
  expect(end.heard[1]).toBe(0);
  end.heard = Buffer.alloc(0);
  end.send('through');
  await eventually('the echo', () => `${end.heard}` === 'through');
  end.socket.end();
  await eventually('nothing open', () => counters().open === 0);
});

test('what a client sends with its request is not lost', async () => {
  const echo = await sockets.tcpEcho();
  link.onOpenTcp = async () => {
    const socket = connect({ port: echo, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
  const end = await sockets.connect(port);
  end.send(Buffer.concat([Uint8Array.of(5, 1, 0), request(1, '10.0.0.1', 80), Buffer.from('early')]));
  await eventually('the echo', () => end.heard.toString('latin1').endsWith('early'));
});

test.each([
  [new VoiptermError('forward.refused', 'not allowed'), 2],
  [new VoiptermError('forward.unreachable', 'no such host'), 4],
  [new VoiptermError('control.unreachable', 'lost'), 3],
  [new Error('anything'), 1],
])('a failure %s is reply %i', async (failure, reply) => {
  link.onOpenTcp = () => Promise.reject(failure);
  const end = await asked(1, 'example.org', 443);
  expect(end.heard[1]).toBe(reply);
  await eventually('closed', () => end.over);
  await eventually('nothing open', () => counters().open === 0);
});

test('BIND and an unknown command are refused as such', async () => {
  for (const command of [2, 9]) {
    const end = await asked(command, '10.0.0.1', 80);
    expect(end.heard[1]).toBe(7);
    await eventually('closed', () => end.over);
  }
});

test('UDP ASSOCIATE: each datagram names its destination, answers come with who sent them', async () => {
  const end = await asked(3, '0.0.0.0', 0);
  expect(end.heard[1]).toBe(0);
  const bound = readSocksAddress(end.heard, 3);
  if (bound.read !== 'whole') throw new Error('no address');
  expect(bound.value.host).toBe('127.0.0.1');
  link.onSend = (payload) => {
    forwards.receive(encodeForward(forwardOf(payload), flowOf(payload), dataOf(payload)));
  };
  const udp = await sockets.udp();
  const body = Buffer.concat([encodeSocksAddress({ host: 'dns.example', port: 53 }), Buffer.from('query')]);
  udp.send(Buffer.concat([Buffer.of(0, 0, 0), body]), bound.value.port);
  await eventually('the answer', () => udp.heard.length === 1);
  expect(Buffer.from(udp.heard[0]!, 'latin1')).toEqual(Buffer.concat([Buffer.of(0, 0, 0), body]));
  expect(link.calls).toEqual([{ method: 'forward.open', ask: { kind: 'socks-udp', idleS: 60 } }]);
  // A fragment, a stranger's port, rubbish.
  udp.send(Buffer.concat([Buffer.of(0, 0, 1), body]), bound.value.port);
  udp.send('x', bound.value.port);
  (await sockets.udp()).send(Buffer.concat([Buffer.of(0, 0, 0), body]), bound.value.port);
  await eventually('three dropped', () => counters().dropped === 3);
  expect(link.sent.length).toBe(1);
  // The next link is asked anew while there is an association.
  const next = new FakeLink();
  next.nextForward = 12;
  forwards.online(next);
  await eventually('asked anew', () => next.calls.length === 1);
  await eventually('sent there', () => {
    udp.send(Buffer.concat([Buffer.of(0, 0, 0), body]), bound.value.port);
    return next.sent.length > 0;
  });
  expect(forwardOf(next.sent[0]!)).toBe(12);
  end.socket.destroy();
  await eventually('nothing open', () => counters().open === 0);
});

test('UDP that the station does not allow is reply 2, and CONNECT still works', async () => {
  link.refusal = new VoiptermError('forward.refused', 'no UDP here');
  const end = await asked(3, '0.0.0.0', 0);
  expect(end.heard[1]).toBe(2);
  expect(notices).toEqual(['forward.refused']);
});

test('a client that stops in the middle of its handshake is cut after ten seconds, however it dribbles', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const end = await sockets.connect(port);
  const taken = async (): Promise<void> => {
    while (counters().open === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await taken();
  end.send(Uint8Array.of(5));
  vi.advanceTimersByTime(9_999);
  expect(counters().open).toBe(1);
  vi.advanceTimersByTime(1);
  while (counters().open !== 0) await new Promise((resolve) => setImmediate(resolve));
  expect(counters()).toMatchObject({ open: 0, opened: 1 });
});

test('a client that hangs up in the middle leaves nothing', async () => {
  const end = await sockets.connect(port);
  end.send(Uint8Array.of(5, 1));
  end.socket.end();
  await eventually('closed', () => end.over && counters().open === 0);
});

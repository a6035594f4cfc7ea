/** The UDP forwards of a station, with real sockets outside and a member who is a function. */
import dgram, { type Socket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { encodeSocksAddress } from '../../src/net/forward/socks.ts';
import {
  dataOf,
  encodeForward,
  flowOf,
  forwardOf,
  STATION_FLOW,
} from '../../src/net/protocol/forward-packet.ts';
import { newCounters } from '../../src/station/counters.ts';
import type { Lookup } from '../../src/station/destinations.ts';
import { ForwardAccess } from '../../src/station/forward-access.ts';
import { Forwards, type ForwardsOptions } from '../../src/station/forwards.ts';
import { eventually } from './raw-client.ts';

const ANN = { id: 0x10001, fingerprint: 'SHA256:ann' };
const BOB = { id: 0x10002, fingerprint: 'SHA256:bob' };

interface Heard {
  readonly member: number;
  readonly forward: number;
  readonly flow: number;
  readonly text: string;
}

let sockets: Socket[];
let heard: Heard[];
let notices: string[];
let forwards: Forwards;
let counters: ReturnType<typeof newCounters>;
const live = () => forwards.withLive(counters);
const udpHandles = (): number => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;

function start(
  allow: readonly string[],
  listen: readonly string[],
  more: Partial<ForwardsOptions> = {},
): void {
  forwards = new Forwards({
    access: new ForwardAccess({ forward: allow, listen }, () => undefined, silentLog),
    counters,
    send: (member, payload) => {
      const text = Buffer.from(dataOf(payload)).toString('latin1');
      heard.push({ member, forward: forwardOf(payload), flow: flowOf(payload), text });
      return payload.length <= 1200;
    },
    maxPayload: () => 1200,
    notice: (_member, sentence) => notices.push(sentence),
    ...more,
  });
}

/** A program outside; `answer` says what it sends back. */
async function outside(answer?: (text: string, from: string) => string, address = '127.0.0.1', port = 0) {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const got: { text: string; port: number }[] = [];
  socket.on('message', (data, from) => {
    const text = data.toString('latin1');
    got.push({ text, port: from.port });
    const reply = answer?.(text, `${from.address}:${from.port}`);
    if (reply !== undefined) socket.send(Buffer.from(reply, 'latin1'), from.port, from.address);
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  sockets.push(socket);
  return { socket, port: socket.address().port, got };
}

function say(member: { id: number }, forward: number, flow: number, text: string): void {
  forwards.receive(member.id, encodeForward(forward, flow, Buffer.from(text, 'latin1')), performance.now());
}

let handlesBefore: number;
beforeEach(() => {
  handlesBefore = udpHandles();
  sockets = [];
  heard = [];
  notices = [];
  counters = newCounters();
});
afterEach(async () => {
  forwards.closeAll();
  for (const socket of sockets) socket.close();
  expect(live()).toMatchObject({ liveForwards: 0, liveFlows: 0 });
  await eventually(() => expect(udpHandles()).toBe(handlesBefore));
});

describe('a forward to a destination', () => {
  it('gives each flow a socket of its own and brings answers to the right one', async () => {
    const echo = await outside((text) => `re ${text}`);
    start([`127.0.0.1:${echo.port}/udp`], []);
    const { forward } = await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port: echo.port });
    for (const flow of [0, 1, 0x7fffffff, 1]) say(ANN, forward, flow, `from ${flow}`);
    await eventually(() => expect(heard).toHaveLength(4));
    expect(heard.map(({ flow, text }) => `${flow}: ${text}`).sort()).toEqual(
      [0, 1, 1, 0x7fffffff].map((flow) => `${flow}: re from ${flow}`).sort(),
    );
    expect(new Set(echo.got.map(({ port }) => port)).size).toBe(3);
    expect(live()).toMatchObject({
      liveForwards: 1,
      liveFlows: 3,
      flowsOpened: 3,
      forwardIn: 4,
      forwardOut: 4,
    });
    forwards.close(ANN.id, forward);
    say(ANN, forward, 0, 'too late');
    expect(live()).toMatchObject({ liveForwards: 0, liveFlows: 0, flowsOpened: 3, forwardUnknown: 1 });
  });

  it('hears nobody but its destination', async () => {
    const echo = await outside((text) => text);
    const stranger = await outside();
    start(['127.0.0.1:*/udp'], []);
    const { forward } = await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port: echo.port });
    say(ANN, forward, 1, 'one');
    await eventually(() => expect(heard).toHaveLength(1));
    stranger.socket.send('forged', echo.got[0]!.port, '127.0.0.1');
    say(ANN, forward, 1, 'two');
    await eventually(() => expect(heard).toHaveLength(2));
    expect(heard.map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('counts that nobody listens, and works as soon as somebody does', async () => {
    const { socket, port } = await outside();
    socket.close();
    sockets = [];
    start([`127.0.0.1:${port}/udp`], []);
    const { forward } = await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port });
    say(ANN, forward, 5, 'hello?');
    await eventually(() => expect(counters.forwardUnreachable).toBe(1));
    await outside((text) => `re ${text}`, '127.0.0.1', port);
    say(ANN, forward, 5, 'hello!');
    await eventually(() => expect(heard.map(({ text }) => text)).toEqual(['re hello!']));
    expect(live().liveFlows).toBe(1);
  });

  it('forgets idle flows, and only those', async () => {
    const echo = await outside();
    start([`127.0.0.1:${echo.port}/udp`], []);
    const { forward } = await forwards.open(ANN, {
      kind: 'udp',
      host: '127.0.0.1',
      port: echo.port,
      idleS: 0.05,
    });
    const other = await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port: echo.port });
    for (let flow = 0; flow < 10; flow++) say(ANN, forward, flow, 'x');
    say(ANN, other.forward, 0, 'x');
    expect(live().liveFlows).toBe(11);
    await eventually(() => expect(live()).toMatchObject({ liveFlows: 1, flowsExpired: 10, liveForwards: 2 }));
  });

  it('speaks IPv6', async () => {
    const echo = await outside((text) => text, '::1');
    start([`[::1]:${echo.port}/udp`], []);
    const { forward } = await forwards.open(ANN, { kind: 'udp', host: '::1', port: echo.port });
    say(ANN, forward, 1, 'six');
    await eventually(() => expect(heard.map(({ text }) => text)).toEqual(['six']));
  });

  it('tells once that an answer does not fit into the tunnel', async () => {
    const echo = await outside(() => 'x'.repeat(1300));
    start([`127.0.0.1:${echo.port}/udp`], []);
    const { forward } = await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port: echo.port });
    for (let i = 0; i < 3; i++) say(ANN, forward, 1, 'ask');
    await eventually(() => expect(counters.forwardUnsent).toBe(3));
    expect(notices).toEqual([expect.stringMatching(/1300 bytes .* takes 1194 /)]);
  });
});

describe('what a member may reach', () => {
  const ask = { kind: 'udp' as const, port: 53 };
  it('is nothing unless it is listed', async () => {
    start([], []);
    await expect(forwards.open(ANN, { ...ask, host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'forward.refused',
      message:
        'This station does not let you reach 192.0.2.1:53/udp: ask its operator to allow it (serve --allow-forward 192.0.2.1:53/udp).',
    });
    await expect(forwards.open(ANN, { kind: 'socks-udp' })).rejects.toMatchObject({
      code: 'forward.refused',
    });
    await expect(forwards.listen(ANN, { kind: 'udp', bind: 'localhost', port: 9000 })).rejects.toMatchObject({
      code: 'forward.refused',
      message: expect.stringContaining('serve --allow-listen 9000/udp'),
    });
    expect(counters.forwardsRefused).toBe(3);
  });

  it('is judged by the address that a name has, which is asked for once', async () => {
    const asked: string[] = [];
    const answers: Record<string, string[]> = {
      'good.example': ['192.0.2.7'],
      'evil.example': ['127.0.0.1', '169.254.169.254'],
    };
    const lookup: Lookup = async (name) => {
      asked.push(name);
      // A name server that says something else the second time.
      const all = answers[name] ?? [];
      answers[name] = ['127.0.0.1'];
      if (all.length === 0) throw new Error('ENOTFOUND');
      return all.map((address) => ({ address, family: 4 }));
    };
    start(['*:53/udp'], [], { lookup });
    const { forward } = await forwards.open(ANN, { ...ask, host: 'good.example' });
    say(ANN, forward, 1, 'x');
    say(ANN, forward, 2, 'x');
    expect(asked).toEqual(['good.example']);
    await expect(forwards.open(ANN, { ...ask, host: 'evil.example' })).rejects.toMatchObject({
      code: 'forward.refused',
    });
    await expect(forwards.open(ANN, { ...ask, host: 'none.example' })).rejects.toMatchObject({
      code: 'forward.unreachable',
      message: 'The station finds no address for none.example: check the name, or name an IP address.',
    });
    await expect(forwards.open(ANN, { ...ask, port: 54, host: 'other.example' })).rejects.toMatchObject({
      code: 'forward.refused',
    });
    expect(asked).toEqual(['good.example', 'evil.example', 'none.example']);
  });

  it('is not the machine itself, however it is written', async () => {
    start(['*:*/udp'], []);
    for (const host of [
      '127.0.0.1',
      'localhost',
      '::1',
      '::ffff:127.0.0.1',
      '0.0.0.0',
      '127.1',
      '2130706433',
      '0x7f.1',
      '169.254.169.254',
    ]) {
      await expect(forwards.open(ANN, { ...ask, host })).rejects.toMatchObject({ code: 'forward.refused' });
    }
  });

  it('follows the options of the key', async () => {
    const permissions = {
      forwarding: true,
      permitOpen: ['127.0.0.1:53/udp', 'nonsense'],
      permitListen: ['9000/udp'],
    };
    const access = new ForwardAccess(
      { forward: ['192.0.2.1:*/udp'], listen: [] },
      (key) => (key === ANN.fingerprint ? permissions : { ...permissions, forwarding: false }),
      silentLog,
    );
    start([], [], { access });
    await forwards.open(ANN, { ...ask, host: '127.0.0.1' });
    await expect(forwards.open(ANN, { ...ask, host: '192.0.2.1' })).rejects.toThrow(/options of your key/);
    await expect(forwards.open(BOB, { ...ask, host: '127.0.0.1' })).rejects.toThrow(/options of your key/);
    await expect(forwards.listen(BOB, { kind: 'udp', bind: 'localhost', port: 9000 })).rejects.toThrow(
      /options of your key/,
    );
  });
});

describe('a member who leaves', () => {
  it('takes its forwards along, also one that is not open yet', async () => {
    const echo = await outside();
    let found: (addresses: { address: string; family: number }[]) => void = () => undefined;
    start(['*:*/udp', `127.0.0.1:${echo.port}/udp`], ['*/udp'], {
      lookup: () => new Promise((resolve) => (found = resolve)),
    });
    const { forward } = await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port: echo.port });
    const kept = await forwards.open(BOB, { kind: 'udp', host: '127.0.0.1', port: echo.port });
    const listening = await forwards.listen(ANN, { kind: 'udp', bind: 'localhost', port: 0 });
    for (let flow = 0; flow < 20; flow++) say(ANN, forward, flow, 'x');
    say(BOB, kept.forward, 1, 'x');
    const pending = forwards.open(ANN, { kind: 'udp', host: 'slow.example', port: 1 });
    expect(live()).toMatchObject({ liveForwards: 4, liveFlows: 21 });
    forwards.closeMember(ANN.id);
    expect(live()).toMatchObject({ liveForwards: 1, liveFlows: 1, flowsOpened: 21 });
    found([{ address: '192.0.2.1', family: 4 }]);
    await expect(pending).rejects.toMatchObject({ code: 'control.closing' });
    expect(live().liveForwards).toBe(1);
    await outside(undefined, '127.0.0.1', listening.port); // the port is free again
  });
});

describe('bounds', () => {
  it('a full forward gives up the flow that was used least recently', async () => {
    const echo = await outside((text) => text);
    start([`127.0.0.1:${echo.port}/udp`], [], { maxFlows: 3 });
    const { forward } = await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port: echo.port });
    for (const flow of [1, 2, 3, 1, 4, 5]) say(ANN, forward, flow, `${flow}`);
    expect(live()).toMatchObject({ liveFlows: 3, flowsEvicted: 2, flowsOpened: 5 });
  });

  it('a full station takes from whoever has the most', async () => {
    const echo = await outside();
    start([`127.0.0.1:${echo.port}/udp`], [], { maxStationFlows: 6 });
    const to = { kind: 'udp' as const, host: '127.0.0.1', port: echo.port };
    const greedy = await forwards.open(ANN, to);
    const modest = await forwards.open(BOB, to);
    for (let flow = 0; flow < 50; flow++) say(ANN, greedy.forward, flow, 'x');
    expect(live().liveFlows).toBe(6);
    for (let flow = 0; flow < 3; flow++) say(BOB, modest.forward, flow, 'x');
    const opened = live().flowsOpened;
    for (let flow = 100; flow < 150; flow++) say(ANN, greedy.forward, flow, 'x');
    // Bob's flows are still the ones that they were.
    for (let flow = 0; flow < 3; flow++) say(BOB, modest.forward, flow, 'x');
    expect(live()).toMatchObject({ liveFlows: 6, flowsOpened: opened + 50 });
  });

  it('a member has so many forwards and no more', async () => {
    start(['192.0.2.1:1/udp'], []);
    const to = { kind: 'udp' as const, host: '192.0.2.1', port: 1 };
    const ids = new Set<number>();
    for (let i = 0; i < 256; i++) ids.add((await forwards.open(ANN, to)).forward);
    expect(ids.size).toBe(256);
    await expect(forwards.open(ANN, to)).rejects.toMatchObject({ code: 'control.limit' });
    forwards.close(ANN.id, 7);
    await forwards.open(ANN, to);
    await forwards.open(BOB, to);
  });
});

describe('a listener', () => {
  it('tells peers apart and answers each', async () => {
    start([], ['*/udp']);
    const { forward, port } = await forwards.listen(ANN, { kind: 'udp', bind: 'localhost', port: 0 });
    const peers = [await outside(), await outside(), await outside()];
    for (const [i, { socket }] of peers.entries()) socket.send(`hello ${i}`, port, '127.0.0.1');
    await eventually(() => expect(heard).toHaveLength(3));
    expect(
      heard.every((one) => one.flow >= STATION_FLOW && one.forward === forward && one.member === ANN.id),
    ).toBe(true);
    for (const { flow, text } of heard) say(ANN, forward, flow, `re ${text}`);
    await eventually(() =>
      expect(peers.map(({ got }) => got[0]?.text)).toEqual(['re hello 0', 're hello 1', 're hello 2']),
    );
    say(ANN, forward, STATION_FLOW + 99, 'to nobody');
    say(ANN, forward, 1, 'to nobody');
    expect(live()).toMatchObject({ liveFlows: 3, forwardUnknown: 2, forwardOut: 3 });
  });

  it('on a port in use is a sentence, and leaves nothing', async () => {
    const { port } = await outside();
    start([], [`1-65535/udp`, '*:*/udp']);
    const wish = { kind: 'udp' as const, bind: '127.0.0.1', port };
    await expect(forwards.listen(ANN, wish)).rejects.toMatchObject({
      code: 'forward.in-use',
      message: `The station cannot listen on UDP 127.0.0.1:${port}: another program uses the port: choose another one.`,
    });
    await expect(forwards.listen(ANN, { ...wish, bind: '192.0.2.1', port: 9 })).rejects.toMatchObject({
      code: 'forward.refused',
    });
    await expect(forwards.listen(ANN, { ...wish, bind: '192.0.2.1', port: 9999 })).rejects.toMatchObject({
      code: 'forward.in-use',
    });
    await expect(forwards.listen(ANN, { ...wish, bind: 'a.name', port: 9999 })).rejects.toMatchObject({
      code: 'forward.refused',
    });
    expect(live().liveForwards).toBe(0);
  });

  it('on all addresses hears IPv4 and IPv6', async () => {
    start([], ['*:*/udp']);
    const { forward, port } = await forwards.listen(ANN, { kind: 'udp', bind: '', port: 0 });
    const four = await outside();
    const six = await outside(undefined, '::1');
    four.socket.send('4', port, '127.0.0.1');
    six.socket.send('6', port, '::1');
    await eventually(() => expect(heard).toHaveLength(2));
    for (const { flow, text } of heard) say(ANN, forward, flow, text);
    await eventually(() => expect([four.got[0]?.text, six.got[0]?.text]).toEqual(['4', '6']));
  });
});

describe('a SOCKS forward', () => {
  const to = (host: string, port: number, text: string): string =>
    Buffer.concat([encodeSocksAddress({ host, port }), Buffer.from(text, 'latin1')]).toString('latin1');

  it('goes where each datagram says, and answers say where they came from', async () => {
    const four = await outside((text) => `re ${text}`);
    const six = await outside((text) => `re ${text}`, '::1');
    let lookups = 0;
    start([`127.0.0.1:${four.port}/udp`, `[::1]:${six.port}/udp`], [], {
      lookup: async () => {
        lookups += 1;
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const { forward } = await forwards.open(ANN, { kind: 'socks-udp' });
    say(ANN, forward, 1, to('127.0.0.1', four.port, 'a'));
    say(ANN, forward, 1, to('::1', six.port, 'b'));
    for (let i = 0; i < 5; i++) say(ANN, forward, 2, to('echo.example', four.port, `c${i}`));
    await eventually(() => expect(heard).toHaveLength(7));
    say(ANN, forward, 2, to('echo.example', four.port, 'd'));
    await eventually(() => expect(heard).toHaveLength(8));
    expect(lookups).toBe(1);
    expect(heard.map(({ flow, text }) => [flow, text]).sort()).toEqual(
      [
        [1, to('127.0.0.1', four.port, 're a')],
        [1, to('::1', six.port, 're b')],
        ...['c0', 'c1', 'c2', 'c3', 'c4', 'd'].map((text) => [2, to('127.0.0.1', four.port, `re ${text}`)]),
      ].sort(),
    );
    expect(live()).toMatchObject({ liveFlows: 2, liveForwards: 1 });
  });

  it('refuses what is not listed, with one sentence and not one a datagram', async () => {
    start(['192.0.2.1:1/udp'], []);
    const { forward } = await forwards.open(ANN, { kind: 'socks-udp' });
    for (let i = 0; i < 20; i++) say(ANN, forward, 1, to('127.0.0.1', 22, 'x'));
    await eventually(() => expect(notices).toHaveLength(1));
    for (let i = 0; i < 5; i++) say(ANN, forward, 1, to('127.0.0.1', 22, 'x'));
    say(ANN, forward, 1, to('127.0.0.1', 23, 'x'));
    await eventually(() => expect(counters.forwardUnsent).toBe(26));
    expect(notices).toEqual([expect.stringContaining('does not let you reach 127.0.0.1:22/udp')]);
    expect(live().liveFlows).toBe(0);
  });

  it('hears only those it spoke to', async () => {
    const echo = await outside((text) => text);
    start(['127.0.0.1:*/udp'], []);
    const { forward } = await forwards.open(ANN, { kind: 'socks-udp' });
    say(ANN, forward, 1, to('127.0.0.1', echo.port, 'one'));
    await eventually(() => expect(heard).toHaveLength(1));
    const stranger = await outside(undefined, '127.0.0.2');
    stranger.socket.send('forged', echo.got[0]!.port, '127.0.0.1');
    say(ANN, forward, 1, to('127.0.0.1', echo.port, 'two'));
    await eventually(() => expect(heard).toHaveLength(2));
    expect(heard.map(({ text }) => text.slice(-3))).toEqual(['one', 'two']);
  });
});

test('no payload whatever makes it throw', async () => {
  const sink = await outside();
  start([`127.0.0.1:${sink.port}/udp`], ['*/udp'], { lookup: async () => Promise.reject(new Error('no')) });
  await forwards.open(ANN, { kind: 'udp', host: '127.0.0.1', port: sink.port });
  await forwards.open(ANN, { kind: 'socks-udp' });
  await forwards.listen(ANN, { kind: 'udp', bind: 'localhost', port: 0 });
  const wild = fc.uint8Array({ maxLength: 60 });
  const aimed = fc
    .tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(0, 1, 2, STATION_FLOW),
      fc.constantFrom(1, 3, 4, 9),
      wild,
    )
    .map(([forward, flow, type, data]) => encodeForward(forward, flow, Uint8Array.from([type, ...data])));
  fc.assert(
    fc.property(fc.oneof(wild, aimed), (payload) => forwards.receive(ANN.id, payload, performance.now())),
    { seed: 13, numRuns: 2000 },
  );
  expect(counters.forwardIn).toBe(2000);
});

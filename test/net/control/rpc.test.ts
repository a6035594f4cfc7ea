import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { VoiptermError } from '../../../src/errors.ts';
import {
  ControlClient,
  type ControlHandlers,
  ControlServer,
  MAX_BAD_LINES,
  MAX_IN_FLIGHT,
} from '../../../src/net/control/rpc.ts';
import { type Method, requests } from '../../../src/net/control/schema.ts';

const hello = { version: 1, station: 'test', member: 7, name: 'ann' };

function refuse(): never {
  throw new VoiptermError('control.not-in-room', 'join the room first');
}

const refused = Object.fromEntries(Object.keys(requests).map((method) => [method, refuse]));

const handlers: ControlHandlers = {
  ...(refused as { [M in Method]: typeof refuse }),
  hello: () => hello,
  'room.join': ({ room }) => ({ room, members: [], lastSeq: 0 }),
  'room.leave': () => ({}),
  'room.list': () => ({ rooms: [] }),
  'room.post': () => {
    throw new Error('a secret of the implementation');
  },
  'room.history': () => new Promise(() => undefined),
  'voice.room': () => ({}),
  'voice.loopback': () => ({}),
  'voice.recording': () => ({}),
  'voice.replay': () => ({}),
};

/** Both ends, joined in memory; `sent` holds what the server sent. */
function pair(overrides: Partial<ControlHandlers> = {}) {
  const sent: string[] = [];
  const onNotification = vi.fn();
  const onProtocolError = vi.fn();
  const onFault = vi.fn();
  const client: ControlClient = new ControlClient((line) => server.receive(line));
  const server: ControlServer = new ControlServer({
    send: (line) => {
      sent.push(line);
      client.receive(line);
    },
    handlers: { ...handlers, ...overrides },
    onNotification,
    onProtocolError,
    onFault,
  });
  return { client, server, sent, onNotification, onProtocolError, onFault };
}

/** A server alone; `ask` returns what it answered to one line. */
function serverAlone() {
  const sent: string[] = [];
  const onProtocolError = vi.fn();
  const onNotification = vi.fn();
  const server = new ControlServer({
    send: (line) => sent.push(line),
    handlers,
    onNotification,
    onProtocolError,
  });
  const ask = async (line: string): Promise<unknown> => {
    const before = sent.length;
    server.receive(line);
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(before));
    return JSON.parse(sent[before] ?? '');
  };
  return { server, sent, ask, onProtocolError, onNotification };
}

afterEach(() => vi.useRealTimers());

describe('a call', () => {
  it('is answered', async () => {
    const { client } = pair();
    await expect(client.call('hello', { versions: [1], client: 'test' })).resolves.toEqual(hello);
  });

  it('carries the code and the sentence of the error that the handler threw', async () => {
    const { client } = pair();
    await expect(client.call('room.who', { room: 'lobby' })).rejects.toMatchObject({
      code: 'control.not-in-room',
      message: 'join the room first',
    });
  });

  it('tells nothing of a fault in a handler but reports it where it happened', async () => {
    const { client, sent, onFault } = pair();
    const post = { room: 'lobby', id: '5a0a2df6-58a8-4d4e-9a0b-0c1d5a7ad0a1', type: 'text/plain', body: '' };
    await expect(client.call('room.post', post)).rejects.toMatchObject({ code: 'internal' });
    expect(sent.join()).not.toContain('secret');
    expect(onFault).toHaveBeenCalledOnce();
  });

  it('that makes no sense is refused before it is sent', async () => {
    const send = vi.fn();
    const client = new ControlClient(send);
    const call = client.call('room.join', { room: '\u001b[2J' });
    await expect(call).rejects.toMatchObject({ code: 'control.invalid-params' });
    expect(send).not.toHaveBeenCalled();
  });

  it('times out, and leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { client } = pair();
    const call = client.call('room.history', { room: 'lobby', limit: 1 }, 500);
    const failed = expect(call).rejects.toMatchObject({ code: 'control.timeout' });
    await vi.advanceTimersByTimeAsync(500);
    await failed;
    await client.call('hello', { versions: [1], client: 'test' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails with the reason of the connection, also when it comes later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { client } = pair();
    const call = client.call('room.history', { room: 'lobby', limit: 1 });
    const failed = expect(call).rejects.toMatchObject({ code: 'control.unreachable' });
    await vi.advanceTimersByTimeAsync(0);
    client.fail(new VoiptermError('control.unreachable', 'the connection broke'));
    client.fail(new VoiptermError('internal', 'a second reason'));
    await failed;
    await expect(client.call('room.list', {})).rejects.toMatchObject({ code: 'control.unreachable' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for a place when many are in flight, and each gets its own answer', async () => {
    let most = 0;
    let now = 0;
    const { client } = pair({
      'room.join': async ({ room }) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return { room, members: [], lastSeq: 0 };
      },
    });
    const rooms = Array.from({ length: 200 }, (_, index) => `room-${index}`);
    const answers = await Promise.all(rooms.map((room) => client.call('room.join', { room })));
    expect(answers.map(({ room }) => room)).toEqual(rooms);
    expect(most).toBe(MAX_IN_FLIGHT);
  });

  it('is settled before the notification that followed its answer', async () => {
    const order: string[] = [];
    const client = new ControlClient(() => undefined);
    client.onNotification = ({ method }) => order.push(method);
    const joined = client.call('room.join', { room: 'lobby' }).then(() => order.push('answer'));
    await new Promise((resolve) => setImmediate(resolve));
    client.receive('{"jsonrpc":"2.0","id":1,"result":{"room":"lobby","members":[],"lastSeq":0}}');
    client.receive('{"jsonrpc":"2.0","method":"room.left","params":{"room":"lobby","id":1,"name":"bob"}}');
    await joined;
    await vi.waitFor(() => expect(order.length).toBe(2));
    expect(order).toEqual(['answer', 'room.left']);
  });
});

describe('a hostile station', () => {
  const answering = (answer: (id: number) => string): ControlClient => {
    const client: ControlClient = new ControlClient((line) => {
      const { id } = JSON.parse(line) as { id: number };
      client.receive(answer(id));
    });
    return client;
  };

  it('cannot have an answer of the wrong shape believed', async () => {
    const client = answering((id) => `{"jsonrpc":"2.0","id":${id},"result":{"version":1,"member":-1}}`);
    const call = client.call('hello', { versions: [1], client: 'test' });
    await expect(call).rejects.toMatchObject({ code: 'control.protocol' });
  });

  it('cannot invent error codes', async () => {
    const client = answering(
      (id) => `{"jsonrpc":"2.0","id":${id},"error":{"code":-32000,"message":"x","data":{"code":"toString"}}}`,
    );
    await expect(client.call('room.list', {})).rejects.toMatchObject({ code: 'control.protocol' });
  });

  it('ends the connection with a line that is not the protocol', async () => {
    const client = answering(() => 'HTTP/1.1 400 Bad Request');
    const onProtocolError = vi.fn();
    client.onProtocolError = onProtocolError;
    await expect(client.call('room.list', {})).rejects.toMatchObject({ code: 'control.protocol' });
    expect(onProtocolError).toHaveBeenCalledOnce();
  });

  it('may know notifications that we do not', () => {
    const client = new ControlClient(() => undefined);
    const heard = vi.fn();
    client.onNotification = heard;
    client.onProtocolError = () => expect.unreachable();
    client.receive('{"jsonrpc":"2.0","method":"room.weather","params":{}}');
    client.receive('{"jsonrpc":"2.0","method":"notice","params":{"code":"x","text":"hi","colour":"red"}}');
    expect(heard.mock.calls).toEqual([[{ method: 'notice', params: { code: 'x', text: 'hi' } }]]);
  });
});

describe('a station asked nonsense', () => {
  it('answers with the standard errors', async () => {
    const { ask } = serverAlone();
    expect(await ask('{"jsonrpc":')).toMatchObject({ id: null, error: { code: -32700 } });
    expect(await ask('[]')).toMatchObject({ id: null, error: { code: -32600 } });
    expect(await ask('[{"jsonrpc":"2.0","id":1,"method":"room.list","params":{}}]')).toMatchObject({
      error: { code: -32600 },
    });
    expect(await ask('null')).toMatchObject({ error: { code: -32600 } });
    expect(await ask('{"jsonrpc":"2.0","id":2,"method":"rooms"}')).toMatchObject({
      id: 2,
      error: { code: -32601 },
    });
    expect(await ask('{"jsonrpc":"2.0","id":3,"method":"constructor"}')).toMatchObject({
      error: { code: -32601 },
    });
    expect(await ask('{"jsonrpc":"2.0","id":"a","method":"room.join"}')).toMatchObject({
      id: 'a',
      error: { code: -32602 },
    });
    expect(
      await ask('{"jsonrpc":"2.0","id":4,"method":"room.join","params":{"room":"lobby","new":1}}'),
    ).toMatchObject({ id: 4, result: { room: 'lobby' } });
  });

  it('refuses room names that a terminal would obey', async () => {
    const { ask } = serverAlone();
    for (const room of ['\u001b[2J', 'a\nb', '', 'LOBBY', '../x', '\u202elobby', 'x'.repeat(33)]) {
      const line = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'room.join', params: { room } });
      expect(await ask(line)).toMatchObject({ error: { code: -32602 } });
    }
  });

  it('gives up after a number of bad lines in a row, which a good one interrupts', () => {
    const { server, onProtocolError } = serverAlone();
    for (let line = 1; line < MAX_BAD_LINES; line += 1) server.receive('x');
    server.receive('{"jsonrpc":"2.0","method":"talk","params":{"talking":true}}');
    for (let line = 1; line < MAX_BAD_LINES; line += 1) server.receive('x');
    expect(onProtocolError).not.toHaveBeenCalled();
    server.receive('x');
    expect(onProtocolError).toHaveBeenCalledOnce();
  });

  it('answers no notification, and hands on only valid ones', () => {
    const { server, sent, onNotification } = serverAlone();
    server.receive('{"jsonrpc":"2.0","method":"talk","params":{"talking":"yes"}}');
    server.receive('{"jsonrpc":"2.0","method":"room.list","params":{}}');
    server.receive('{"jsonrpc":"2.0","method":"hasOwnProperty","params":{}}');
    server.receive('{"jsonrpc":"2.0","method":"talk","params":{"talking":true}}');
    expect(onNotification.mock.calls).toEqual([[{ method: 'talk', params: { talking: true } }]]);
    expect(sent).toEqual([]);
  });

  it('answers more requests than its bound with a limit', async () => {
    const { server, sent } = serverAlone();
    for (let id = 0; id <= MAX_IN_FLIGHT; id += 1) {
      server.receive(`{"jsonrpc":"2.0","id":${id},"method":"room.history","params":{"room":"a","limit":1}}`);
    }
    await vi.waitFor(() => expect(sent.length).toBe(1));
    expect(JSON.parse(sent[0] ?? '')).toMatchObject({
      id: MAX_IN_FLIGHT,
      error: { code: -32000, data: { code: 'control.limit' } },
    });
  });

  it('survives any JSON', () => {
    const { server } = serverAlone();
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('hello', 'room.join', 'talk', 'x'), (value, method) => {
        server.receive(JSON.stringify(value));
        server.receive(JSON.stringify({ jsonrpc: '2.0', id: value, method, params: value }));
        server.receive(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: value }));
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

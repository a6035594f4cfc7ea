/** The guests of a station from its main thread, with the real thread behind it: commands, bounds, and the end. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { guestFront } from '../../src/guest/front.ts';
import { silentLog } from '../../src/log.ts';
import { ControlServer } from '../../src/net/control/rpc.ts';
import type { OpenedGuests, Visit, Visitor } from '../../src/station/guests.ts';
import type { ControlListener } from '../../src/station/ssh-connection.ts';

const kept = new Map<string, readonly string[]>();
const PLACE = {
  station: 'test',
  fingerprint: 'SHA256:host',
  target: 'USER@host:2222',
  memory: {
    roomsOf: (key: string) => kept.get(key) ?? [],
    keepRooms: (key: string, rooms: readonly string[]) => void kept.set(key, rooms),
  },
  log: silentLog,
};

const MESSAGE = {
  room: 'lobby',
  seq: 1,
  id: '00000000-0000-4000-8000-000000000001',
  from: 'bob',
  at: 0,
  type: 'text/plain',
  body: Buffer.from('to all').toString('base64'),
};

class Channel {
  output = '';
  error = '';
  status: number | undefined;

  write(bytes: Uint8Array, taken: () => void): void {
    this.output += Buffer.from(bytes).toString();
    setImmediate(taken);
  }
  writeError(text: string): void {
    this.error += text;
  }
  pause = (): void => undefined;
  resume = (): void => undefined;
  end(status: number): void {
    this.status = status;
  }
}

let guests: OpenedGuests | undefined;

afterEach(async () => {
  await guests?.close();
  guests = undefined;
});

function open(maxGuests = 4): OpenedGuests {
  guests = guestFront({ maxGuests, idleMs: 0, rooms: ['lobby'] })(PLACE);
  return guests;
}

interface Come {
  readonly channel: Channel;
  readonly visit: Visit;
  readonly closed: () => number;
  /** Lines that the station says to the guest. */
  readonly send: (line: string) => void;
}

/** A station's side that answers hello and joins, and has one message that came after. */
function come(front: OpenedGuests, visitor: Partial<Visitor> = {}): Come {
  const channel = new Channel();
  const closed = vi.fn();
  let send: (line: string) => void = () => undefined;
  const answers: Readonly<Record<string, object>> = {
    hello: {
      version: 1,
      station: 'test',
      member: 7,
      name: 'ann',
      token: 'AAAAAAAAAAAAAAAAAAAAAA==',
      resumed: false,
    },
    'room.join': { room: 'lobby', members: [], lastSeq: 0 },
    'room.history': { messages: [MESSAGE], more: false },
  };
  const enter = (toGuest: (line: string) => void): ControlListener => {
    send = toGuest;
    const handlers = new Proxy({}, { get: (_, method: string) => () => answers[method] ?? {} });
    const server = new ControlServer({
      send: toGuest,
      handlers: handlers as never,
      onNotification: () => undefined,
      onProtocolError: () => undefined,
    });
    const nothing = (): void => undefined;
    const line = (text: string): void => server.receive(text);
    return { line, tooLong: nothing, datagrams: nothing, notice: nothing, closed };
  };
  const who = { user: 'ann', key: 'SHA256:ann', command: null, terminal: null, env: {}, ...visitor };
  const visit = front.receive(who, channel, enter);
  return { channel, visit, closed: () => closed.mock.calls.length, send: (line) => send(line) };
}

const ended = ({ channel }: Come): Promise<void> =>
  vi.waitFor(() => expect(channel.status).toBeDefined(), { timeout: 20_000 });

test('a command is served by the thread, and its member leaves with it', async () => {
  const front = open();
  const help = come(front, { command: 'help' });
  await ended(help);
  expect(help.channel).toMatchObject({ status: 0, output: expect.stringContaining('say ROOM TEXT') });
  expect(help.closed()).toBe(1);
  const tail = come(front, { command: 'tail --json' });
  await ended(tail);
  expect(tail.channel).toMatchObject({ status: 0, output: '', error: '' });
});

test('there are so many places, and a few for each key', async () => {
  const front = open(10);
  const all = Array.from({ length: 8 }, () => come(front, { command: 'tail -f' }));
  const ninth = come(front, { command: 'tail -f' });
  expect(ninth.channel).toMatchObject({
    status: 1,
    error: expect.stringMatching(/^You are here 8 times already/),
  });
  all.push(come(front, { key: 'SHA256:bob', command: 'tail -f' }));
  all.push(come(front, { key: 'SHA256:cid', command: 'tail -f' }));
  const late = come(front, { key: 'SHA256:dan', command: 'tail -f' });
  expect(late.channel).toMatchObject({
    status: 1,
    error: expect.stringMatching(/draws for 10 people at most/),
  });
  all[0]?.visit.gone();
  const next = come(front, { key: 'SHA256:dan', command: 'help' });
  await ended(next);
  expect(next.channel.status).toBe(0);
});

test('lines for many reach each of them', async () => {
  const front = open();
  const all = Array.from({ length: 3 }, () => come(front, { command: 'tail -f' }));
  const line = JSON.stringify({ jsonrpc: '2.0', method: 'room.message', params: MESSAGE });
  await vi.waitFor(
    () => {
      for (const { send } of all) send(line);
      for (const { channel } of all) expect(channel.output).toContain('<bob> to all');
    },
    { timeout: 20_000, interval: 100 },
  );
  for (const { channel } of all) expect(channel.output.match(/to all/g)).toHaveLength(1);
});

test('a dismissal tells why, and what is left at the end is cut', async () => {
  const front = open();
  await ended(come(front, { command: 'help' })); // the thread is up
  const sent = come(front, { command: 'tail -f' });
  const left = come(front, { command: 'tail -f' });
  await turn();
  sent.send(
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'removed',
      params: { code: 'control.kicked', text: 'be nice' },
    }),
  );
  const dismissed = sent.visit.dismiss();
  await ended(sent);
  sent.visit.gone();
  await dismissed;
  expect(sent.channel).toMatchObject({ status: 4, error: 'be nice\n' });
  await front.close();
  expect(left.channel).toMatchObject({ status: 1, error: 'The station closed the connection.\r\n' });
  expect(left.closed()).toBe(1);
});

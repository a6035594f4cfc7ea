/** One visit from its beginning to its end, with a station that is a table of answers. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import type { Guest } from '../../src/guest/guest.ts';
import type { GuestRules } from '../../src/guest/messages.ts';
import { say } from '../../src/guest/say.ts';
import { tail } from '../../src/guest/tail.ts';
import { type Serve, Visit } from '../../src/guest/visit.ts';
import { silentLog } from '../../src/log.ts';
import { notificationLine } from '../../src/net/control/rpc.ts';
import { toErrorObject } from '../../src/net/control/rpc-wire.ts';
import type { Visitor } from '../../src/station/guests.ts';

const RULES: GuestRules = {
  station: 'test',
  fingerprint: 'SHA256:host',
  target: 'USER@station.example:2222',
  rooms: ['lobby'],
  lastRooms: [],
  idleMs: 0,
};
const TERMINAL = { type: 'xterm', columns: 80, rows: 24 };

type Answers = Readonly<Record<string, (params: never) => unknown>>;
interface Asked {
  readonly method: string;
  readonly params: unknown;
}

const HELLO = {
  version: 1,
  station: 'test',
  member: 7,
  name: 'ann',
  token: 'AAAAAAAAAAAAAAAAAAAAAA==',
  resumed: false,
};

function message(seq: number, text: string) {
  const body = Buffer.from(text).toString('base64');
  return {
    room: 'lobby',
    seq,
    id: `00000000-0000-4000-8000-00000000000${seq}`,
    from: 'bob',
    at: 0,
    type: 'text/plain',
    body,
  };
}

function begin(
  visitor: Partial<Visitor>,
  serve: Serve,
  answers: Answers = {},
  rules: Partial<GuestRules> = {},
) {
  const asked: Asked[] = [];
  const shown = {
    output: '',
    error: '',
    status: undefined as number | undefined,
    rooms: [] as (readonly string[])[],
  };
  const visit: Visit = new Visit(
    { user: 'ann', command: null, terminal: null, env: {}, ...visitor },
    { ...RULES, ...rules },
    {
      output: (bytes) => {
        shown.output += Buffer.from(bytes).toString();
        queueMicrotask(() => visit.taken(bytes.length));
      },
      errorOutput: (text) => {
        shown.error += text;
      },
      rooms: (rooms) => {
        shown.rooms.push(rooms);
      },
      ended: (status) => {
        shown.status = status;
      },
      line: (line) => {
        const { id, method, params } = JSON.parse(line) as { id: number; method: string; params: never };
        asked.push({ method, params });
        if (id !== undefined)
          queueMicrotask(() =>
            visit.line(JSON.stringify({ jsonrpc: '2.0', id, ...answered(method, params) })),
          );
      },
    },
    silentLog,
  );
  const answered = (method: string, params: never): object => {
    try {
      return { result: method in answers ? answers[method]?.(params) : method === 'hello' ? HELLO : {} };
    } catch (error) {
      return { error: toErrorObject(error) };
    }
  };
  const done = visit.run(serve);
  return { visit, shown, asked, done };
}

const never: Serve = () => Promise.reject(new Error('not expected'));
/** Stays until the visit must end. */
const stays: Serve = (_command, { leaving }) =>
  new Promise((resolve) => leaving.addEventListener('abort', () => resolve(0)));

describe('by the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test('who types nothing for long is asked to leave; a key begins the wait anew', async () => {
    const { visit, shown, done } = begin({}, stays, {}, { idleMs: 60_000 });
    await vi.advanceTimersByTimeAsync(50_000);
    void visit.typed(Buffer.from('x'));
    await vi.advanceTimersByTimeAsync(50_000);
    expect(shown.status).toBeUndefined();
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(shown).toMatchObject({ status: 0, error: 'Nothing was typed for long.\n' });
  });

  test.each([
    ['a signal', (visit: Visit) => visit.signalled('TERM'), 'SIGTERM came.\n', 0],
    ['the station', (visit: Visit) => visit.dismiss(), 'The station closed the connection.\n', 3],
  ])('%s ends it with a sentence, once', async (_who, end, sentence, status) => {
    const { visit, shown, done } = begin({}, stays);
    await vi.advanceTimersByTimeAsync(1);
    end(visit);
    end(visit);
    await done;
    expect(shown).toMatchObject({ status, error: sentence });
  });

  test('other signals mean nothing', async () => {
    const { visit, shown } = begin({}, stays);
    for (const name of ['WINCH', 'USR1', 'toString', '']) visit.signalled(name);
    await vi.advanceTimersByTimeAsync(10);
    expect(shown.status).toBeUndefined();
  });

  test('a guest that is gone is not written to, and the program ends', async () => {
    const { visit, shown, done } = begin({ terminal: TERMINAL }, stays);
    await vi.advanceTimersByTimeAsync(1);
    visit.gone();
    await done;
    expect(shown).toMatchObject({ status: 0, output: '' });
  });

  test('last words do not wait for a peer that does not read', async () => {
    const { shown, done } = begin({ terminal: TERMINAL }, async (_command, { output }: Guest) => {
      for (let frame = 0; frame < 100; frame++) output.write('x'.repeat(10_000));
      return 0;
    });
    await vi.advanceTimersByTimeAsync(300);
    await done;
    expect(shown.status).toBe(0);
  });
});

test('help needs no station, a wrong command has status 2 and the help', async () => {
  const help = begin({ command: 'help' }, never);
  await help.done;
  expect(help.shown).toMatchObject({
    status: 0,
    error: '',
    output: expect.stringContaining('say ROOM TEXT'),
  });
  const wrong = begin({ command: 'rm -rf /', terminal: TERMINAL }, never);
  await wrong.done;
  expect(wrong.shown).toMatchObject({
    status: 2,
    output: '',
    error: expect.stringMatching(/^There is no command "rm" here\.\r\n/),
  });
  expect([...help.asked, ...wrong.asked]).toEqual([]);
});

test('what the station says of a guest is told, clean, with its status', async () => {
  const taken = begin({ user: 'ann' }, never, {
    hello: () => {
      throw new VoiptermError('control.name-taken', 'The name \x1b[31mann belongs to another key here.');
    },
  });
  await taken.done;
  expect(taken.shown.status).toBe(4);
  expect(taken.shown.error).toMatch(/belongs to another key here\.\n$/);
  expect(taken.shown.error).not.toContain('\x1b');
});

test('a fault is told as one, without its insides', async () => {
  const broken = begin({}, () => Promise.reject(new TypeError('/home/operator/secret')));
  await broken.done;
  expect(broken.shown).toMatchObject({ status: 1, error: 'The station failed; please tell who runs it.\n' });
});

const commands: Serve = (command, guest) =>
  command.run === 'tail'
    ? tail(guest, command)
    : command.run === 'say'
      ? say(guest, command)
      : Promise.resolve(9);

test('say waits for each acknowledgement, and asks again when it was too fast', async () => {
  let refusals = 1;
  const { visit, shown, asked, done } = begin({ command: 'say lobby' }, commands, {
    'room.join': () => ({ room: 'lobby', members: [], lastSeq: 0 }),
    'room.post': () => {
      refusals -= 1;
      if (refusals >= 0) throw new VoiptermError('control.limit', 'too much at once');
      return { seq: 1, at: 1, duplicate: false };
    },
  });
  void visit.typed(Buffer.from('one\r\n\ntwo')).then(() => visit.typedAll());
  await done;
  expect(shown).toMatchObject({ status: 0, error: '' });
  const posts = asked
    .filter(({ method }) => method === 'room.post')
    .map(({ params }) => params as { id: string; body: string });
  expect(posts.map(({ body }) => Buffer.from(body, 'base64').toString())).toEqual(['one', 'one', 'two']);
  expect(new Set(posts.slice(0, 2).map(({ id }) => id)).size).toBe(1);
});

test.each([
  ['say lobby', 'x'.repeat(9000), 1, /at most 8192 bytes/],
  ['say lobby', '\xff\xfe\n', 2, /not UTF-8/],
])('%s of what is no message fails in words', async (command, typed, status, words) => {
  const { visit, shown, done } = begin({ command }, commands, {
    'room.join': () => ({ room: 'lobby', members: [], lastSeq: 0 }),
  });
  void visit.typed(Buffer.from(typed, 'latin1')).then(() => visit.typedAll());
  await done;
  expect(shown.status).toBe(status);
  expect(shown.error).toMatch(words);
});

test('tail prints what is there and what comes, in order, each once, and reads anew what it missed', async () => {
  const all = Array.from({ length: 8 }, (_, at) => message(at + 1, `text ${at + 1}`));
  let last = 3;
  const { visit, shown, done } = begin({ command: 'tail -f -n 2' }, commands, {
    'room.join': () => ({ room: 'lobby', members: [], lastSeq: 3 }),
    'room.history': ({ after }: { after: number }) => ({
      messages: all.filter(({ seq }) => seq > after && seq <= last),
      more: false,
    }),
  });
  const texts = (): string[] => [...shown.output.matchAll(/<bob> (.*)\n/g)].map(([, text = '']) => text);
  await vi.waitFor(() => expect([shown.error, ...texts()]).toEqual(['', 'text 2', 'text 3']));
  const live = (seq: number): void => {
    last = Math.max(last, seq);
    visit.line(notificationLine({ method: 'room.message', params: all[seq - 1]! }));
  };
  live(4);
  await vi.waitFor(() => expect(texts()).toHaveLength(3));
  live(7); // 5 and 6 were passed over
  await vi.waitFor(() => expect(texts()).toHaveLength(6));
  live(6);
  live(8);
  await vi.waitFor(() => expect(texts()).toHaveLength(7));
  expect(texts()).toEqual(['text 2', 'text 3', 'text 4', 'text 5', 'text 6', 'text 7', 'text 8']);
  visit.leave('The station closed the connection.');
  await done;
  expect(shown).toMatchObject({
    status: 3,
    error: expect.stringContaining('The station closed the connection.'),
  });
});

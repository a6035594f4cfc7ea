/** One program on a client's local socket: what it may ask, what it is told, and that nothing grows when it does not read. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EngineLink, MAX_UNREAD_BYTES } from '../../src/engine/link.ts';
import { type Op, patch } from '../../src/engine/patch.ts';
import { VoiptermError } from '../../src/errors.ts';
import type { State } from '../../src/session/state.ts';
import { MemorySession } from './served.ts';

let memory: MemorySession;
let link: EngineLink;
let said: {
  id?: number;
  result?: unknown;
  error?: { data?: { code: string } };
  method?: string;
  params?: never;
}[];
let unread = 0;
let nonsense = 0;
let ended = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
  memory = new MemorySession();
  said = [];
  unread = nonsense = ended = 0;
  link = open(true);
});
afterEach(() => {
  link.close();
  vi.useRealTimers();
});

function open(background: boolean): EngineLink {
  return new EngineLink({
    served: {
      session: memory.session,
      about: { pid: 7, startedAt: 5, background },
      end: background ? () => ended++ : undefined,
    },
    send: (line) => said.push(JSON.parse(line)),
    unread: () => unread,
    onNonsense: () => nonsense++,
  });
}

async function ask(method: string, params?: object, id = 1): Promise<(typeof said)[number]> {
  said = [];
  link.receive(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  await vi.advanceTimersByTimeAsync(0);
  const answer = said.find((line) => line.id === id);
  if (!answer) throw new Error(`no answer to ${method}`);
  return answer;
}

const changes = (): Op[] =>
  said.flatMap((line) =>
    line.method === 'state.changed' ? ((line.params as { ops: Op[] } | undefined)?.ops ?? []) : [],
  );

test('hello comes first, and names a version that both speak', async () => {
  expect((await ask('state')).error?.data?.code).toBe('control.version');
  expect((await ask('hello', { versions: [99] })).error?.data?.code).toBe('control.version');
  expect((await ask('hello', { versions: [1, 99] })).result).toEqual({
    version: 1,
    pid: 7,
    startedAt: 5,
    background: true,
    target: 'ann@host:2222',
  });
  expect((await ask('state')).result).toMatchObject({ target: 'ann@host:2222', rooms: [] });
});

test('a command is carried out, or answered with what is wrong with it', async () => {
  await ask('hello', { versions: [1] });
  const post = { do: 'post', room: 'lobby', text: 'hi' };
  expect((await ask('do', { command: post })).result).toEqual({});
  expect(memory.commands).toEqual([post]);
  for (const command of [
    { do: 'format-disk' },
    { do: 'post', room: 'lobby' },
    { do: 'volume', name: 'bob', db: 'loud' },
    { ...post, text: 'x'.repeat(40_000) },
    null,
  ])
    expect((await ask('do', { command })).error?.data?.code).toBe('control.invalid-params');
  memory.failure = new VoiptermError('control.not-in-room', 'You are not in #x.');
  expect((await ask('do', { command: post })).error).toMatchObject({
    message: 'You are not in #x.',
    data: { code: 'control.not-in-room' },
  });
  expect((await ask('sing', {})).error).toBeDefined();
});

test('who watches gets the state and then what changes of it, a burst as one', async () => {
  await ask('hello', { versions: [1] });
  const watched = (await ask('watch', { topics: ['state'] })).result as { state: State };
  said = [];
  for (let i = 0; i < 50; i++) memory.live.notice(`line ${i}`);
  memory.live.apply({ kind: 'joined', room: 'lobby', members: [] });
  memory.live.notice('now there is a room');
  await vi.advanceTimersByTimeAsync(40);
  expect(said.filter(({ method }) => method === 'state.changed')).toHaveLength(1);
  expect(patch(watched.state, changes())).toEqual(JSON.parse(JSON.stringify(memory.live.now)));
});

test('to who does not read, changes are told as one when there is room again', async () => {
  await ask('hello', { versions: [1] });
  const watched = (await ask('watch', { topics: ['state', 'levels', 'messages'] })).result as {
    state: State;
  };
  said = [];
  memory.live.apply({ kind: 'joined', room: 'lobby', members: [] });
  unread = MAX_UNREAD_BYTES + 1;
  for (let i = 0; i < 5000; i++) {
    memory.live.notice(`line ${i}`);
    memory.setLevels({ mic: i % 127, speaker: 3 });
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(said).toEqual([]);
  unread = 0;
  await vi.advanceTimersByTimeAsync(40);
  expect(said.map(({ method }) => method)).toEqual(['state.changed', 'levels']);
  expect(patch(watched.state, changes())).toEqual(JSON.parse(JSON.stringify(memory.live.now)));
});

test('messages are told as they come, and those of history are not', async () => {
  await ask('hello', { versions: [1] });
  await ask('watch', { topics: ['messages'] });
  const message = (seq: number, text: string) =>
    ({ kind: 'message', id: `m${seq}`, seq, from: 'bob', at: 1, text, state: 'sent' }) as const;
  memory.live.apply({ kind: 'messages', room: 'lobby', messages: [message(1, 'old')] });
  memory.live.apply({ kind: 'messages', room: 'lobby', messages: [message(2, 'new')], live: true });
  await vi.advanceTimersByTimeAsync(40);
  expect(said.filter(({ method }) => method === 'message')).toEqual([
    { jsonrpc: '2.0', method: 'message', params: { room: 'lobby', message: message(2, 'new') } },
  ]);
});

test('a client in the background can be ended, one with a screen cannot', async () => {
  await ask('hello', { versions: [1] });
  expect((await ask('end')).result).toEqual({});
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toBe(1);
  link.close();
  link = open(false);
  await ask('hello', { versions: [1] });
  expect((await ask('end')).error?.data?.code).toBe('usage.invalid');
});

test('nonsense is answered, and not for ever', () => {
  for (let i = 0; i < 8; i++) link.receive('[1,2');
  expect(said).toHaveLength(8);
  expect(nonsense).toBe(1);
});

test('after the end nothing is told', async () => {
  await ask('hello', { versions: [1] });
  await ask('watch', { topics: ['state'] });
  said = [];
  link.close();
  memory.live.notice('nobody hears');
  memory.live.apply({ kind: 'joined', room: 'lobby', members: [] });
  await vi.advanceTimersByTimeAsync(100);
  expect(said).toEqual([]);
});

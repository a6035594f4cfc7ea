/** Programs for messages: which messages, what they are told, and that a flood of messages is none of processes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HookMessage, type HookPrograms, Hooks, runProgram } from '../../src/cli/hooks.ts';
import { silentLog } from '../../src/log.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { initialState, type MessageLine } from '../../src/session/reduce.ts';

let live: LiveState;
let ran: { program: readonly string[]; message: HookMessage; end: () => void }[];
let hooks: Hooks;
let programs: HookPrograms;
const session = {
  get state() {
    return live.now;
  },
  observe: (observer: Parameters<LiveState['observe']>[0]) => live.observe(observer),
};

beforeEach(() => {
  live = new LiveState(initialState('ann', 'ann@host:2222'), silentLog);
  ran = [];
  programs = { onMessage: ['log', '-v'], onMention: ['ring'] };
  hooks = new Hooks(
    session,
    () => programs,
    silentLog,
    (program, message) =>
      new Promise((resolve) => {
        ran.push({ program, message, end: resolve });
      }),
  );
  live.apply({ kind: 'joined', room: 'lobby', members: [] });
});
afterEach(() => hooks.close());

let serial = 0;
function say(room: string, from: string, text: string, more: Partial<MessageLine> = {}, isLive = true): void {
  serial++;
  const message: MessageLine = {
    kind: 'message',
    id: `m${serial}`,
    seq: serial,
    from,
    at: 5,
    text,
    state: 'sent',
    ...more,
  };
  live.apply({ kind: 'messages', room, messages: [message], live: isLive });
}

test('each message of others once, and the second program for those that are for us', () => {
  say('lobby', 'bob', 'hello');
  say('lobby', 'ann', 'my own');
  say('lobby', 'bob', 'of yesterday', {}, false);
  say('lobby', 'bob', 'ann: look', { mention: true });
  expect(ran.map(({ program, message }) => [program[0], message.event, message.text])).toEqual([
    ['log', 'message', 'hello'],
    ['log', 'message', 'ann: look'],
    ['ring', 'mention', 'ann: look'],
  ]);
  expect(ran[0]?.message).toMatchObject({
    room: 'lobby',
    station: 'ann@host:2222',
    from: 'bob',
    direct: false,
  });
  for (const { end } of ran) end();
  say('@bob', 'bob', 'between us');
  expect(ran.slice(3).map(({ program, message }) => [program[0], message.direct])).toEqual([['log', true]]);
});

test('who is blocked starts nothing, and no program is none', () => {
  const bob = { name: 'bob', db: 0, muted: false, blocked: true, ignored: false, priority: false };
  live.apply({ kind: 'listening', change: { people: { k1: bob } } });
  say('lobby', 'bob', 'spam', { key: 'k1' });
  expect(ran).toEqual([]);
  programs = { onMessage: [], onMention: [] };
  say('lobby', 'eve', 'hello');
  expect(ran).toEqual([]);
});

test('a flood is four programs at a time, and the oldest of too many that wait are passed over', async () => {
  programs = { onMessage: ['log'], onMention: [] };
  for (let i = 0; i < 200; i++) say('lobby', 'bob', `${i}`);
  expect(ran).toHaveLength(4);
  while (ran.some(({ end }) => end !== done)) {
    for (const one of ran) {
      one.end();
      one.end = done;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(ran).toHaveLength(4 + 64);
  expect(ran.at(-1)?.message.text).toBe('199');
});
function done(): void {
  // ended already
}

test('a real program gets the message as JSON and nothing of it passes a shell', async () => {
  const place = await mkdtemp(join(tmpdir(), 'voipterm-hooks-'));
  try {
    const script = join(place, 'hook.sh');
    await writeFile(script, 'cat > "$1"; printf "%s %s" "$VOIPTERM_EVENT" "$VOIPTERM_FROM" > "$1.env"\n');
    const file = join(place, 'heard $(touch pwned)');
    const message: HookMessage = {
      event: 'mention',
      station: 's',
      room: 'lobby',
      from: 'bob',
      id: 'x',
      seq: 1,
      at: 1,
      text: '"; touch pwned; \u001b[2J',
      direct: false,
    };
    await runProgram(['/bin/sh', script, file], message);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(message);
    expect(await readFile(`${file}.env`, 'utf8')).toBe('mention bob');
    await expect(runProgram([join(place, 'missing')], message)).rejects.toThrow('ENOENT');
    await expect(runProgram(['/bin/sh', '-c', 'exit 3'], message)).rejects.toThrow('ended with 3');
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});

/** The plain interface on streams. */
import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import type { UiSettings } from '../../../src/ui/live-settings.ts';
import { runPlain } from '../../../src/ui/plain/plain-ui.ts';
import { bindingsFor } from '../../fakes/bindings.ts';
import { busyState, emptyState, FAKE_SETTINGS, FakeSession } from '../../fakes/fake-session.ts';

const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0)) step();
});

interface Running {
  readonly session: FakeSession;
  readonly stdin: PassThrough;
  readonly printed: () => string;
  readonly ended: Promise<void>;
  readonly raw: boolean[];
}

function start(keyboard: boolean, state = busyState(), ascii = false, follow?: () => UiSettings): Running {
  const session = new FakeSession(state);
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: keyboard,
    setRawMode: (on: boolean) => raw.push(on),
  });
  const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24 });
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  let end = (): void => undefined;
  const ended = runPlain({
    session,
    bindings: bindingsFor('f8'),
    talkKeyStyle: 'auto',
    ascii,
    stdin,
    stdout,
    keyboard,
    ...(follow ? { follow } : {}),
    host: {
      attach: (ui) => {
        end = () => ui.end();
        return () => undefined;
      },
    },
  });
  undo.push(() => end());
  return { session, stdin, printed: () => Buffer.concat(chunks).toString(), ended, raw };
}

const TALK = '\x1b[19~';

test('lines of a pipe are commands and messages, and the end of it is the end', async () => {
  const { session, stdin, ended, printed } = start(false);
  stdin.end('hello\n/who\n/nope\n/status\n/help join\n');
  await ended;
  expect(session.commands).toMatchObject([{ do: 'post', text: 'hello' }, { do: 'who' }]);
  expect(printed()).toContain('There is no command /nope');
  expect(printed()).toContain('\nOnline at ada@station.example:2222. Microphone closed. You are in #lobby');
  expect(printed()).toContain('\n/join ROOM: enter a room');
  expect(printed()).not.toContain('\x1b');
});

test('the end of a pipe waits for what is not acknowledged', async () => {
  const state = emptyState();
  const { session, stdin, ended } = start(false, { ...state, text: { ...state.text, unsent: 1 } });
  stdin.end('/quit\n');
  let over = false;
  const watched = ended.then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(over).toBe(false);
  session.set({ text: { ...state.text, unsent: 0 } });
  await watched;
});

test('where there is no sound, nothing is said of a microphone', () => {
  const state = emptyStateInRoom();
  const { printed } = start(true, { ...state, voice: { ...state.voice, absent: true } });
  expect(printed()).toContain('voipterm, in lines. Alt+S or /status tells how it stands');
  expect(printed()).toContain('There is no sound here');
  expect(printed()).not.toContain('icrophone');
});

test('keys write a line, talk, tell the state, and lead to other rooms', async () => {
  const { session, stdin, ended, printed, raw } = start(true);
  stdin.write(`hallo\x7fo\r`);
  expect(session.commands).toMatchObject([{ do: 'post', text: 'hallo' }]);
  stdin.write(TALK);
  expect(session.state.voice.talking).toBe(true);
  expect(printed()).toContain('\nMicrophone open.\n');
  stdin.write(' ');
  expect(session.state.voice.talking).toBe(false);
  stdin.write('\x1bs');
  expect(printed()).toContain('\nOnline at ada@station.example:2222. Microphone closed.');
  stdin.write('\x0e');
  expect(session.state.current).toBe('music');
  stdin.write('/mus\t');
  stdin.write('\x15/sta\t\r');
  expect(printed().match(/Online at ada@station/g)).toHaveLength(3);
  stdin.write('\x1b[5~');
  expect(session.commands.at(-1)).toEqual({ do: 'older', room: 'music' });
  stdin.write('\x03');
  await ended;
  expect(raw).toEqual([true, false]);
  expect(printed().endsWith('\x1b[?2004l')).toBe(true);
});

test('keys that are changed meanwhile are in force at once', () => {
  let keys = new Map([['status', ['alt+x']]]);
  const follow = (): UiSettings => ({
    ...{ talkKey: 'f7', keys, hints: true, talkKeyStyle: 'toggle', timestamps: 'time', ascii: false },
  });
  const { session, stdin, printed } = start(true, busyState(), false, follow);
  const changed = (text: string): void => {
    const rows = FAKE_SETTINGS.map((row) => ({ ...row, text }));
    session.set({ settings: { ...session.state.settings, rows } });
  };
  const told = (): number => printed().match(/Online at/g)?.length ?? 0;
  const before = told();
  stdin.write('\x1bx');
  expect(told()).toBe(before);
  changed('1');
  stdin.write('\x1bx');
  expect(told()).toBe(before + 1);
  stdin.write('\x1b[18~'); // F7
  expect(session.state.voice.talking).toBe(true);
  stdin.write('/help\r');
  expect(printed()).toMatch(/Alt\+X/);
  keys = new Map([['status', ['f7']]]); // which is taken: all stays as it is
  changed('2');
  stdin.write('\x1bx');
  expect(told()).toBe(before + 2);
});

test('what comes stands above what is being typed, and a paste is one message', async () => {
  const { session, stdin, printed } = start(true, emptyStateInRoom());
  stdin.write('\x1b[200~one\ntwo\x1b[201~');
  session.do({ do: 'notice', text: 'somebody came' });
  expect(printed()).toContain('\r\x1b[K* somebody came\none⏎two');
  stdin.write('\r');
  expect(session.commands.at(-1)).toMatchObject({ do: 'post', text: 'one\ntwo' });
});

test('a line with an error stays to be mended', () => {
  const { session, stdin, printed } = start(true, emptyStateInRoom());
  stdin.write('/nope\r');
  expect(printed()).toContain('There is no command /nope');
  stdin.write('\x15hi\r');
  expect(session.commands).toMatchObject([{ do: 'post', text: 'hi' }]);
});

test('several candidates are told, and what they share is taken', () => {
  const { session, stdin, printed } = start(true, emptyStateInRoom());
  stdin.write('/unm\t');
  stdin.write('\r');
  expect(session.commands).toMatchObject([{ do: 'mute', on: false }]);
  stdin.write('/m\t');
  expect(printed()).toMatch(/\/m[a-z]*, \/m/);
});

test('nothing but ASCII where there is nothing else', () => {
  const { session, printed } = start(false, emptyStateInRoom(), true);
  session.do({ do: 'notice', text: 'naïve café 日本' });
  expect(printed()).toMatch(/^[\x20-\x7e\n]+$/);
});

function emptyStateInRoom() {
  return { ...emptyState(), rooms: busyState().rooms.slice(1, 2), current: 'music' };
}

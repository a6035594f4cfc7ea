/** What a hostile station says reaches a member's terminal as text, never as something that the terminal obeys. */
import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { Terminal } from '../fakes/terminal.ts';
import { type Answers, type HostileStation, startHostileStation } from './hostile-station.ts';
import { test as placed } from './place-test.ts';
import { type Outcome, type Place, PROGRAM } from './process.ts';

const EVIL = '\x1b[31mred\x1b]0;pwned\x07\x1b[2J\x9b5m\u202e\r\x7f';
const RAW = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u;
const EVIL_BODY = Buffer.from(EVIL).toString('base64');
const ME = { id: 70_000, name: 'ann', talking: false };

const HELLO = { version: 1, station: EVIL, member: ME.id, name: 'ann' };
const JOINED = { room: 'lobby', members: [ME], lastSeq: 1 };

/** A message of the room; `more` replaces what is good in it. */
function message(more: object = {}): object {
  const good = { room: 'lobby', seq: 1, id: randomUUID(), from: 'mallory', at: 1, type: 'text/plain' };
  return { ...good, body: EVIL_BODY, ...more };
}

function refusal(code: string): Error {
  return Object.assign(new Error(`no: ${EVIL}`), { name: code });
}

const GOOD: Answers = {
  hello: HELLO,
  'room.join': JOINED,
  'room.history': { messages: [message()], more: false },
  'room.post': { seq: 2, at: 2, duplicate: false },
};

interface Hostile {
  /** Starts a station that gives these answers. */
  readonly start: (answers: Answers) => Promise<HostileStation>;
  /** Starts the terminal interface. */
  readonly show: (target: string) => Promise<Terminal>;
}

/** Stations and terminals end with their test. */
const test = placed.extend<Hostile>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  start: async ({}, use) => {
    const stations: HostileStation[] = [];
    await use(async (answers) => {
      const station = await startHostileStation(answers);
      stations.push(station);
      return station;
    });
    for (const station of stations) await station.close();
  },
  show: async ({ place }, use) => {
    const terminals: Terminal[] = [];
    await use(async (target) => {
      const terminal = Terminal.start({
        command: process.execPath,
        args: [PROGRAM, target],
        cwd: place.path,
        env: await place.env('ann', { VOIPTERM_AUDIO_INPUT: 'silence', VOIPTERM_AUDIO_OUTPUT: 'null' }),
        columns: 100,
        rows: 30,
      });
      terminals.push(terminal);
      return terminal;
    });
    for (const terminal of terminals) await terminal.stop();
  },
});

function run(place: Place, command: string, target: string, ...args: readonly string[]): Promise<Outcome> {
  const log = ['--log-level', 'debug', '--log-format', 'pretty'];
  return place.run([command, target, ...args, ...log], { home: 'ann' });
}

function expectHarmless({ stdout, stderr }: Outcome): void {
  expect(stdout).not.toMatch(RAW);
  expect(stderr).not.toMatch(RAW);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('a command without a screen', { concurrent: true }, () => {
  test('prints what the station sends as harmless text', { timeout: 60_000 }, async ({ place, start }) => {
    const { target } = await start(GOOD);
    const tail = await run(place, 'tail', target('ann'));
    expectHarmless(tail);
    expect(tail).toMatchObject({ status: 0, stdout: expect.stringContaining('pwned') });
    const said = await run(place, 'say', target('ann'), 'hello');
    expectHarmless(said);
    expect(said.status).toBe(0);
    const call = await run(
      place,
      'voice',
      target('ann'),
      '--input',
      'silence',
      '--output',
      'null',
      '--duration',
      '0.3',
    );
    expectHarmless(call);
    expect(call.status).toBe(0);
  });

  test.for([
    ['hello', refusal('control.name-taken'), 4],
    ['hello', { ...HELLO, name: EVIL }, 1],
    ['datagram.open', { session: 1, suite: EVIL }, 1],
    ['room.join', refusal('control.limit'), 1],
    ['room.join', { ...JOINED, members: [{ ...ME, name: EVIL }] }, 1],
    ['room.history', { messages: [message({ from: EVIL })], more: false }, 1],
    ['room.history', { messages: [message({ type: EVIL })], more: false }, 1],
    ['room.history', refusal(EVIL), 1],
  ] as const)(
    'ends with a harmless sentence when %s is answered badly, case %#',
    async ([method, answer, status], { place, start }) => {
      const { target } = await start({ ...GOOD, [method]: answer });
      const tail = await run(place, 'tail', target('ann'));
      expectHarmless(tail);
      expect(tail).toMatchObject({ status, stdout: '' });
      expect(tail.stderr).toMatch(/^voipterm: [^\n]+\n$/m);
    },
  );

  test('does not say that a refused post was taken', async ({ place, start }) => {
    const { target } = await start({ ...GOOD, 'room.post': refusal('control.invalid-params') });
    const said = await run(place, 'say', target('ann'), `hello ${EVIL}`);
    expectHarmless(said);
    expect(said.status).toBe(1);
    expect(said.stderr).toMatch(/not acknowledged by the station \(no: .*pwned.*\): "hello/);
  });
});

/** What of it reached the terminal in the form in which it is obeyed. */
function obeyable(raw: string): string[] {
  return ['\x1b]0;pwned', '\x1b[31mred', '\x9b', '\x07', '\u202e'].filter((part) => raw.includes(part));
}

test.concurrent('the interface draws it and obeys none of it', { timeout: 60_000 }, async ({
  start,
  show,
}) => {
  const hostile = await start(GOOD);
  const screen = await show(hostile.target('ann'));
  await screen.until((text) => text.includes('online') && text.includes('pwned'));
  const member = { id: 70_001, name: 'mallory', talking: false };
  hostile.say({ method: 'notice', params: { code: EVIL, text: `notice ${EVIL}` } });
  hostile.say({ method: 'room.joined', params: { room: 'lobby', member } });
  hostile.say({ method: 'room.message', params: message({ seq: 2 }) });
  hostile.say({ method: EVIL, params: { text: EVIL } });
  await screen.until((text) => text.includes('Notice') && text.includes('Here 2'));
  // Its words stand there as text; what they would have done has not happened.
  expect(obeyable(screen.raw)).toEqual([]);
  expect(screen.text).toContain('red');
  // A name that is none ends the connection: a member's names are drawn everywhere.
  hostile.say({
    method: 'room.joined',
    params: { room: 'lobby', member: { ...member, id: 70_002, name: EVIL } },
  });
  await screen.until((text) => text.includes('offline') || text.includes('connecting'));
  screen.send('\x03');
  expect(await screen.exited()).toMatchObject({ exitCode: 0 });
  expect(obeyable(screen.raw)).toEqual([]);
});

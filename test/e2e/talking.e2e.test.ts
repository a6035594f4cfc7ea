/** What opens and closes a microphone, in real terminals on a real station: keys, commands, other programs, watchdogs. */
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Terminal } from '../fakes/terminal.ts';
import { type Env, expectSentence, type Outcome } from './process.ts';
import { leave, memberRow, until, untilTalking } from './screens.ts';
import { test as withScreens } from './screens-test.ts';

const LONG = { timeout: 60_000 };
const SPACE_DOWN = '\x1b[32;1:1;32u';
const SPACE_UP = '\x1b[32;1:3u';
const F8_DOWN = '\x1b[19;1:1~';
const F8_UP = '\x1b[19;1:3~';
const FOCUS_OUT = '\x1b[O';

const test = withScreens.extend<{
  env: Env;
  ptt: (...args: string[]) => Promise<Outcome>;
}>({
  env: async ({ place }, use) => {
    await mkdir(place.file('run'));
    await use({ XDG_RUNTIME_DIR: place.file('run') });
  },
  ptt: async ({ place, env }, use) => {
    await use((...args) => place.run(['ptt', ...args], { env }));
  },
});

const silent = (terminal: Terminal): Promise<void> => terminal.until((text) => !text.includes('TALKING'));

/** Says a line to a socket, as netcat does, and reads one. */
function netcat(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${line}\n`)).setEncoding('utf8');
    socket.on('error', reject).once('data', (text: string) => {
      socket.destroy();
      resolve(text);
    });
  });
}

test.concurrent(
  'a held key, a double press, a command and the watchdogs',
  LONG,
  async ({ place, screens, env }) => {
    const station = await place.serve();
    const [ann, bob] = await Promise.all([
      screens.open('ann', [station.target('ann')], {
        kitty: true,
        env: { ...env, VOIPTERM_UI_TALK_UNFOCUSED_S: '1' },
      }),
      screens.open('bob', [station.target('bob')], { env }),
    ]);
    await until(ann, 'online', 'Here 2');
    await until(bob, 'online', 'Here 2');

    ann.send(SPACE_DOWN);
    await untilTalking(bob, 'ann', true);
    expect(ann.text).not.toContain('TALKING ON');
    ann.send(SPACE_UP);
    await untilTalking(bob, 'ann', false);

    // Twice at once latches; the terminal that loses the focus closes it a second later, and says so.
    ann.send(F8_DOWN + F8_UP + F8_DOWN + F8_UP);
    await until(ann, 'TALKING ON');
    await untilTalking(bob, 'ann', true);
    ann.send(FOCUS_OUT);
    await until(ann, 'Microphone closed as the terminal has not had the focus');
    await untilTalking(bob, 'ann', false);

    // A key that is held when the focus goes closes at once: its release will not come.
    ann.send(SPACE_DOWN);
    await untilTalking(bob, 'ann', true);
    ann.send(FOCUS_OUT);
    await silent(ann);

    // Open by itself: the key mutes.
    ann.send('/talk continuous\r');
    await until(ann, 'TALKING', 'open mic');
    await untilTalking(bob, 'ann', true);
    ann.send(SPACE_DOWN + SPACE_UP);
    await until(ann, 'muted', 'open mic');
    await untilTalking(bob, 'ann', false);
    ann.send('/talk push\r');
    await ann.until((text) => !text.includes('open mic'));
    await Promise.all([leave(ann), leave(bob)]);
  },
);

test.concurrent(
  'voipterm ptt is the talk key of whichever client is meant',
  LONG,
  async ({ place, screens, env, ptt }) => {
    const directory = place.file('run/voipterm');
    expectSentence(await ptt('down'), 3, /no voipterm runs here: start one/);
    expectSentence(await ptt('shout'), 2, /'shout' is invalid/);

    const station = await place.serve();
    const ann = await screens.open('ann', [station.target('ann')], { env });
    await until(ann, 'online', 'Here 1');
    const bob = await screens.open('bob', [station.target('bob')], { env });
    await until(bob, 'online', 'Here 2');
    const sockets = (await readdir(directory)).filter((name) => name !== 'newest.sock');
    expect(sockets).toHaveLength(2);
    for (const name of sockets) expect((await lstat(join(directory, name))).mode & 0o777).toBe(0o600);

    // The newest is bob's; the other is reached by its station's target, or its process.
    expect(await ptt('down')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    await until(bob, 'TALKING');
    await untilTalking(ann, 'bob', true);
    const target = `ann@127.0.0.1:${station.port}`;
    const toggled = await ptt('toggle', '--target', target, '--json');
    const { pid, ...now } = JSON.parse(toggled.stdout);
    expect(now).toMatchObject({ target, mode: 'push', talking: true, latched: true, room: 'lobby' });
    await until(ann, 'TALKING');
    await ptt('up');
    await silent(bob);
    await ptt('mute', '--pid', String(pid));
    await until(ann, 'muted');
    expect((await ptt('status', '--pid', String(pid))).stdout).toBe(
      `${pid} ${target} #lobby, online, push, muted\n`,
    );
    expectSentence(await ptt('up', '--pid', '1'), 3, /no voipterm fits --pid 1; there is .*, .*/);

    // Without a program of ours: a line of plain words.
    const newest = join(directory, 'newest.sock');
    expect(await netcat(newest, 'toggle')).toContain('"talking":true');
    await until(bob, 'TALKING');
    expect(await netcat(newest, 'nonsense')).toContain('"usage.invalid"');

    // A client that is killed leaves its socket behind, which is no obstacle and then gone.
    process.kill(bob.pid, 'SIGKILL');
    await bob.exited();
    await ptt('unmute');
    await ann.until((text) => !text.includes('muted'));
    expect((await readdir(directory)).filter((name) => name.startsWith(`${bob.pid}-`))).toEqual([]);
    expect(await netcat(newest, 'status')).toContain(`"pid":${pid},`);
    await leave(ann);
    expect((await readdir(directory)).filter((name) => name !== 'newest.sock')).toEqual([]);
  },
);

test.concurrent(
  'a caller without a screen is silent until voipterm ptt opens its microphone',
  LONG,
  async ({ place, screens, env, ptt, expect: expectHere }) => {
    const station = await place.serve();
    const bob = await screens.open('bob', [station.target('bob')]);
    await until(bob, 'online', 'Here 1');
    const args = ['voice', station.target('door'), '--ptt', '--input', 'tone', '--output', 'null', '--json'];
    const door = await place.start(args, { env });
    await door.until(({ lines }) => lines.some((line) => line.includes('"joined"')));
    await until(bob, 'Here 2', 'door');
    await expectHere.poll(async () => (await ptt('status')).status, { timeout: 20_000 }).toBe(0);
    expect(memberRow(bob, 'door')).not.toContain(')))');
    await ptt('down');
    await untilTalking(bob, 'door', true);
    await ptt('up');
    await untilTalking(bob, 'door', false);
    const { status, stdout } = await door.end('SIGTERM');
    expect(status).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').frames.sent).toBeGreaterThan(0);
    await leave(bob);
  },
);

test.concurrent(
  'the test of sound plays one back to oneself, tells how long that takes, and nobody else hears it',
  LONG,
  async ({ place, screens, env }) => {
    const station = await place.serve();
    const [ann, bob] = await Promise.all([
      screens.open('ann', [station.target('ann')], { env }),
      screens.open('bob', [station.target('bob')], { env }),
    ]);
    await until(ann, 'online', 'Here 2');
    await until(bob, 'online', 'Here 2');

    ann.send('\x1bOQ');
    await until(ann, 'Microphone', 'Hear yourself', 'talk_mode', /noise_suppression +on/);
    ann.send('\x1b[C');
    await until(ann, 'SOUND TEST', '< at once', /\b[1-9][0-9]{1,2} ms from mouth to ear/, /speaker █/);
    expect(memberRow(bob, 'ann')).not.toContain(')))');

    // What is chosen here is there at the next start.
    ann.send(`${'\x1b[B'.repeat(3)}\x1b[C`);
    await until(ann, /talk_mode +< voice/, 'audio.talk_mode is voice, and saved');
    ann.send('\x1b');
    await ann.until((text) => text.includes('#lobby ›') && !text.includes('SOUND TEST'));
    await until(ann, 'by voice');
    await leave(ann);
    const again = await screens.open('ann', [station.target('ann')], { env });
    await until(again, 'online', 'by voice');
    await Promise.all([leave(again), leave(bob)]);
  },
);

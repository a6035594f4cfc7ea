/** People who come with a stock OpenSSH client: the chat in their terminal, lines without one, commands, and their bounds. */
import { describe, expect } from 'vitest';
import type { Place } from './process.ts';
import { expectRestored, leave, message, until } from './screens.ts';
import { test as inScreens } from './screens-test.ts';
import { HAVE_SSH, SshClient } from './ssh-client.ts';

const test = inScreens.skipIf(!HAVE_SSH);
const ESC = '\x1b';

async function station(place: Place, env: Readonly<Record<string, string>> = {}) {
  const serving = await place.serve({ env });
  return { serving, ssh: new SshClient(place, serving) };
}

/** Waits until somebody is in the lobby, as a guest who looks in sees it. */
async function untilHere(ssh: SshClient, name: string): Promise<void> {
  const looks = await ssh.start('looker', ['plain']);
  looks.child.stdin?.write('/who\n');
  await looks.until(({ stdout, child }) => {
    if (new RegExp(`#lobby: .*\\b${name}\\b`).test(stdout)) return true;
    child.stdin?.write('/who\n');
    return false;
  });
  looks.child.stdin?.end();
  await looks.exited();
}

describe('over ssh', { concurrent: true, timeout: 60_000 }, () => {
  test('somebody chats with members, resizes, reads what is hostile, asks for what is not there, and leaves', async ({
    place,
    screens,
  }) => {
    const { serving, ssh } = await station(place);
    const bob = await place.start(['tail', '-f', serving.target('bob')], { home: 'bob' });
    const ann = await ssh.screen(screens, 'ann');
    await until(ann, 'online', 'ann (you)', '#lobby ›');
    expect(ann.alternateScreen).toBe(true);
    // Nothing is offered that is not there.
    expect(ann.text).not.toMatch(/to talk|mic ░|F3 shell|F2 settings/);
    await until(ann, /to hear\s[\s│]*them and to/);

    ann.send('hello from ssh\r');
    await until(ann, message('ann', 'hello from ssh'));
    await bob.until(({ stdout }) => stdout.includes('<ann> hello from ssh'));
    await place.run(['say', serving.target('bob'), 'grüße 👋'], { home: 'bob' });
    await until(ann, message('bob', 'grüße 👋'));

    ann.send('/msg bob only for you\r');
    await until(ann, '@bob ›', message('ann', 'only for you'));
    const theirs = await place.run(['tail', serving.target('bob').replace('/lobby', '')], { home: 'bob' });
    expect(theirs.stdout).not.toContain('only for you');
    const direct = await ssh.run('ann', ['tail', '@bob']);
    expect(direct.stdout).toContain('<ann> only for you');
    ann.send('/join lobby\r');
    await until(ann, '#lobby ›', message('bob', 'grüße 👋'));

    for (const [columns, rows] of [
      [80, 24],
      [130, 40],
    ] as const) {
      ann.resize(columns, rows);
      await ann.until(
        (text, { lines }) =>
          lines.length === rows && (lines[rows - 1] ?? '') !== '' && text.includes('hello from ssh'),
      );
      expect(ann.lines.filter((line) => line.includes('F1 Chat'))).toHaveLength(1);
      expect((ann.lines[0] ?? '').length).toBeGreaterThan(columns - 30);
    }
    expect(ann.scrolls).toBe(0);

    // What others wrote comes out clean.
    const hostile = `${ESC}[31mred${ESC}]0;owned\x07 \u202egnp.exe bell\x07`;
    await place.run(['say', serving.target('mallory')], { home: 'mallory', input: `${hostile}\n` });
    await until(ann, 'mallory', 'gnp.exe');
    expect(ann.raw).not.toContain(`${ESC}]0;owned`);
    expect(ann.raw).not.toContain('\u202e');
    expect(ann.text).toContain('␛[31mred');

    // What needs a machine of one's own is refused in words.
    ann.send('/record /tmp/stolen\r');
    await until(ann, 'Voice needs voipterm on your own machine');
    ann.send('/forward -L 1:h:2\r');
    await until(ann, 'Forwarding needs voipterm on your own machine');
    ann.send(`${ESC}OR`);
    await until(ann, 'A shell of your own needs voipterm');
    ann.send(`${ESC}OP`);
    await until(ann, '#lobby ›');
    await leave(ann);
    expect(ann.text.trim()).toBe('');
  });

  test('say and tail are commands with exit statuses', async ({ place }) => {
    const { serving, ssh } = await station(place);
    expect(await ssh.run('ann', ['say', 'lobby', "it's", '$HOME', '; ls'])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(await ssh.run('ann', ['say', '#lobby'], 'one\r\n\ntwo')).toMatchObject({ status: 0 });
    const tail = await ssh.run('bob', ['tail', '-n', '3']);
    expect(tail.status).toBe(0);
    expect(tail.stdout.replace(/^\S+ \S+ /gm, '')).toBe("<ann> it's $HOME ; ls\n<ann> one\n<ann> two\n");
    const json = await ssh.run('bob', ['tail', '--json', '-n1', 'lobby']);
    expect(JSON.parse(json.stdout)).toMatchObject({ room: 'lobby', seq: 3, from: 'ann', text: 'two' });

    const follows = await ssh.start('bob', ['tail', '-f', '-n', '0', 'lobby']);
    await untilHere(ssh, 'bob');
    expect((await place.run(['say', serving.target('cid'), 'later'], { home: 'cid' })).status).toBe(0);
    await follows.until(({ stdout }) => stdout.includes('<cid> later'));
    const writes = await ssh.start('ann', ['plain', '#lobby']);
    writes.child.stdin?.write('/me waves\nsecnd\n');
    await follows.until(({ stdout }) => /\* ann waves\n.*<ann> secnd\n/.test(stdout));
    writes.child.stdin?.end('/edit second\n');
    await follows.until(({ stdout }) => /ann edited message \d+: second\n/.test(stdout));
    await writes.exited();
    await follows.end('SIGTERM');

    for (const [command, words] of [
      [['ls', '-l'], /no command "ls"[\s\S]*say ROOM TEXT/],
      [['say'], /Say where\?/],
      [['tail', '--hack'], /no option "--hack"/],
      [['say', 'no/room', 'x'], /neither a room nor a person/],
    ] as const) {
      const refused = await ssh.run('ann', command);
      expect([command, refused.status, refused.stdout]).toEqual([command, 2, '']);
      expect(refused.stderr).toMatch(words);
    }
    const help = await ssh.run('ann', ['help']);
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('say ROOM TEXT') });
    // The name belongs to another key.
    const taken = await place.run(['say', serving.target('ann'), 'I am ann'], { home: 'mallory' });
    expect(taken.status).toBe(4);
  });

  test('a room that was entered is there at the next visit, and one that was left is not', async ({
    place,
    screens,
  }) => {
    const { ssh } = await station(place);
    const first = await ssh.screen(screens, 'ann', []);
    await first.until((text) => text.includes('#lobby'));
    expect(first.raw).toContain('\x1b[?1006h'); // the mouse, as in a client
    first.send('/join ops\r');
    await first.until(
      (text) => text.includes('You are in #ops') || /#ops[\s\S]*#lobby|#lobby[\s\S]*#ops/.test(text),
    );
    first.send('/leave #lobby\r');
    await first.until((text) => !text.includes('#lobby'));
    await first.stop(); // as when a terminal is closed
    const again = await ssh.screen(screens, 'ann', []);
    await again.until((text) => text.includes('#ops'));
    expect(again.text).not.toContain('#lobby');
    // What a script reads does not depend on where somebody was.
    await ssh.run('ann', ['say', 'lobby', 'read by scripts']);
    expect((await ssh.run('ann', ['tail'])).stdout).toContain('read by scripts');
    const other = await ssh.screen(screens, 'bob', []);
    await other.until((text) => text.includes('#lobby'));
    expect(other.text).not.toContain('#ops');
  });

  test('without a terminal, or with a dumb one, there are lines', async ({ place, screens }) => {
    const { serving, ssh } = await station(place);
    const ann = await ssh.start('ann', []);
    ann.child.stdin?.write('hello from a pipe\n');
    await ann.until(({ stdout }) => stdout.includes('hello from a pipe'));
    const dumb = await ssh.screen(screens, 'bob', [], { type: 'dumb' });
    await dumb.until((text) => text.includes('hello from a pipe'));
    dumb.send('typed on paper\r');
    await ann.until(({ stdout }) => stdout.includes('typed on paper'));
    expect(dumb.raw).not.toContain(ESC);
    expect(ann.stdout).not.toContain(ESC);
    ann.child.stdin?.end();
    expect((await ann.exited()).status).toBe(0);
    dumb.send('\x03');
    expect(await dumb.exited()).toMatchObject({ exitCode: 0 });
    expect((await serving.process.end('SIGTERM')).status).toBe(0);
  });

  test('a key that is not admitted is refused, and a place too few is said', async ({ place, screens }) => {
    const closed = new SshClient(place, await place.serve({ open: false }));
    const refused = await closed.run('ann', ['tail']);
    expect(refused).toMatchObject({ status: 255, stdout: '' });
    expect(refused.stderr).toContain('Permission denied (publickey)');

    const { ssh } = await station(place, { VOIPTERM_STATION_MAX_GUESTS: '1' });
    const ann = await ssh.screen(screens, 'ann');
    await until(ann, 'online', 'ann (you)');
    const late = await ssh.run('bob', ['tail']);
    expect(late).toMatchObject({ status: 1, stdout: '' });
    expect(late.stderr).toMatch(/draws for 1 people at most/);
    await leave(ann);
    await expect.poll(async () => (await ssh.run('bob', ['tail'])).status, { timeout: 10_000 }).toBe(0);
  });

  test('who is shut out, or whose station stops, gets the screen back and is told why', async ({
    place,
    screens,
  }) => {
    const { serving, ssh } = await station(place);
    const [ann, bob] = await Promise.all([ssh.screen(screens, 'ann'), ssh.screen(screens, 'bob')]);
    await until(ann, 'online', 'Here 2');
    await until(bob, 'online', 'Here 2');
    const kick = ['station', 'kick', 'bob', '--reason', 'be nice', '--data', serving.data];
    expect(await place.run(kick, { home: 'operator' })).toMatchObject({ status: 0 });
    expect(await bob.exited()).toMatchObject({ exitCode: 4 });
    expectRestored(bob);
    expect(bob.text).toContain('be nice');
    await until(ann, 'Here 1');
    expect((await serving.process.end('SIGTERM')).status).toBe(0);
    await ann.exited();
    expectRestored(ann);
    expect(ann.text).toContain('The station closed the connection.');
  });

  test('who floods keys and sizes slows nobody else', async ({ place, screens }) => {
    const { ssh } = await station(place);
    const [ann, bob] = await Promise.all([ssh.screen(screens, 'ann'), ssh.screen(screens, 'bob')]);
    await until(ann, 'online', 'Here 2');
    await until(bob, 'online', 'Here 2');
    let floods = 0;
    const flood = setInterval(() => {
      floods += 1;
      ann.send('x\x7f'.repeat(500));
      ann.resize(70 + (floods % 30), 20 + (floods % 20));
    }, 20);
    try {
      for (const word of ['one', 'two', 'three', 'four', 'five']) {
        const sent = performance.now();
        bob.send(`${word}\r`);
        await until(bob, new RegExp(`│ ${word}`));
        expect(performance.now() - sent).toBeLessThan(4000);
      }
      expect(floods).toBeGreaterThan(5);
    } finally {
      clearInterval(flood);
    }
    ann.resize(90, 30);
    await ann.until(
      (text, { lines }) => lines.length === 30 && (lines[29] ?? '') !== '' && text.includes('│ five'),
    );
    await leave(ann);
  });

  test('who does not read slows nobody', async ({ place, screens }) => {
    const { serving, ssh } = await station(place);
    const [ann, bob] = await Promise.all([ssh.screen(screens, 'ann'), ssh.screen(screens, 'bob')]);
    await until(ann, 'online', 'Here 2');
    await until(bob, 'online', 'Here 2');
    process.kill(ann.pid, 'SIGSTOP');
    const lines = Array.from({ length: 600 }, (_, at) => `line ${at}`).join('\n');
    expect((await place.run(['say', serving.target('cid')], { home: 'cid', input: lines })).status).toBe(0);
    await until(bob, 'line 599');
    const sent = performance.now();
    bob.send('still quick\r');
    await until(bob, message('bob', 'still quick'));
    expect(performance.now() - sent).toBeLessThan(4000);
    process.kill(ann.pid, 'SIGCONT');
    await until(ann, message('bob', 'still quick'));
    await leave(ann);
  });
});

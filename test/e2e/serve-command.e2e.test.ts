/** `serve` and `keygen` as scripts use them. */
import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectSentence, Place, parseLines } from './process.ts';

const LONG = { timeout: 60_000 };

let place: Place;
beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.dispose());

describe('serve', () => {
  test('prints exactly one line of JSON, and ends with 0 on either signal', LONG, async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const station = await place.serve();
      const { port, fingerprint } = station.listening;
      expect(port).toBeGreaterThan(0);
      expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
      const ended = await station.process.end(signal);
      expect(ended).toMatchObject({ status: 0, signal: null });
      expect(ended.stdout).toBe(
        `{"event":"listening","host":"127.0.0.1","port":${port},"udpPort":${port},"fingerprint":"${fingerprint}"}\n`,
      );
    }
  });

  test('takes :0 as a free port of this machine only, and keeps its key in --data', LONG, async () => {
    const data = place.file('data');
    const fingerprints = new Set<string>();
    for (const listen of [':0', '127.0.0.1:0', '0']) {
      const running = await place.start(['serve', '--listen', listen, '--data', data]);
      await running.until(({ lines }) => lines.length > 0);
      const { host, port, udpPort, fingerprint } = JSON.parse(running.lines[0]!);
      expect({ host, udpPort }).toEqual({ host: '127.0.0.1', udpPort: port });
      fingerprints.add(fingerprint);
      expect((await running.end('SIGTERM')).status).toBe(0);
    }
    expect(fingerprints.size).toBe(1);
  });

  test('listens on IPv6 too', LONG, async () => {
    const running = await place.start(['serve', '--listen', '[::1]:0', '--data', place.file('v6'), '--open']);
    await running.until(({ lines }) => lines.length > 0);
    const { host, port } = JSON.parse(running.lines[0]!);
    expect(host).toBe('::1');
    const said = await place.run(['say', `ann@[::1]:${port}`, 'hello'], { home: 'ann' });
    expect(said).toMatchObject({ status: 0, stderr: '' });
    expect((await running.end('SIGTERM')).status).toBe(0);
  });

  test('logs as asked: JSON or pretty, from a level on, and never to stdout', LONG, async () => {
    const logs: string[] = [];
    for (const more of [
      ['--log-format', 'json'],
      ['--log-format', 'pretty'],
      ['--log-level', 'error'],
    ]) {
      const station = await place.serve({ more });
      await place.run(['say', station.target('ann'), 'hello'], { home: 'ann' });
      const { stdout, stderr } = await station.process.end('SIGTERM');
      expect(parseLines(stdout)).toHaveLength(1);
      logs.push(stderr);
    }
    const [json = '', pretty = '', quiet] = logs;
    const lines = parseLines<Record<string, unknown>>(json);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatchObject({ level: 'info', time: expect.any(String), msg: expect.any(String) });
    }
    expect(pretty).toMatch(/^\[[0-9:.]{12}\] INFO: /);
    expect(pretty).not.toContain('\x1b');
    expect(quiet).toBe('');
  });

  test('admits with --authorized-keys who is in the file, and with --open everybody', LONG, async () => {
    const friends = place.file('friends.keys');
    const { stdout: key } = await place.run(['keygen'], { home: 'ann' });
    await writeFile(friends, `# friends\n${key}`, { mode: 0o600 });
    const closed = await place.serve({ open: false, more: ['--authorized-keys', friends] });
    const open = await place.serve();
    const say = (station: typeof open, name: string) =>
      place.run(['say', station.target(name), `I am ${name}`], { home: name });
    expect(await say(closed, 'ann')).toMatchObject({ status: 0, stderr: '' });
    expectSentence(await say(closed, 'bob'), 4, /does not admit your key \(as bob\)/);
    expect((await say(open, 'ann')).status).toBe(0);
    expect((await say(open, 'bob')).status).toBe(0);
    expect((await say(open, 'bob')).status).toBe(0);
  });

  test('tells with --idle-exit when nobody came', LONG, async () => {
    const station = await place.serve({ more: ['--idle-exit', '1'] });
    expect((await station.process.exited()).status).toBe(0);
  });
});

describe('keygen', () => {
  test('makes a private key once and prints its line for authorized_keys', LONG, async () => {
    const made = await place.run(['keygen'], { home: 'ann' });
    expect(made.status).toBe(0);
    expect(made.stdout).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]{68} \S+\n$/);
    const blob = Buffer.from(made.stdout.split(' ')[1]!, 'base64');
    const digest = createHash('sha256').update(blob).digest('base64').replaceAll('=', '');
    const path = join(await place.home('ann'), '.local', 'share', 'voipterm', 'id_ed25519');
    expect(made.stderr).toBe(`made a new key: ${path}\nfingerprint: SHA256:${digest}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);

    const again = await place.run(['keygen'], { home: 'ann' });
    expect(again).toMatchObject({ status: 0, stdout: made.stdout });
    expect(again.stderr).toBe(`your key: ${path}\nfingerprint: SHA256:${digest}\n`);
    // Another user shows the same key by its file.
    const shown = await place.run(['keygen', '-i', path], { home: 'bob' });
    expect(shown).toMatchObject({ status: 0, stdout: made.stdout });
  });

  test('says what is wrong with a file that is no key', LONG, async () => {
    const file = place.file('no-key');
    await writeFile(file, 'not a key\n', { mode: 0o600 });
    const refused = await place.run(['keygen', '-i', file], { home: 'ann' });
    expectSentence(refused, 2, /no-key is not an OpenSSH private key: make one/);
    expectSentence(await place.run(['keygen', '-i', 'nowhere'], { home: 'ann' }), 2, /nowhere is not there/);
  });
});

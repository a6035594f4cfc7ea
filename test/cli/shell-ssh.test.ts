/** `/shell ssh`: our own client through a SOCKS proxy, to an SSH server of the test's. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { xdgPaths } from '../../src/cli/paths.ts';
import { launchSsh } from '../../src/cli/shell-ssh.ts';
import { silentLog } from '../../src/log.ts';
import { encodeReply, SOCKS_REPLY } from '../../src/net/forward/socks.ts';
import { SocksHandshake } from '../../src/net/forward/socks-handshake.ts';
import { TerminalShell } from '../../src/session/shell.ts';
import type { ShellTunnel } from '../../src/session/shell-tunnel.ts';
import { makeKey } from '../station/raw-client.ts';

let home: string;
const undo: (() => void)[] = [];
let agent: string | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'voipterm-ssh-'));
  agent = process.env.SSH_AUTH_SOCK;
  delete process.env.SSH_AUTH_SOCK;
});
afterEach(() => {
  for (const each of undo.splice(0)) each();
  rmSync(home, { recursive: true });
  if (agent !== undefined) process.env.SSH_AUTH_SOCK = agent;
});

/** A host that takes one password, echoes what is typed and tells its terminal's size. */
async function host(password: string): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [makeKey().private] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) =>
      context.method === 'password' && context.password === password
        ? context.accept()
        : context.reject(['password']),
    );
    client.on('session', (accept) => {
      const session = accept();
      let size = '';
      session.on('pty', (agree, _, { cols, rows }) => {
        size = `${cols}x${rows}`;
        agree?.();
      });
      session.on('shell', (agree) => {
        const channel = agree();
        channel.write(`welcome ${size}\r\n`);
        channel.on('data', (bytes: Buffer) => {
          if (bytes.toString() === 'q') {
            channel.exit(6);
            channel.end();
          } else channel.write(bytes);
        });
      });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** The session's way to the station, which here is a SOCKS proxy that asks for the password. */
async function proxy(): Promise<{ readonly tunnel: ShellTunnel; readonly asked: string[] }> {
  const auth = { user: 'voipterm', password: randomBytes(6).toString('hex') };
  const asked: string[] = [];
  const server = createServer((socket) => {
    const handshake = new SocksHandshake(auth);
    socket.on('error', () => undefined);
    const take = (chunk: Buffer): void => {
      const { answers, next } = handshake.push(chunk);
      for (const answer of answers) socket.write(answer);
      if (next === 'more') return;
      if (next === 'close') return void socket.end();
      const { host: name, port } = next.request.to;
      asked.push(`${name}:${port}`);
      socket.off('data', take);
      if (name === 'forbidden.example') return void socket.end(encodeReply(SOCKS_REPLY.notAllowed));
      const far = connect(port, '127.0.0.1', () => {
        socket.write(encodeReply(SOCKS_REPLY.succeeded));
        socket.pipe(far).pipe(socket);
      });
      far.on('error', () => socket.destroy());
    };
    socket.on('data', take);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const tunnel = { proxy: async () => ({ host: '127.0.0.1', port, ...auth }) } as unknown as ShellTunnel;
  return { tunnel, asked };
}

function open(tunnel: ShellTunnel, target: string, check: 'tofu' | 'strict' = 'tofu'): TerminalShell {
  const client = { sshConfig: true, knownHosts: '', hostKeyCheck: check };
  const context = { config: { client }, paths: xdgPaths({}, home) } as unknown as Context;
  const shell = new TerminalShell({ launch: launchSsh(context, tunnel, target), log: silentLog });
  undo.push(() => shell.close());
  shell.start(50, 8);
  return shell;
}

const text = (shell: TerminalShell): string =>
  shell.live.rows.map((runs) => runs.map((run) => run.text).join('')).join('\n');
const until = (shell: TerminalShell, condition: () => boolean): Promise<unknown> =>
  expect.poll(condition, { timeout: 15_000, interval: 10, message: text(shell) }).toBe(true);

describe('ssh of our own', () => {
  test('goes by the proxy, asks for a password without showing it, remembers the host, and tells the end', async () => {
    const port = await host('pass wörd');
    const { tunnel, asked } = await proxy();
    const shell = open(tunnel, `ann@build.example:${port}`);
    await until(shell, () => text(shell).includes("ann@build.example's password:"));
    shell.write('wrong\r');
    await until(shell, () => text(shell).split('password:').length === 3);
    shell.write('pass wörX\x7fd\r');
    await until(shell, () => text(shell).includes('welcome 50x8'));
    expect(text(shell)).toContain('new host key SHA256:');
    shell.write('typed');
    await until(shell, () => text(shell).includes('typed'));
    expect(text(shell)).not.toMatch(/wrong|wörd/);
    expect(asked).toEqual([`build.example:${port}`]);
    shell.write('q');
    await until(shell, () => shell.screen.phase.at === 'exited');
    expect(shell.screen.phase).toEqual({ at: 'exited', code: 6 });
    const again = open(tunnel, `ann@build.example:${port}`);
    await until(again, () => text(again).includes('password:'));
    expect(text(again)).not.toContain('new host key');
  });

  test('refuses a host key that changed, and one that is unknown where that is wanted', async () => {
    const { tunnel } = await proxy();
    const strict = open(tunnel, `ann@one.example:${await host('x')}`, 'strict');
    await until(strict, () => strict.screen.phase.at === 'failed');
    expect(strict.screen.phase).toMatchObject({ reason: expect.stringContaining('is not in') });
    const port = await host('x');
    const known = xdgPaths({}, home).knownHosts;
    const first = open(tunnel, `ann@two.example:${port}`);
    await until(first, () => text(first).includes('password:'));
    first.close();
    const other = makeKey().public.split(' ').slice(0, 2).join(' ');
    rmSync(known);
    appendFileSync(known, `[two.example]:${port} ${other}\n`);
    const changed = open(tunnel, `ann@two.example:${port}`);
    await until(changed, () => changed.screen.phase.at === 'failed');
    expect(changed.screen.phase).toMatchObject({ reason: expect.stringContaining('changed') });
  });

  test('says what the station does not allow, and what is no host', async () => {
    const { tunnel } = await proxy();
    const shell = open(tunnel, 'ann@forbidden.example');
    await until(shell, () => shell.screen.phase.at === 'failed');
    expect(shell.screen.phase).toMatchObject({
      reason: expect.stringMatching(/station does not connect you to forbidden\.example port 22: its rules/),
    });
    const context = {
      config: { client: { sshConfig: false } },
      paths: xdgPaths({}, home),
    } as unknown as Context;
    expect(() => launchSsh(context, tunnel, 'a b')).toThrow();
  });
});

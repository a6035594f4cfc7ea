/** The way out of a tunnelled shell: the environment, and a real ssh that takes the proxy by itself. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { proxyCommand, sshConfigText, wrapperText, writeSshWrapper } from '../../src/cli/ssh-wrapper.ts';
import { tunnelEnv } from '../../src/session/shell-tunnel.ts';

const PROXY = { host: '127.0.0.1', port: 4711, user: 'voipterm', password: 'secret_-1' };
const noSsh = spawnSync('sh', ['-c', 'command -v ssh']).status !== 0;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voipterm wrapper '));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the environment', () => {
  test('names our proxy and no other, and the wrapper comes first', () => {
    const env = tunnelEnv(
      { PATH: '/usr/bin', HTTPS_PROXY: 'http://other', no_proxy: 'localhost', HOME: '/h' },
      PROXY,
      '/wrap',
    );
    expect(env).toEqual({
      PATH: '/wrap:/usr/bin',
      HOME: '/h',
      ALL_PROXY: 'socks5h://voipterm:secret_-1@127.0.0.1:4711',
      all_proxy: 'socks5h://voipterm:secret_-1@127.0.0.1:4711',
      VOIPTERM_TUNNEL_PROXY: 'socks5h://voipterm:secret_-1@127.0.0.1:4711',
    });
  });
});

describe('the wrapper', () => {
  test('keeps the password off every command line and out of every file', () => {
    const texts = [sshConfigText(proxyCommand()), wrapperText('/usr/bin/ssh', '/c')];
    expect(texts.join('\n')).not.toContain(PROXY.password);
    expect(texts[1]).toContain('-S none');
  });

  test.skipIf(noSsh)('is read by a real ssh as it is meant, also from a directory with a space', () => {
    const binaries = writeSshWrapper(directory, process.env.PATH ?? '');
    expect(binaries).toBe(join(directory, 'shell-bin'));
    const wrapper = join(binaries ?? '', 'ssh');
    expect(statSync(wrapper).mode & 0o777).toBe(0o700);
    const env = { PATH: `${binaries}${delimiter}${process.env.PATH}`, HOME: directory };
    const said = (more: Record<string, string>, args: string[] = []): string =>
      execFileSync('ssh', ['-G', ...args, 'somewhere.example'], {
        env: { ...env, ...more },
        encoding: 'utf8',
      });
    const tunnelled = said({ VOIPTERM_TUNNEL_PROXY: 'socks5h://x' });
    expect(tunnelled).toMatch(/^proxycommand .*tunnel-connect\.[jt]s' %h %p$/m);
    expect(tunnelled).not.toMatch(/^controlpath \//m);
    expect(said({})).not.toMatch(/^proxycommand/m);
    // A jump host that is asked for is used, and reached through the tunnel in its turn.
    expect(said({ VOIPTERM_TUNNEL_PROXY: 'socks5h://x' }, ['-J', 'jump.example'])).toMatch(
      /^proxyjump jump\.example$/m,
    );
    expect(readFileSync(wrapper, 'utf8')).not.toContain(binaries ?? 'nothing');
  });

  test('is not made where there is no ssh', () => {
    expect(writeSshWrapper(directory, directory)).toBeNull();
  });
});

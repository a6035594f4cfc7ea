/**
 * A directory with an `ssh` in it that goes out by the station: first in PATH of a tunnelled shell, so that git, rsync and
 * a typed `ssh host` find it. The password of the proxy is in the environment, never on a command line.
 */
import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryFile } from '../program-files.ts';

/** A word of a shell's command line as it is. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** For ssh_config's ProxyCommand: a connection to %h and %p through the proxy that the environment names. */
export function proxyCommand(): string {
  return `${quoted(process.execPath)} ${quoted(fileURLToPath(entryFile('tunnel-connect')))} %h %p`;
}

/**
 * What ssh reads instead of the user's own file, which it includes first: a host with a ProxyJump or ProxyCommand of its own
 * keeps it, and a jump host is reached through the tunnel in its turn.
 */
export function sshConfigText(command: string): string {
  return [
    '# Made by voipterm: connections leave from the station.',
    'Include ~/.ssh/config',
    'Include /etc/ssh/ssh_config',
    'Host *',
    `    ProxyCommand ${command}`,
    '',
  ].join('\n');
}

/** A connection that is open already (ControlPath) would leave from wherever it was opened. */
export function wrapperText(ssh: string, config: string): string {
  return [
    '#!/bin/sh',
    '# Made by voipterm: ssh whose connections leave from the station, in a shell that goes out by it.',
    `[ -n "$VOIPTERM_TUNNEL_PROXY" ] || exec ${quoted(ssh)} "$@"`,
    `exec ${quoted(ssh)} -F ${quoted(config)} -S none "$@"`,
    '',
  ].join('\n');
}

/** Writes both; resolves with the directory, or null where there is no ssh to wrap, or no place to write. */
export function writeSshWrapper(directory: string, path: string): string | null {
  const binaries = join(directory, 'shell-bin');
  const ssh = findIn(path, 'ssh', binaries);
  if (ssh === null || process.platform === 'win32') return null;
  const config = join(directory, 'shell-ssh-config');
  const wrapper = join(binaries, 'ssh');
  try {
    mkdirSync(binaries, { recursive: true, mode: 0o700 });
    writeFileSync(config, sshConfigText(proxyCommand()), { mode: 0o600 });
    writeFileSync(wrapper, wrapperText(ssh, config), { mode: 0o700 });
    chmodSync(wrapper, 0o700);
    return binaries;
  } catch {
    return null; // a read-only home: curl and git over HTTP still go by the station
  }
}

function findIn(path: string, name: string, without: string): string | null {
  for (const directory of path.split(delimiter)) {
    if (!isAbsolute(directory) || directory === without) continue;
    try {
      accessSync(join(directory, name), constants.X_OK);
      return join(directory, name);
    } catch {
      // not there: the next one
    }
  }
  return null;
}

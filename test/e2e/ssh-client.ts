/** A stock OpenSSH client for end-to-end tests: each user with a key of their own, nothing of the machine's configuration. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Terminal, TerminalOptions } from '../fakes/terminal.ts';
import { type Outcome, type Place, Running, type StationProcess } from './process.ts';
import type { Screens } from './screens.ts';

export const HAVE_SSH = spawnSync('ssh', ['-V']).error === undefined;

export class SshClient {
  #place: Place;
  #station: StationProcess;

  constructor(place: Place, station: StationProcess) {
    this.#place = place;
    this.#station = station;
  }

  /** Arguments of ssh that lead to the station as `user`, with a key that is made on first use. */
  async args(user: string, options: readonly string[] = []): Promise<string[]> {
    const key = join(await this.#place.home(user), 'id_for_ssh');
    if (!existsSync(key)) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'];
    return [
      ...['-F', 'none', '-i', key, '-p', String(this.#station.port)],
      ...[...settings, 'LogLevel=ERROR', 'SendEnv=COLORTERM NO_COLOR LANG LC_ALL'].flatMap((s) => ['-o', s]),
      ...options,
      `${user}@127.0.0.1`,
    ];
  }

  /** Starts ssh without a terminal. */
  async start(
    user: string,
    command: readonly string[],
    options: readonly string[] = ['-T'],
  ): Promise<Running> {
    const args = [...(await this.args(user, options)), ...command];
    const env = await this.#place.env(user);
    return new Running(
      spawn('ssh', args, { env, stdio: ['pipe', 'pipe', 'pipe'] }),
      `ssh ${command.join(' ')}`,
    );
  }

  /** Runs a command there to its end. */
  async run(user: string, command: readonly string[], input = ''): Promise<Outcome> {
    const running = await this.start(user, command);
    running.child.stdin?.end(input);
    return running.exited();
  }

  /** Opens it in a terminal. */
  async screen(
    screens: Screens,
    user: string,
    command: readonly string[] = [],
    { type = 'xterm-256color', ...options }: Partial<TerminalOptions> & { readonly type?: string } = {},
  ): Promise<Terminal> {
    const args = [...(await this.args(user, command.length > 0 ? ['-t'] : [])), ...command];
    return screens.start(user, 'env', [`TERM=${type}`, 'ssh', ...args], options);
  }
}

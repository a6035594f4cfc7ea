/** `voipterm serve` reading its configuration anew, on SIGHUP or when its operator asks for it through the local socket. */
import { closeSync, openSync } from 'node:fs';
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AdminAnswer } from '../station/admin-schema.ts';
import type { Station } from '../station/station.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { changedKeys, liveOptions } from './station-settings.ts';

export class Reloading {
  /** Resolves when the terminal that it runs in went away, which SIGHUP says too. */
  readonly orphaned: Promise<void>;
  readonly #station: Station;
  readonly #read: () => Context;
  readonly #log: Logger;
  readonly #hadTerminal = hasTerminal();
  #config: Config;
  #orphan: () => void = () => undefined;
  readonly #onSignal = (): void => this.#hungUp();

  constructor(station: Station, config: Config, read: () => Context, log: Logger) {
    this.#station = station;
    this.#config = config;
    this.#read = read;
    this.#log = log;
    this.orphaned = new Promise((resolve) => {
      this.#orphan = resolve;
    });
  }

  /** Listens for SIGHUP. The port that was given out by the system is known only now, and the invitations need it. */
  begin(): void {
    this.#station.reconfigure(liveOptions(this.#config.station, this.#station.address.port));
    process.on('SIGHUP', this.#onSignal);
  }

  end(): void {
    process.off('SIGHUP', this.#onSignal);
  }

  /** Throws 'config.invalid', and then everything stays as it was. */
  now(): AdminAnswer<'station.reload'> {
    const { config } = this.#read();
    const answer = changedKeys(this.#config, config);
    this.#station.reconfigure(liveOptions(config.station, this.#station.address.port));
    this.#config = config;
    this.#log.info('read the configuration anew', {
      changed: answer.changed.join(' ') || 'nothing',
      ...(answer.later.length > 0 ? { needsRestart: answer.later.join(' ') } : {}),
    });
    return answer;
  }

  #hungUp(): void {
    if (this.#hadTerminal && !hasTerminal()) return this.#orphan();
    try {
      this.now();
    } catch (error) {
      if (!(error instanceof VoiptermError)) throw error;
      this.#log.error('the configuration was not read anew: everything stays as it was', {
        reason: error.message,
      });
    }
  }
}

/** Whether the process belongs to a terminal. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

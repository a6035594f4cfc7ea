/**
 * Keeping what is said: recordings, and the last seconds for a replay. The station is asked first, so that the room
 * knows of it before anything is kept, and told again on each new connection.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AudioClient } from '../audio/client.ts';
import type { RecordingEnd } from '../audio/messages.ts';
import type { RecordingFormat } from '../audio/options.ts';
import { sentenceOf, VoiptermError } from '../errors.ts';
import type { StationNotification } from '../net/control/schema.ts';
import type { Command } from './commands.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { findPerson } from './people.ts';

export interface KeepingSettings {
  /** Keeps the last seconds from the start. */
  readonly replay: boolean;
  /** Where recordings go that name no directory, and their format if they name none. */
  readonly recordings: string;
  readonly format: RecordingFormat;
}

export interface KeepingOptions extends KeepingSettings {
  readonly live: LiveState;
  readonly call: Caller;
  /** Undefined while there is no sound. */
  readonly audio: () => Pick<AudioClient, 'keep' | 'replay' | 'record' | 'recordStop'> | undefined;
}

type Kept = 'recording' | 'replay';
export type KeepingCommand = Extract<Command, { do: 'record' | 'record-stop' | 'keep' | 'replay' }>;

export class Keeping {
  readonly #options: KeepingOptions;
  #settings: KeepingSettings;
  /** What the user wants kept for a replay, whether it is already or not. */
  #wanted: boolean;
  #starting = false;

  constructor(options: KeepingOptions) {
    this.#options = options;
    const { replay, recordings, format } = options;
    this.#settings = { replay, recordings, format };
    this.#wanted = replay;
    options.live.subscribe(() => this.#followSound());
  }

  /** Other settings from now on: what is recorded goes on, and the last seconds are kept or forgotten. */
  async configure(settings: KeepingSettings): Promise<void> {
    const { replay } = this.#settings;
    this.#settings = settings;
    if (settings.replay === replay) return;
    if (this.#options.audio()) await this.do({ do: 'keep', on: settings.replay });
    else this.#wanted = settings.replay;
  }

  async do(command: KeepingCommand): Promise<void> {
    switch (command.do) {
      case 'record':
        return this.#record(command.format ?? this.#settings.format, command.directory);
      case 'record-stop':
        return this.#stopRecording();
      case 'keep':
        this.#wanted = false;
        await this.#keep(command.on);
        this.#wanted = command.on;
        return;
      case 'replay':
        return this.#replay(command.seconds, command.name);
    }
  }

  /** A connection stands; if it is not the one of before, the station knows of nothing. Never rejects. */
  async online(): Promise<void> {
    const { recording, replay } = this.#options.live.now.listening;
    if (recording !== null) await this.#tellAnew('recording', () => this.#stopRecording());
    if (replay) await this.#tellAnew('replay', () => this.#keep(false));
  }

  /** Somebody in a room keeps what is said, or has stopped to. */
  notified({ method, params }: StationNotification): void {
    const { live } = this.#options;
    if (method !== 'voice.recording' && method !== 'voice.replay') return;
    const [what, on] =
      method === 'voice.recording'
        ? (['recording', params.recording] as const)
        : (['replay', params.replay] as const);
    live.apply({ kind: 'member-keeps', room: params.room, id: params.id, what, on });
    if (params.room !== live.now.voiceRoom) return;
    const words = {
      recording: on ? 'records what is said here' : 'has stopped recording',
      replay: on ? 'keeps the last 30 seconds of what is said here' : 'no longer keeps the last seconds',
    };
    live.notice(`@${params.name} ${words[what]}`);
  }

  /** The audio thread ended a recording by itself. */
  recordingEnded(end: RecordingEnd): void {
    this.#ended(end).catch((error: unknown) => this.#options.live.notice(sentenceOf(error)));
  }

  async #record(format: RecordingFormat, parent: string | null): Promise<void> {
    const { live } = this.#options;
    const { recordings } = this.#settings;
    const { self, voiceRoom, listening } = live.now;
    if (listening.recording !== null)
      throw new VoiptermError(
        'usage.invalid',
        `a recording runs already, to ${listening.recording}; /record stop ends it`,
      );
    const audio = this.#sound();
    const directory = join(
      resolve(expanded(parent ?? recordings)),
      `${stamp(new Date())}-${voiceRoom ?? 'voice'}`,
    );
    await this.#tell('recording', true);
    try {
      await audio.record({ directory, format, self: self.name });
    } catch (error) {
      await this.#tell('recording', false).catch(() => undefined);
      throw error;
    }
    live.apply({ kind: 'listening', change: { recording: directory, recordingFailure: null } });
    live.notice(`recording to ${directory}, and everybody here can see it; /record stop ends it`);
  }

  async #stopRecording(): Promise<void> {
    if (this.#options.live.now.listening.recording === null)
      throw new VoiptermError('usage.invalid', 'nothing is being recorded; /record begins');
    const end = await this.#sound().recordStop();
    if (end) await this.#ended(end);
  }

  async #ended({ directory, files, failure }: RecordingEnd): Promise<void> {
    const { live } = this.#options;
    live.apply({ kind: 'listening', change: { recording: null, recordingFailure: failure } });
    const what = `${files.length} ${files.length === 1 ? 'file' : 'files'} in ${directory}`;
    live.notice(
      failure === null
        ? `recorded ${what}`
        : `the recording ended: ${failure}; what was recorded is kept, ${what}`,
    );
    // Without a link the station has nothing to take back, or hears of it with the next one.
    await this.#tell('recording', false).catch(() => undefined);
  }

  async #keep(on: boolean): Promise<void> {
    const { live } = this.#options;
    const audio = this.#sound();
    if (on) await this.#tell('replay', true);
    await audio.keep(on);
    live.apply({ kind: 'listening', change: { replay: on } });
    if (on) live.notice('the last 30 seconds are kept for /replay, and everybody here can see it');
    else {
      live.notice('nothing is kept for a replay any more');
      await this.#tell('replay', false).catch(() => undefined);
    }
  }

  async #replay(seconds: number, name: string | null): Promise<void> {
    const { live } = this.#options;
    const found = name === null ? undefined : findPerson(live.now, name);
    const [ssrc] = found?.ids ?? [];
    if (name !== null && ssrc === undefined)
      throw new VoiptermError('usage.invalid', `there is nobody called ${name.replace(/^@/, '')} here`);
    const there = await this.#sound().replay(seconds, ssrc ?? null);
    if (seconds === 0) return;
    const who = found ? ` of ${found.name}` : '';
    live.notice(
      there > 0
        ? `replaying ${there.toFixed(1)} s${who}`
        : `nothing was heard${who} in the last ${seconds} s`,
    );
  }

  /** The sound came: what is wanted from the start begins. The sound went: with it went what it kept. */
  #followSound(): void {
    const { live, audio } = this.#options;
    const { listening, link, voiceRoom, rooms } = live.now;
    const sound = audio();
    const here = link.at === 'online' && rooms.some(({ name, joined }) => name === voiceRoom && joined);
    if (this.#wanted && !listening.replay && !this.#starting && sound && here) {
      this.#starting = true;
      this.#keep(true)
        .catch((error: unknown) => {
          this.#wanted = false;
          live.notice(sentenceOf(error));
        })
        .finally(() => {
          this.#starting = false;
        });
    }
    if (sound || this.#starting || (listening.recording === null && !listening.replay)) return;
    const change = { recording: null, replay: false };
    this.#wanted = false;
    live.apply({ kind: 'listening', change });
    for (const what of ['recording', 'replay'] as const) this.#tell(what, false).catch(() => undefined);
  }

  /** Another station, or the same one with other rules, may forbid what goes on. */
  async #tellAnew(what: Kept, stop: () => Promise<void>): Promise<void> {
    try {
      await this.#tell(what, true);
    } catch (error) {
      if (!(error instanceof VoiptermError) || error.code !== 'control.forbidden') return; // the link is gone again
      this.#options.live.notice(error.message);
      await stop().catch(() => undefined);
    }
  }

  /** Rejects with 'control.forbidden' if the station does not allow it, or is too old to tell the room. */
  async #tell(what: Kept, on: boolean): Promise<void> {
    const { call } = this.#options;
    try {
      if (what === 'recording') await call('voice.recording', { recording: on });
      else await call('voice.replay', { replay: on });
    } catch (error) {
      if (!(error instanceof VoiptermError) || error.code !== 'control.protocol') throw error;
      throw new VoiptermError(
        'control.forbidden',
        'this station cannot tell the room that you keep what is said, so it is not done: its operator should update it',
      );
    }
  }

  #sound() {
    const audio = this.#options.audio();
    if (audio) return audio;
    throw new VoiptermError('audio.unavailable', 'there is no sound in this session');
  }
}

/** "2026-11-21_17-53-05", in local time: sorts by itself and fits every file system. */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}_${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('-')}`;
}

function expanded(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}

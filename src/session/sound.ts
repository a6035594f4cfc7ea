/** Settings of sound while it runs, the devices to choose from, and the test that plays us back to ourselves. */
import type { AudioOptions } from '../audio/options.ts';
import { VoiptermError } from '../errors.ts';
import type { LoopbackMode } from '../net/control/schema.ts';
import type { ClientStore } from '../store/client.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import { audioChangeOf, SOUND_KEYS, type SoundSettings, soundSettingsOf } from './sound-settings.ts';
import type { SettingRow, SoundState } from './state.ts';
import type { VoiceLink } from './voice.ts';

/** What the echo room and a delayed loopback wait (docs/protocol.md), ms: no part of the way. */
const ECHO_PAUSE_MS = 1500;
/** Between our last frame and the end of the loopback, ms: a frame on its way must not come out in the room. */
const LAST_FRAME_MS = 300;

export interface SoundOptions {
  readonly live: LiveState;
  readonly store: ClientStore;
  readonly call: Caller;
  readonly voice: () => VoiceLink;
  readonly settings: readonly SettingRow[];
}

export class Sound {
  readonly #options: SoundOptions;
  #settings: readonly SettingRow[];
  #looked = false;
  /** Grows with each switch of the loopback: what an older one still waits for is dropped. */
  #switches = 0;

  constructor(options: SoundOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** Every key of the configuration, with what was changed here. */
  get settings(): readonly SettingRow[] {
    return this.#settings;
  }

  /** Our own voice goes nowhere but back to us. */
  get loops(): boolean {
    return this.#state.loopback !== 'off';
  }

  /** Sound runs from now on with these options. */
  started(options: AudioOptions): void {
    this.#set({ settings: soundSettingsOf(options) });
    this.devicesChanged();
  }

  /** Asks anew for the devices if somebody has looked at them. */
  devicesChanged(): void {
    if (this.#looked) this.listDevices().catch(() => undefined); // the list stays as it was
  }

  /** Changes what can be changed now, and keeps it for the next start. */
  async change(change: Partial<SoundSettings>): Promise<void> {
    const before = this.#state.settings;
    // Shown at once, so that a key that is pressed again goes on from here.
    this.#set({ settings: { ...before, ...change } });
    try {
      await this.#carryOut(change);
    } catch (error) {
      this.#set({ settings: before });
      throw error;
    }
    for (const [name, value] of Object.entries(change)) {
      const key = SOUND_KEYS[name as keyof SoundSettings];
      this.#options.store.setSetting(key, String(value));
      this.#settings = this.#settings.map((row) =>
        `${row.section}.${row.key}` === key ? { ...row, value: String(value), source: 'saved' } : row,
      );
    }
  }

  async #carryOut({ talkMode, ...rest }: Partial<SoundSettings>): Promise<void> {
    const voice = this.#options.voice();
    if (talkMode !== undefined) await voice.setMode(talkMode);
    if (Object.keys(rest).length === 0) return;
    const audio = await voice.running();
    await audio.configure(audioChangeOf(rest));
  }

  /** The mode changed without being kept. */
  modeChanged(talkMode: SoundSettings['talkMode']): void {
    this.#set({ settings: { ...this.#state.settings, talkMode } });
  }

  /** Asks anew for the devices. */
  async listDevices(): Promise<void> {
    this.#looked = true;
    // Without sound the list stays empty, and what is missing is said elsewhere.
    const devices = await this.#options.voice().audio?.devices();
    if (devices) this.#set({ devices });
  }

  /**
   * Plays us back to ourselves through the station, or ends that. The microphone is open meanwhile, and the room hears
   * nothing.
   */
  async loop(mode: LoopbackMode): Promise<void> {
    const { voice, call } = this.#options;
    this.#switches += 1;
    const serial = this.#switches;
    if (mode === 'off') await this.#endLoop(serial);
    else {
      await voice().running();
      if (this.#options.live.now.voice.muted) throw new VoiptermError('usage.invalid', MUTED);
      await call('voice.loopback', { mode });
      if (serial !== this.#switches) return;
      this.#set({ loopback: mode, loopbackMs: null });
      if (this.#state.settings.talkMode === 'push') await voice().talk(true);
    }
  }

  /** A link is up: the station does what we show, whatever it remembers. */
  async online(): Promise<void> {
    if (this.loops) await this.#options.call('voice.loopback', { mode: this.#state.loopback });
  }

  /** How long our voice took to come back, ms. */
  heard(latencyMs: number): void {
    const { loopback } = this.#state;
    if (loopback === 'off') return;
    this.#set({ loopbackMs: latencyMs - (loopback === 'delayed' ? ECHO_PAUSE_MS : 0) });
  }

  async #endLoop(serial: number): Promise<void> {
    if (!this.loops) return;
    const { voice, call } = this.#options;
    if (this.#state.settings.talkMode === 'push') await voice().talk(false);
    else await voice().mute(true);
    await new Promise((resolve) => setTimeout(resolve, LAST_FRAME_MS));
    if (serial !== this.#switches) return;
    this.#set({ loopback: 'off', loopbackMs: null });
    await call('voice.loopback', { mode: 'off' });
    if (this.#state.settings.talkMode !== 'push') await voice().mute(false);
  }

  get #state(): SoundState {
    return this.#options.live.now.sound;
  }

  #set(change: Partial<SoundState>): void {
    this.#options.live.apply({ kind: 'sound', change });
  }
}

const MUTED = 'you are muted, and would not hear yourself: /unmute first';

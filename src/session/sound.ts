/** The devices to choose from, and the test that plays us back to ourselves. */
import { VoiptermError } from '../errors.ts';
import type { LoopbackMode } from '../net/control/schema.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import type { SoundState } from './state.ts';
import type { VoiceLink } from './voice.ts';

/** What the echo room and a delayed loopback wait (docs/protocol.md), ms: no part of the way. */
const ECHO_PAUSE_MS = 1500;
/** Between our last frame and the end of the loopback, ms: a frame on its way must not come out in the room. */
const LAST_FRAME_MS = 300;

export interface SoundOptions {
  readonly live: LiveState;
  readonly call: Caller;
  readonly voice: () => VoiceLink;
}

export class Sound {
  readonly #options: SoundOptions;
  #looked = false;
  /** Grows with each switch of the loopback: what an older one still waits for is dropped. */
  #switches = 0;

  constructor(options: SoundOptions) {
    this.#options = options;
  }

  /** Our own voice goes nowhere but back to us. */
  get loops(): boolean {
    return this.#state.loopback !== 'off';
  }

  /** Asks anew for the devices if somebody has looked at them. */
  devicesChanged(): void {
    if (this.#looked) this.listDevices().catch(() => undefined); // the list stays as it was
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
      if (this.#options.live.now.voice.mode === 'push') await voice().talk(true);
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
    if (this.#options.live.now.voice.mode === 'push') await voice().talk(false);
    else await voice().mute(true);
    await new Promise((resolve) => setTimeout(resolve, LAST_FRAME_MS));
    if (serial !== this.#switches) return;
    this.#set({ loopback: 'off', loopbackMs: null });
    await call('voice.loopback', { mode: 'off' });
    if (this.#options.live.now.voice.mode !== 'push') await voice().mute(false);
  }

  get #state(): SoundState {
    return this.#options.live.now.sound;
  }

  #set(change: Partial<SoundState>): void {
    this.#options.live.apply({ kind: 'sound', change });
  }
}

const MUTED = 'you are muted, and would not hear yourself: /unmute first';

/**
 * What a listener has beyond hearing: volumes, tones, the last seconds again, a recording. It hooks into the Listener's
 * ticks and the talker's frames; nothing here can hold the sound up. Stereo is interleaved.
 */
import { toWireError, VoiptermError } from '../errors.ts';
import { decodeVoicePacket, SAMPLE_RATE } from '../net/protocol/rtp.ts';
import { Clips } from './clips.ts';
import { nsToMs, samplesToNs } from './frame.ts';
import { Gains } from './gains.ts';
import type { ListenerHooks, SpeakerFrame } from './listener.ts';
import type { AudioEvent, HeardVoice, RecordingEnd, Tone } from './messages.ts';
import type { ListeningOptions, RecordingFormat } from './options.ts';
import { Recorder } from './recorder.ts';
import { REPLAY_MS, ReplayMemory } from './replay.ts';
import { withChannels } from './stream-resampler.ts';
import { makeTones } from './tones.ts';

/** Nothing is changed in what is heard, and no sign is given. */
const PLAIN: ListeningOptions = { attenuateDb: 0, attenuateWhileTalking: false, tones: false };

export class Listening {
  readonly #emit: (event: AudioEvent) => void;
  readonly #gains: Gains;
  #tones: Readonly<Record<Tone, Int16Array>> | undefined;
  readonly #clips = new Clips();
  readonly #replayed = new Clips();
  #memory: ReplayMemory | undefined;
  #recorder: Recorder | undefined;
  #names = new Map<number, string>();
  #self = 'me';
  #deafened = false;
  readonly #channels: 1 | 2;

  /** @param channels Of what is heard, and of what we say. */
  constructor(options: ListeningOptions | undefined, emit: (event: AudioEvent) => void, channels: 1 | 2 = 1) {
    const { tones, ...attenuation } = options ?? PLAIN;
    this.#gains = new Gains(attenuation);
    this.#tones = tones ? makeTones() : undefined;
    this.#emit = emit;
    this.#channels = channels;
  }

  /** Changes what is given. */
  configure(change: Partial<ListeningOptions>): void {
    this.#gains.configure(change);
    if (change.tones !== undefined) this.#tones = change.tones ? makeTones() : undefined;
  }

  /** What the Listener calls. */
  readonly hooks: Required<Pick<ListenerHooks, 'onSpeakerFrame' | 'gainOf' | 'mixIn'>> = {
    onSpeakerFrame: (frame) => this.#heard(frame),
    gainOf: (ssrc) => this.#gains.gainOf(ssrc),
    mixIn: (sum, playoutNs) => this.#tick(sum, playoutNs),
  };

  setVoices(voices: readonly HeardVoice[]): void {
    this.#gains.setVoices(voices);
    this.#names = new Map(voices.map(({ ssrc, name }) => [ssrc, name]));
  }

  setSpeaking(ssrc: number, on: boolean): void {
    this.#gains.setSpeaking(ssrc, on);
  }

  setTalking(on: boolean): void {
    this.#gains.setTalking(on);
  }

  /** What was not heard is not kept for a replay, and others' coming and going makes no sound. */
  set deafened(on: boolean) {
    this.#deafened = on;
    if (on) this.#replayed.stop();
  }

  tone(tone: Tone): void {
    const aboutOthers = tone === 'join' || tone === 'leave';
    if (this.#tones && !(this.#deafened && aboutOthers))
      this.#clips.play(withChannels(this.#tones[tone], 1, this.#channels));
  }

  /** Keeps the last seconds of each voice from now on, or forgets them. */
  keep(on: boolean): void {
    if (!on) this.#replayed.stop();
    this.#memory = on ? (this.#memory ?? new ReplayMemory(this.#channels)) : undefined;
  }

  /** Plays the last seconds again; 0 stops that. Returns how much there was, seconds. Throws 'usage.invalid'. */
  replay(seconds: number, ssrc: number | null): number {
    this.#replayed.stop();
    if (seconds <= 0) return 0;
    if (!this.#memory) {
      throw new VoiptermError('usage.invalid', 'nothing is kept for a replay: turn it on with /replay on');
    }
    const ms = Math.min(seconds * 1000, REPLAY_MS);
    const samples = this.#memory.take(ms, ssrc, nsToMs(process.hrtime.bigint()), (who) =>
      this.#gains.gainOf(who),
    );
    this.#replayed.play(samples);
    return samples.length / this.#channels / SAMPLE_RATE;
  }

  /** Throws 'audio.file', also while something is recorded. */
  record(directory: string, format: RecordingFormat, self: string): void {
    if (this.#recorder) throw new VoiptermError('audio.file', 'a recording is running: /record stop ends it');
    this.#self = self;
    this.#recorder = new Recorder({
      directory,
      format,
      channels: this.#channels,
      startNs: process.hrtime.bigint(),
      date: new Date().toISOString(),
      onFailed: () => void this.#recordingFailed(),
    });
  }

  /** Undefined if nothing is recorded. */
  async stopRecording(): Promise<RecordingEnd | undefined> {
    const recorder = this.#recorder;
    this.#recorder = undefined;
    return recorder?.stop(process.hrtime.bigint());
  }

  /** A voice packet came from the network. */
  packet(packet: Uint8Array, receiveNs: bigint): void {
    if (!this.#recorder) return;
    const decoded = decodeVoicePacket(packet);
    if (!decoded || !this.#gains.isHeard(decoded.ssrc)) return;
    this.#guard((recorder) => recorder.packet(decoded.ssrc, this.#nameOf(decoded.ssrc), decoded, receiveNs));
  }

  /** We say this; the last of `samples` was captured at `captureNs`. */
  spoken(samples: Int16Array, captureNs: bigint): void {
    const startNs = captureNs - samplesToNs(samples.length / this.#channels);
    this.#guard((recorder) => recorder.own(this.#self, samples, startNs));
  }

  /** A voice packet of ours went out. */
  sent(packet: Uint8Array, captureNs: bigint): void {
    if (!this.#recorder) return;
    const decoded = decodeVoicePacket(packet);
    if (decoded) this.#guard((recorder) => recorder.ownPacket(this.#self, decoded, captureNs));
  }

  #heard({ ssrc, samples, playoutNs }: SpeakerFrame): void {
    if (!this.#gains.isHeard(ssrc)) return;
    if (this.#memory && !this.#deafened) this.#memory.push(ssrc, samples, nsToMs(playoutNs));
    const gain = this.#gains.gainOf(ssrc);
    this.#guard((recorder) => recorder.heard(ssrc, this.#nameOf(ssrc), samples, gain, playoutNs));
  }

  #tick(sum: Float32Array, playoutNs: bigint): void {
    this.#gains.tick();
    this.#clips.mixInto(sum);
    this.#replayed.mixInto(sum);
    this.#guard((recorder) => recorder.tick(playoutNs));
  }

  /** A recording that cannot go on must not take the sound with it. */
  #guard(work: (recorder: Recorder) => void): void {
    if (!this.#recorder) return;
    try {
      work(this.#recorder);
    } catch (error) {
      this.#emit({ event: 'log', level: 'error', text: toWireError(error).message, fields: {} });
      void this.#recordingFailed();
    }
  }

  async #recordingFailed(): Promise<void> {
    const end = await this.stopRecording();
    if (end) this.#emit({ event: 'recording-ended', end });
  }

  #nameOf(ssrc: number): string {
    return this.#names.get(ssrc) ?? `member-${ssrc}`;
  }
}

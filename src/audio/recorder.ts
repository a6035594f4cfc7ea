/**
 * A recording: a track for each voice and their mix, in files of a new directory, all on one clock.
 *
 * WAV tracks hold what was heard, concealments included. Ogg tracks hold the Opus packets as the speakers sent them, late
 * ones and recovered ones too, without encoding them again; only the mix is encoded. Place 0 of every track is the
 * moment when the recording began.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, VoiptermError } from '../errors.ts';
import { SAMPLE_RATE, type VoicePacket } from '../net/protocol/rtp.ts';
import type { RecordingEnd } from './messages.ts';
import { MixBus } from './mix-bus.ts';
import type { RecordingFormat } from './options.ts';
import { OpusEncoder } from './opus.ts';
import { RecordFile } from './record-file.ts';
import { maxWavSamples, OggTrack, WavTrack } from './record-tracks.ts';
import { type OrderedPacket, Reorder } from './reorder.ts';
import { Timeline } from './timeline.ts';

/** Most voices with a file of their own; others are in the mix only. As many members as a busy room has. */
const MAX_TRACKS = 100;
/** The mix waits for voices that come late, samples: 1 s. */
const MIX_WAIT_SAMPLES = SAMPLE_RATE;
/** An encoder's frame for the mix, ms and samples. */
const MIX_FRAME_MS = 20;
const MIX_FRAME_SAMPLES = (SAMPLE_RATE * MIX_FRAME_MS) / 1000;
/** A voice that nothing came of for so long has paused, samples: longer than any packet is waited for. */
const PAUSE_SAMPLES = 3 * SAMPLE_RATE;
/** How often pauses are written down, samples: 5 s. */
const PAUSE_CHECK_SAMPLES = 5 * SAMPLE_RATE;
/** Several voices at once, bit/s. */
const MIX_BITRATE = 64_000;
/** Our own voice in the table of voices: no member has this id. */
const SELF = -1;

export interface RecorderOptions {
  /** Must not exist yet; its parents are made. */
  readonly directory: string;
  readonly format: RecordingFormat;
  /** Of what is heard and said, interleaved, and of all tracks. */
  readonly channels: 1 | 2;
  /** Place 0 of all tracks, process.hrtime.bigint(). */
  readonly startNs: bigint;
  /** The same as a person reads it, for the files' comments. */
  readonly date: string;
  /** It is not complete, and should be stopped. Called once. */
  readonly onFailed: (error: VoiptermError) => void;
}

interface Voice {
  readonly wav: WavTrack | undefined;
  readonly ogg: OggTrack | undefined;
  /** Of what is heard, and of the packets. */
  readonly heard: Timeline;
  readonly packets: Timeline;
  readonly order: Reorder;
  /** Where the last packet arrived. */
  last: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #voices = new Map<number, Voice>();
  readonly #files: string[] = [];
  readonly #mix: WavTrack | OggTrack;
  readonly #encoder: OpusEncoder | undefined;
  readonly #bus: MixBus;
  #failure: VoiptermError | undefined;
  #pausesAt = PAUSE_CHECK_SAMPLES;

  /** Makes the directory. Throws 'audio.file'. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    const { directory, format, channels } = options;
    makeDirectory(directory);
    this.#bus = new MixBus(channels);
    this.#mix = format === 'wav' ? new WavTrack(this.#file('mix'), channels) : this.#oggTrack('mix', 'mix');
    this.#encoder =
      format === 'wav'
        ? undefined
        : new OpusEncoder({ bitrate: MIX_BITRATE, complexity: 5, frameMs: MIX_FRAME_MS, channels });
  }

  /** What a voice says in a tick that is heard at `atNs`, at its gain in the mix. */
  heard(ssrc: number, name: string, samples: Int16Array, gain: number, atNs: bigint): void {
    const voice = this.#voice(ssrc, name);
    const wall = this.#place(atNs);
    const length = samples.length / this.#options.channels;
    const place = voice ? voice.heard.follow(length, wall) : Math.round(wall);
    if (place === undefined || place < 0) return;
    this.#bus.add(place, samples, gain);
    voice?.wav?.write(place, samples);
  }

  /** A packet of a voice that arrived at `atNs`. */
  packet(ssrc: number, name: string, packet: VoicePacket, atNs: bigint): void {
    if (this.#options.format !== 'ogg' || packet.cover) return;
    const voice = this.#voice(ssrc, name);
    if (!voice) return;
    voice.last = this.#place(atNs);
    this.#write(voice, voice.order.push(packet, atNs));
  }

  /** What we say ourselves, captured at `atNs`. */
  own(name: string, samples: Int16Array, atNs: bigint): void {
    this.heard(SELF, name, samples, 1, atNs);
  }

  ownPacket(name: string, packet: VoicePacket, atNs: bigint): void {
    this.packet(SELF, name, packet, atNs);
  }

  /** Time goes on: writes what of the mix is complete. */
  tick(nowNs: bigint): void {
    const now = this.#place(nowNs);
    this.#writeMix(now - MIX_WAIT_SAMPLES);
    if (now >= this.#pausesAt) this.#writePauses(now);
    const { format, channels } = this.#options;
    if (now > maxWavSamples(channels) && format === 'wav')
      this.#fail(
        new VoiptermError(
          'audio.file',
          `a WAV file holds ${12 / channels} hours; the recording has reached them`,
        ),
      );
  }

  /** Writes what is left, makes all tracks equally long, and closes them. */
  async stop(nowNs: bigint): Promise<RecordingEnd> {
    const end = Math.max(0, Math.floor(this.#place(nowNs)));
    this.#writeMix(end);
    this.#encoder?.close();
    for (const voice of this.#voices.values()) this.#write(voice, voice.order.flush());
    const tracks = [...this.#voices.values()].flatMap(({ wav, ogg }) => [wav, ogg]);
    await Promise.all([this.#mix, ...tracks].map((track) => track?.close(end)));
    const { directory } = this.#options;
    return { directory, files: this.#files, failure: this.#failure?.message ?? null };
  }

  #place(ns: bigint): number {
    return (Number(ns - this.#options.startNs) * SAMPLE_RATE) / 1e9;
  }

  #write({ ogg, packets }: Voice, ordered: readonly OrderedPacket[]): void {
    for (const { payload, timestamp, samples, arrivedNs } of ordered) {
      const place = packets.place(timestamp, samples, Math.max(0, this.#place(arrivedNs) - samples));
      if (place !== undefined) ogg?.write(place, payload, samples);
    }
  }

  #writeMix(until: number): void {
    while (this.#bus.base + MIX_FRAME_SAMPLES <= until) {
      const place = this.#bus.base;
      const samples = this.#bus.take(MIX_FRAME_SAMPLES);
      if (this.#mix instanceof WavTrack) this.#mix.write(place, samples);
      else if (this.#encoder) this.#mix.write(place, this.#encoder.encode(samples), MIX_FRAME_SAMPLES);
    }
  }

  /** So that a crash takes little, and nothing piles up for the end of a long silence. */
  #writePauses(now: number): void {
    this.#pausesAt = now + PAUSE_CHECK_SAMPLES;
    for (const voice of this.#voices.values()) {
      if (now - voice.last < PAUSE_SAMPLES) continue;
      this.#write(voice, voice.order.flush());
      voice.ogg?.pause(now - PAUSE_SAMPLES);
    }
  }

  #voice(ssrc: number, name: string): Voice | undefined {
    const known = this.#voices.get(ssrc);
    if (known || this.#voices.size >= MAX_TRACKS) return known;
    const { format, channels } = this.#options;
    const voice: Voice = {
      wav: format === 'wav' ? new WavTrack(this.#file(name), channels) : undefined,
      ogg: format === 'ogg' ? this.#oggTrack(name, name) : undefined,
      heard: new Timeline(),
      packets: new Timeline(),
      order: new Reorder(),
      last: 0,
    };
    this.#voices.set(ssrc, voice);
    return voice;
  }

  #oggTrack(name: string, title: string): OggTrack {
    const { channels, date } = this.#options;
    const tags = { TITLE: title, DATE: date };
    return new OggTrack(this.#file(name), { serial: randomInt(2 ** 32), channels, tags });
  }

  /** A file of a name that none of them has, whatever the disk thinks of capitals. */
  #file(name: string): RecordFile {
    const { directory, format } = this.#options;
    const taken = new Set(this.#files.map((file) => file.toLowerCase()));
    const plain = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 64) || 'unknown';
    let file = `${plain}.${format}`;
    for (let n = 2; taken.has(file.toLowerCase()); n++) file = `${plain}-${n}.${format}`;
    this.#files.push(file);
    return new RecordFile(join(directory, file), (error) => this.#fail(error));
  }

  #fail(error: VoiptermError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#options.onFailed(error);
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(join(directory, '..'), { recursive: true, mode: 0o700 });
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const code = errnoOf(error) ?? String(error);
    const why = code === 'EEXIST' ? 'it is there already' : code === 'ENOSPC' ? 'the disk is full' : code;
    throw new VoiptermError('audio.file', `cannot record to ${directory}: ${why}`, { cause: error });
  }
}

/**
 * Our connection to the sound server, PulseAudio or PipeWire in its place, through the package pulseaudio.js: its
 * devices, its streams, and the news that a device came or went. Streams are raw here; pulse.ts makes devices of them.
 *
 * The package throws away what it cannot parse and then waits for ever, so any 'error' of it counts as the connection's
 * end.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { VoiptermError } from '../../errors.ts';
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { findDevice, type KnownDevice, labelOf } from './choose.ts';
import {
  loadPackage,
  type PulseClient,
  type PulsePlaybackStream,
  type PulseRecordStream,
} from './optional-package.ts';
import { type Direction, requireServer } from './sound-system.ts';

/** PA_SAMPLE_S16LE. */
const S16LE = 3;
/** "The server decides", where the protocol has a 32-bit number. */
const UNSET = 0xffff_ffff;
const COOKIE_BYTES = 256;
/** Captured sound that waits for us at the server, ms. */
const MAX_UNTAKEN_MS = 500;
/** A local server answers at once, or hangs, ms. */
const ANSWER_TIMEOUT_MS = 2000;

export const NO_MICROPHONE = 'the sound server has no microphone: connect one';
export const NO_SPEAKER = 'the sound server has no speaker: connect one';

/** A source or sink. */
export interface PulseDevice extends KnownDevice {
  /** A source that hears what a sink plays. */
  readonly monitor: boolean;
  /** Number of the module that made it. */
  readonly module: number;
  /** It is taken without a choice. */
  readonly standard: boolean;
}

/** What a name led to. */
export interface ChosenDevice extends KnownDevice {
  /** What to open: null is the standard device, which the server may change while it is open. */
  readonly open: string | null;
}

const listed = z.array(
  z.object({
    name: z.string(),
    description: z.string().nullable(),
    module: z.number(),
    monitor: z.object({ index: z.number() }),
  }),
);

export class PulseServer {
  readonly #client: PulseClient;
  readonly #onChange: () => void;
  readonly #onGone: () => void;
  #open = true;

  private constructor(client: PulseClient, onChange: () => void, onGone: () => void) {
    this.#client = client;
    this.#onChange = onChange;
    this.#onGone = onGone;
    client.on('error', () => this.#gone());
  }

  /**
   * Connects to the server that the environment points to. `onChange` is called when a device came or went or another
   * became the standard one, `onGone` once when the connection ended without `close`. Rejects with 'audio.unavailable'.
   */
  static async connect(onChange: () => void, onGone: () => void): Promise<PulseServer> {
    const socket = await requireServer();
    const { PulseAudio } = await loadPackage('pulseaudio.js');
    const client = new PulseAudio({}, await cookie(), socket);
    const server = new PulseServer(client, onChange, onGone);
    try {
      await within(client.connect({ application: { name: 'voipterm', id: 'voipterm' } }));
    } catch (error) {
      server.#open = false;
      client.sock?.destroy();
      throw new VoiptermError('audio.unavailable', 'the sound server refuses us: check its access rights', {
        cause: error,
      });
    }
    client.on('event', (event: { facility: string; operation: string }) => server.#changed(event));
    return server;
  }

  /** Whether the connection stands. */
  get open(): boolean {
    return this.#open;
  }

  /** All sources or sinks, monitors included. */
  async devices(direction: Direction): Promise<PulseDevice[]> {
    const { defaultSink, defaultSource } = await within(this.#client.getServerInfo());
    const answer = direction === 'input' ? this.#client.getAllSources() : this.#client.getAllSinks();
    const standard = direction === 'input' ? defaultSource : defaultSink;
    return listed.parse(await within(answer)).map(({ name, description, module, monitor }) => ({
      id: name,
      label: description ?? name,
      monitor: direction === 'input' && monitor.index !== UNSET,
      module,
      standard: name === standard,
    }));
  }

  /**
   * The device that `name` names; "" is the standard one, or what the environment names as every client of the sound
   * server has it. Rejects with 'audio.unavailable' if it is not there.
   */
  async choose(direction: Direction, name: string): Promise<ChosenDevice> {
    const wanted = name || process.env[direction === 'input' ? 'PULSE_SOURCE' : 'PULSE_SINK'] || '';
    const devices = await this.devices(direction);
    const found = wanted === '' ? devices.find((one) => one.standard) : findDevice(devices, wanted);
    // Where there is no microphone, the server's standard one is what its speaker plays: others would hear themselves.
    if (wanted === '' && (!found || found.monitor))
      throw new VoiptermError('audio.unavailable', direction === 'input' ? NO_MICROPHONE : NO_SPEAKER);
    if (found) return { id: found.id, label: labelOf(devices, found), open: wanted === '' ? null : found.id };
    const what = direction === 'input' ? 'microphone' : 'speaker';
    throw new VoiptermError(
      'audio.unavailable',
      `the ${what} "${wanted}" is not there: connect it, or choose another one`,
    );
  }

  /** Captures from a source by its technical name, null for the standard one; `fragmentMs` is what comes at a time. */
  async record(source: string | null, channels: number, fragmentMs: number): Promise<PulseRecordStream> {
    const stream = await within(
      this.#client.createRecordStream({
        ...this.#streamOptions(source, channels),
        fragmentSize: bytesOf(fragmentMs, channels),
        // What we do not take the server throws away after this.
        maximumLength: bytesOf(MAX_UNTAKEN_MS, channels),
      }),
    );
    stream.left = null; // the package takes the length above for that of the whole recording
    return stream;
  }

  /**
   * Plays to a sink by its technical name, null for the standard one; `targetMs` is the time that sound waits at the
   * server, `requestMs` what it asks for at least. It begins when all of the target is there: a server that played at once would ask for more before the package knows the stream,
   * which throws such a request away, and from then on all that we write would come too late to be played.
   */
  async play(
    sink: string | null,
    channels: number,
    targetMs: number,
    requestMs: number,
  ): Promise<PulsePlaybackStream> {
    const stream = await within(
      this.#client.createPlaybackStream({
        ...this.#streamOptions(sink, channels),
        targetLength: bytesOf(targetMs, channels),
        minimumRequest: bytesOf(requestMs, channels),
      }),
    );
    stream.left = null; // else the stream would end after 4 GiB
    return stream;
  }

  /** Loads a module of the server's; resolves with its number. */
  loadModule(name: string, settings: object): Promise<number> {
    return within(this.#client.loadModule(name, settings));
  }

  unloadModule(index: number): Promise<void> {
    return within(this.#client.unloadModule(index));
  }

  /** Ends the connection, and with it all of its streams. Never rejects. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await within(this.#client.disconnect()).catch(() => undefined);
    this.#client.sock?.destroy();
  }

  /**
   * A chosen device is never replaced by another one ("noMove"): unplugged headphones must not make the laptop speak.
   * The volume is left to what the server remembers for us.
   */
  #streamOptions(device: string | null, channels: number): object {
    return {
      name: device,
      sampleSpec: { format: S16LE, channels, rate: SAMPLE_RATE },
      adjustLatency: true,
      noMove: device !== null,
      volumeSet: false,
      properties: { media: { name: 'voice' } },
    };
  }

  #changed({ facility, operation }: { facility: string; operation: string }): void {
    const device = facility === 'sink' || facility === 'source';
    if ((device && operation !== 'change') || facility === 'server') this.#onChange();
  }

  #gone(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#client.sock?.destroy();
    this.#onGone();
  }
}

function bytesOf(ms: number, channels: number): number {
  return Math.round((ms * SAMPLE_RATE) / 1000) * channels * 2;
}

/** What lets another user's server know us; our own goes by the user id and takes any. */
async function cookie(): Promise<Buffer> {
  const paths = [process.env.PULSE_COOKIE, join(homedir(), '.config', 'pulse', 'cookie')];
  for (const path of paths) {
    const bytes = path ? await readFile(path).catch(() => undefined) : undefined;
    if (bytes?.length === COOKIE_BYTES) return bytes;
  }
  return Buffer.alloc(COOKIE_BYTES);
}

/** Rejects when the server does not answer. */
async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new VoiptermError('audio.unavailable', 'the sound server does not answer: restart it')),
      ANSWER_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Microphone and speaker of the sound server, PulseAudio or PipeWire. The server's clock paces both: a microphone is
 * heard of every 5 ms, and the speaker asks for 10 ms when it needs them.
 */
import { VoiptermError } from '../../errors.ts';
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';
import { TICK_MS, TICK_SAMPLES } from '../frame.ts';
import type { Input, InputSink, Output, OutputSource } from './device.ts';
import { Framer } from './framer.ts';
import { Freshness } from './freshness.ts';
import type { PulsePlaybackStream, PulseRecordStream } from './optional-package.ts';
import type { PulseServer } from './pulse-server.ts';
import { Watchdog } from './watchdog.ts';

/** What the microphone hands over at a time, ms: half a tick, so that a tick waits for 5 ms at most. */
const FRAGMENT_MS = 5;
/** Sound that waits at the server to be played, ms: a thread that was away for longer leaves a gap. */
const TARGET_MS = 20;
/** On a machine where gaps keep coming, up to this, ms. */
const MAX_TARGET_MS = 80;
/** This many gaps within `GAPS_WINDOW_MS` are one too many. */
const MAX_GAPS = 3;
const GAPS_WINDOW_MS = 10_000;
/** Gaps are to be expected while the program starts, and when a stream begins anew, ms. */
const SETTLING_MS = 2000;
const RESETTLING_MS = 300;
/** How long closing waits for the server, ms. */
const CLOSE_WAIT_MS = 500;

/** What is missing after a shorter stall is made up for, ms. */
const LONGEST_STALL_MS = 500;

/** Of one channel. */
const TICK_BYTES = TICK_SAMPLES * 2;

/** Opens a source by its technical name, null for the standard one. `label` is its name for people. */
export async function openPulseInput(
  server: PulseServer,
  id: string | null,
  label: string,
  channels: number,
): Promise<Input> {
  const stream = await server.record(id, channels, FRAGMENT_MS).catch(cannotOpen(label));
  return new PulseInput(stream, `${label} (pulse)`, channels);
}

/** Opens a sink by its technical name, null for the standard one. */
export async function openPulseOutput(
  server: PulseServer,
  id: string | null,
  label: string,
  channels: number,
): Promise<Output> {
  const play = (targetMs: number): Promise<PulsePlaybackStream> =>
    server.play(id, channels, targetMs, TICK_MS);
  const stream = await play(TARGET_MS).catch(cannotOpen(label));
  return new PulseOutput(stream, `${label} (pulse)`, channels, play);
}

function cannotOpen(label: string): (cause: unknown) => never {
  return (cause) => {
    throw new VoiptermError(
      'audio.unavailable',
      `the sound server cannot open ${label}: check it and try again`,
      {
        cause,
      },
    );
  };
}

class PulseInput implements Input {
  readonly name: string;
  #stream: PulseRecordStream;
  #framer: Framer;
  readonly #freshness = new Freshness();
  #watchdog: Watchdog | undefined;

  constructor(stream: PulseRecordStream, name: string, channels: number) {
    this.name = name;
    this.#stream = stream;
    this.#framer = new Framer(channels);
    stream.on('error', () => undefined); // until `start`; what closed it is of no interest later
  }

  start(sink: InputSink): void {
    const lost = (): void => sink.lost(`${this.name} stopped: check its cable and the sound server`);
    this.#watchdog = new Watchdog(lost);
    this.#stream.on('error', lost);
    // Not its 'data' events: the way to them costs as much as noise suppression.
    this.#stream._onData = ({ body }) => {
      this.#watchdog?.feed();
      const chunk = body[0];
      if (!chunk) return;
      for (const tick of this.#framer.push(chunk, process.hrtime.bigint()))
        if (this.#freshness.tick(performance.now())) sink.frame(tick.samples, tick.captureNs, false);
    };
  }

  setActive(): void {
    // The microphone stays open: opening takes longer than the first word.
  }

  async close(): Promise<void> {
    this.#watchdog?.stop();
    this.#stream._onData = () => undefined;
    await destroyed(this.#stream);
  }
}

class PulseOutput implements Output {
  readonly name: string;
  #stream: PulsePlaybackStream;
  readonly #play: (targetMs: number) => Promise<PulsePlaybackStream>;
  readonly #channels: number;
  #source: OutputSource | undefined;
  #watchdog: Watchdog | undefined;
  #targetMs = TARGET_MS;
  /** From when on gaps count, ms. */
  #settledMs = 0;
  /** When the server asked last, ms. */
  #filledMs = 0;
  #gaps: number[] = [];
  #closed = false;
  #reopening = false;

  constructor(
    stream: PulsePlaybackStream,
    name: string,
    channels: number,
    play: (targetMs: number) => Promise<PulsePlaybackStream>,
  ) {
    this.name = name;
    this.#stream = stream;
    this.#channels = channels;
    this.#play = play;
    stream.on('error', () => undefined);
  }

  start(source: OutputSource): bigint {
    this.#source = source;
    this.#watchdog = new Watchdog(() => this.#lost());
    this.#settledMs = performance.now() + SETTLING_MS;
    const startNs = process.hrtime.bigint();
    this.#attach(this.#stream);
    return startNs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watchdog?.stop();
    await destroyed(this.#stream);
  }

  /**
   * The package's stream takes whatever is written and keeps it for later, so it is written only what the server asked
   * for; that it asked, the package tells nobody, so its handler is wrapped.
   */
  #attach(stream: PulsePlaybackStream): void {
    this.#stream = stream;
    this.#filledMs = performance.now();
    stream.on('error', () => this.#lost());
    stream.on('underflow', () => this.#gap());
    const handle = stream._onEvent;
    stream._onEvent = (event) => {
      handle.call(stream, event);
      this.#fill(stream);
    };
    this.#fill(stream);
  }

  #fill(stream: PulsePlaybackStream): void {
    const source = this.#source;
    if (!source || this.#closed || this.#reopening || stream !== this.#stream) return;
    this.#watchdog?.feed();
    const lastMs = this.#filledMs;
    this.#filledMs = performance.now();
    // After a stall the server asks for all that it missed, to throw it away: begin anew instead.
    if (this.#filledMs - lastMs > LONGEST_STALL_MS) return this.#begin();
    while (stream.requestedBytes >= TICK_BYTES * this.#channels) {
      const nowNs = process.hrtime.bigint();
      const waiting = stream.buffer.targetLength - stream.requestedBytes;
      const frame = source.pull(nowNs, nowNs + bytesToNs(Math.max(0, waiting) / this.#channels));
      stream.write(Buffer.from(frame.slice().buffer));
    }
  }

  #lost(): void {
    if (!this.#closed) this.#source?.lost(`${this.name} stopped: check its cable and the sound server`);
  }

  /** The server ran out of sound. If it keeps doing so, more of it has to wait there. */
  #gap(): void {
    const nowMs = performance.now();
    if (nowMs < this.#settledMs) return;
    this.#gaps = this.#gaps.filter((at) => at > nowMs - GAPS_WINDOW_MS);
    this.#gaps.push(nowMs);
    if (this.#gaps.length < MAX_GAPS || this.#targetMs >= MAX_TARGET_MS) return;
    this.#gaps = [];
    this.#targetMs = Math.min(MAX_TARGET_MS, this.#targetMs * 2);
    this.#begin();
  }

  #begin(): void {
    if (this.#reopening) return;
    this.#reopening = true;
    void this.#reopen();
  }

  async #reopen(): Promise<void> {
    try {
      const stream = await this.#play(this.#targetMs);
      if (this.#closed) return stream.destroy();
      const old = this.#stream;
      this.#settledMs = performance.now() + RESETTLING_MS;
      this.#reopening = false;
      this.#attach(stream);
      old.removeAllListeners('error');
      await destroyed(old);
    } catch {
      this.#lost();
    }
  }
}

/** How long so many bytes of one channel last. */
function bytesToNs(bytes: number): bigint {
  return BigInt(Math.round((bytes / (SAMPLE_RATE * 2)) * 1e9));
}

/** Resolves when the server has let go of a stream, or does not answer. */
function destroyed(stream: PulseRecordStream | PulsePlaybackStream): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_WAIT_MS);
    stream.on('error', () => undefined);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    stream.destroy();
  });
}

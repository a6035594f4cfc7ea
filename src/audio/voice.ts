/**
 * The voice pipeline of a client.
 *
 *   1. input -> 2. talk gate, level, Opus, RTP (talker.ts, sending.ts) -> 3. voice port -> the tunnel
 *   the tunnel -> 4. voice port -> 5. jitter buffer and decoder of each speaker, mixer (listener.ts) -> 6. output
 *
 * The input's clock pushes 1-3, the output's clock pulls 4-6; nothing queues in between but the jitter buffers.
 */
import { randomInt } from 'node:crypto';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { toWireError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isRtcp } from '../net/protocol/rtcp.ts';
import type { FromAudio, ToAudio } from '../net/protocol/voice-port.ts';
import { Arrivals } from './arrivals.ts';
import { nsToMs } from './frame.ts';
import type { GateTick } from './gate.ts';
import { Listeners } from './heard-by.ts';
import { Intake } from './intake.ts';
import { type Heard, Listener } from './listener.ts';
import { Listening } from './listening.ts';
import { LoopbackMeter } from './loopback.ts';
import type { AudioDevices, AudioEvent, VoiceReport } from './messages.ts';
import { type OpenedFiles, openFiles } from './opened-files.ts';
import type { AudioChange, AudioOptions } from './options.ts';
import type { Outgoing } from './packet-stream.ts';
import { channelsOf, DEFAULT_SENDING, Sending } from './sending.ts';
import { SoundEnds } from './sound-ends.ts';
import type { Talker } from './talker.ts';
import { Telling } from './telling.ts';
import type { FrameTracer } from './tracer.ts';

/** `finish` waits for a spurt's last frame, and for others' frames beyond the playout delay, this long, ms. */
const FINISH_GRACE_MS = 200;

export class Voice {
  /** Volumes, tones, replay and recording. */
  readonly listening: Listening;
  #emit: (event: AudioEvent) => void;
  #log: Logger;
  #port: MessagePort;
  #tracer: FrameTracer | undefined;
  #sending: Sending;
  #listener: Listener;
  #arrivals: Arrivals;
  #ends: SoundEnds;
  #loopback = new LoopbackMeter();
  #telling: Telling;
  #onPull: () => void = () => undefined;
  #intake: Intake;
  #listeners = new Listeners();
  /** Ours in the session that there is to talk in. */
  #ssrc: number | null = null;

  private constructor(
    options: AudioOptions,
    port: MessagePort,
    opened: OpenedFiles,
    intake: Intake,
    emit: (event: AudioEvent) => void,
    log: Logger,
  ) {
    this.#port = port;
    this.#emit = emit;
    this.#log = log;
    this.#tracer = opened.tracer;
    this.#intake = intake;
    const { bitrate, complexity, sending = DEFAULT_SENDING } = options;
    this.#sending = new Sending({
      settings: { ...sending, bitrate, complexity },
      firstSeq: randomInt(2 ** 16),
      firstTimestamp: randomInt(2 ** 32),
      emit,
      send: (outgoing) => this.#sendPacket(outgoing),
      sendReport: (packet) => this.#post({ kind: 'send', packet, seq: 0, traced: false }),
      reports: () => this.#listener.reports(),
      onTalking: (on) => {
        this.listening.setTalking(on);
        emit({ event: 'talking', on });
      },
    });
    this.listening = new Listening(options.listening, emit, sending.channels);
    this.#listener = new Listener({
      ...this.listening.hooks,
      channels: sending.channels,
      playoutDelayMs: options.playoutDelayMs,
      maxPlayoutDelayMs: options.maxPlayoutDelayMs,
      onSpeaking: (ssrc, on) => {
        this.listening.setSpeaking(ssrc, on);
        emit({ event: 'speaking', ssrc, on });
      },
      onHeard: (heard) => this.#heard(heard),
    });
    this.#arrivals = new Arrivals((packet, receiveNs) => this.#listener.receive(packet, receiveNs));
    this.#telling = new Telling({
      emit,
      micLevel: () => this.#talker.level,
      loopbackMs: () => (this.#talker.inSpurt ? this.#loopback.latencyMs : null),
      speakers: () => this.#listener.speakers(),
      listeners: (nowNs) => this.#listeners.list(nsToMs(nowNs)),
    });
    this.#ends = new SoundEnds({
      options,
      channels: sending.channels,
      opened,
      emit,
      onFrame: (samples, captureNs, final) => this.#captured(samples, captureNs, final),
      onGone: () => {
        this.#intake.reset();
        this.#talker.abort();
      },
      frameTicks: () => this.#talker.ticksToFrame,
      pull: (tickNs, playoutNs) => this.#pull(tickNs, playoutNs),
      quiet: () => !(this.#listener.active || this.#arrivals.waiting || this.#sending.ticking),
    });
    port.on('message', (message: ToAudio) => this.#onMessage(message));
  }

  /**
   * Opens files and devices and begins. Rejects with 'audio.file' if a file cannot be opened; a device that cannot
   * is reported as an event.
   */
  static async start(
    options: AudioOptions,
    port: MessagePort,
    emit: (event: AudioEvent) => void,
    log: Logger,
  ): Promise<Voice> {
    const opened = await openFiles(options, channelsOf(options));
    const intake = await Intake.create(options, channelsOf(options), emit);
    const voice = new Voice(options, port, opened, intake, emit, log);
    await voice.#ends.open();
    voice.#setCaptureActive();
    return voice;
  }

  get #talker(): Talker {
    return this.#sending.talker;
  }

  /** Sample 0 of the output (process.hrtime.bigint()). */
  get startedAtNs(): bigint {
    return this.#ends.startedAtNs;
  }

  talk(on: boolean): void {
    this.#intake.push(on);
    this.#switchTalker();
  }

  mute(on: boolean): void {
    this.#intake.mute(on);
    this.#switchTalker();
  }

  configure(change: AudioChange): void {
    if (change.sending) this.#sending.configure(change.sending);
    this.#intake.configure(change);
    this.#ends.configure(change);
    this.#listener.setDelays(change);
    if (change.listening) this.listening.configure(change.listening);
    this.#switchTalker();
  }

  /** The devices that can be chosen. */
  devices(): Promise<AudioDevices> {
    return this.#ends.devices();
  }

  deafen(on: boolean): void {
    this.#listener.deafened = on;
    this.listening.deafened = on;
  }

  /** Ends our spurt, plays out what is buffered, closes everything, and reports. */
  async finish(): Promise<VoiceReport> {
    this.mute(true);
    await this.#playOut();
    await this.listening.stopRecording();
    const failed = (error: unknown): void => this.#log.error(toWireError(error).message);
    await this.#ends.close(failed);
    await this.#tracer?.close().catch(failed);
    this.#port.close();
    this.#arrivals.releaseAll(); // so that all that came is counted
    const heard = this.#listener.report();
    const report = {
      ...heard,
      frames: { sent: this.#talker.sent, ...heard.frames },
      startedAtNs: this.startedAtNs,
    };
    this.#sending.close();
    this.#intake.close();
    this.#listener.close();
    return report;
  }

  #switchTalker(): void {
    const speaking = this.#intake.armed && this.#talker.inSpurt;
    this.#talker.setTalking(this.#intake.open || speaking);
    this.#setCaptureActive();
  }

  /** An input that can be stopped runs while there is somebody to talk to, and to the end of a spurt. */
  #setCaptureActive(): void {
    this.#ends.setCapturing(this.#talker.active || (this.#ssrc !== null && this.#intake.armed));
  }

  // 2. and 3. ---------------------------------------------------------------------------------------------

  #captured(samples: Int16Array, captureNs: bigint, final: boolean): void {
    const { open, ticks } = this.#intake.tick(samples, captureNs, final);
    this.#talker.setTalking(open);
    for (const tick of ticks) this.#send(tick);
    // After the last frame of a spurt a file stops; it goes on when we talk again.
    this.#setCaptureActive();
    if (final) this.#emit({ event: 'input-ended' });
  }

  #send({ samples, captureNs, final }: GateTick): void {
    const { sent } = this.#talker;
    this.#sending.captured(samples, captureNs, final, process.hrtime.bigint());
    if (this.#talker.sent > sent || this.#talker.inSpurt) this.listening.spoken(samples, captureNs);
  }

  #sendPacket({ packet, seq, frame }: Outgoing): void {
    if (frame) {
      this.#loopback.sent(frame.timestamp, frame.captureNs, frame.duration);
      this.listening.sent(packet, frame.captureNs);
      this.#tracer?.sending(seq, frame);
    }
    this.#post({ kind: 'send', packet, seq, traced: frame !== undefined && this.#tracer !== undefined });
  }

  #post(message: FromAudio): void {
    this.#port.postMessage(message);
  }

  // 4. ----------------------------------------------------------------------------------------------------

  #onMessage(message: ToAudio): void {
    switch (message.kind) {
      case 'heard':
        if (isRtcp(message.packet)) {
          this.#listeners.reported(message.packet, this.#ssrc, nsToMs(message.receiveNs));
          return this.#sending.reported(message.packet, message.receiveNs);
        }
        this.listening.packet(message.packet, message.receiveNs);
        this.#arrivals.push(message);
        return this.#ends.wake();
      case 'sent':
        return this.#tracer?.sent(message.seq, message.sendNs);
      case 'crowded':
        return this.#sending.setCrowded(message.crowded);
      case 'session':
        this.#sending.setSession(message.ssrc, message.maxBitrate);
        this.#ssrc = message.ssrc;
        this.#setCaptureActive();
    }
  }

  // 5. and 6. output --------------------------------------------------------------------------------------

  #pull(tickNs: bigint, playoutNs: bigint): Int16Array {
    // A stalled thread must not count as late what had come in time: first take in what waits at the port.
    for (;;) {
      const waiting = receiveMessageOnPort(this.#port);
      if (!waiting) break;
      this.#onMessage(waiting.message as ToAudio);
    }
    this.#arrivals.release(tickNs);
    const frame = this.#listener.pull(tickNs, playoutNs);
    this.#sending.tick(tickNs);
    this.#telling.tick(frame, tickNs);
    this.#onPull();
    return frame;
  }

  #heard({ ssrc, seq, timestamp, receiveNs, playoutNs, source }: Heard): void {
    this.#loopback.heard(ssrc, timestamp, playoutNs, source !== 'concealed');
    this.#tracer?.write({ dir: 'heard', from: ssrc, seq, rtpTs: timestamp, receiveNs, playoutNs, source });
  }

  // the rest ----------------------------------------------------------------------------------------------

  /** Resolves when our spurt has ended and all that others said was played, or the time for it is over. */
  #playOut(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#listener.maxDelayMs + FINISH_GRACE_MS);
      this.#onPull = () => {
        if (this.#sending.pending || this.#listener.active || this.#arrivals.waiting) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

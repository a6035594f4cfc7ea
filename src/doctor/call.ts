/** A call on trial: the tunnel as a call opens it, and voice packets to the echo room, which come back to us alone. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { VoiptermError } from '../errors.ts';
import { encodeVoiceFrame } from '../net/protocol/rtp.ts';
import type { FromAudio, ToAudio } from '../net/protocol/voice-port.ts';
import { TunnelClient } from '../net/tunnel/client.ts';
import type { ConnectOptions, Phase, TunnelEvent, TunnelStats } from '../net/tunnel/messages.ts';
import { bounded } from './bounded.ts';

/** From TCP to the first statistics. */
const ONLINE_MS = 15_000;
/** Requests that make us heard in the echo room. */
const ASK_MS = 5_000;
/** Packets are sent for so long: three probes, and enough packets for a loss of 1 % to show. */
const SPEAK_MS = 3_000;
/** And waited for: the echo's own delay is 1.5 s. */
const ECHO_MS = 2_500;
/** A call's pace and size: a frame of 20 ms at 32 kbit/s. */
const FRAME_MS = 20;
const FRAME_SAMPLES = 960;
const OPUS_BYTES = 80;
/** Saying goodbye. */
const CLOSE_MS = 3_000;

export type Online = Extract<Phase, { at: 'online' }>;

export interface Trial {
  readonly online: Online;
  /** The last ones; null if the station opened no datagram session. */
  readonly stats: TunnelStats | null;
  /** Packets at a call's pace; null if the station has no echo room for us. */
  readonly voice: { readonly sent: number; readonly returned: number } | null;
}

/**
 * Connects once, talks for some seconds, and leaves. @param echoRoom its name.
 * @throws VoiptermError that says why there is no call.
 */
export async function tryCall(options: ConnectOptions, echoRoom: string): Promise<Trial> {
  const watch = new Watch();
  const tunnel = await TunnelClient.start({
    onEvent: (event) => watch.take(event),
    onDied: (error) => watch.fail(error),
  });
  try {
    const online = await bounded(ONLINE_MS, 'connecting', async () => {
      await tunnel.connect(options);
      return watch.online;
    });
    const voice = await speak(tunnel, echoRoom);
    return { online, stats: watch.stats, voice };
  } finally {
    await bounded(CLOSE_MS, 'saying goodbye', () => tunnel.close()).catch(() => undefined);
  }
}

/** What the tunnel tells. */
class Watch {
  stats: TunnelStats | null = null;
  readonly online: Promise<Online>;
  fail: (error: VoiptermError) => void = () => undefined;
  #succeed: (phase: Online) => void = () => undefined;

  constructor() {
    this.online = new Promise((resolve, reject) => {
      this.#succeed = resolve;
      this.fail = reject;
    });
    this.online.catch(() => undefined); // may fail before anybody waits for it
  }

  take(event: TunnelEvent): void {
    if (event.event === 'stats') this.stats = event.stats;
    if (event.event !== 'phase') return;
    const { phase } = event;
    if (phase.at === 'online') this.#succeed(phase);
    // The tunnel would try again; a person waits for this.
    else if (phase.at !== 'connecting') this.fail(new VoiptermError(phase.code, phase.reason));
  }
}

async function speak(tunnel: TunnelClient, room: string): Promise<Trial['voice']> {
  const { port1, port2 } = new MessageChannel();
  const mouth = new Mouth(port1);
  try {
    await tunnel.attachVoice(port2);
    const heard = await bounded(ASK_MS, 'joining the echo room', () => join(tunnel, room)).catch(() => false);
    await mouth.speak(SPEAK_MS);
    await wait(ECHO_MS);
    return heard ? { sent: mouth.sent, returned: mouth.returned } : null;
  } finally {
    mouth.close();
  }
}

async function join(tunnel: TunnelClient, room: string): Promise<true> {
  await tunnel.call('room.join', { room });
  await tunnel.call('voice.room', { room });
  return true;
}

/** Stands where the audio thread stands in a call. */
class Mouth {
  sent = 0;
  returned = 0;
  readonly #port: MessagePort;
  #ssrc: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: ToAudio) => {
      if (message.kind === 'session') this.#ssrc = message.ssrc;
      else if (message.kind === 'heard') this.returned += 1;
    });
  }

  /** A packet every 20 ms; after a stall as many as are due. */
  async speak(ms: number): Promise<void> {
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.min(ms, performance.now() - startedAt) / FRAME_MS;
      while (this.sent < Math.floor(due) && this.#ssrc !== null) this.#say(this.#ssrc);
    }, FRAME_MS);
    await wait(ms);
    clearInterval(this.#timer);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#port.close();
  }

  #say(ssrc: number): void {
    const seq = this.sent;
    this.sent += 1;
    const payload = new Uint8Array(OPUS_BYTES);
    const marker = seq === 0;
    const frame = { seq, timestamp: seq * FRAME_SAMPLES, ssrc, marker, last: false, level: 127, payload };
    const message: FromAudio = { kind: 'send', packet: encodeVoiceFrame(frame), seq, traced: false };
    this.#port.postMessage(message);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

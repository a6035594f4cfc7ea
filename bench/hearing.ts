/** What a tick of 10 ms costs who hears one voice: packets in, jitter buffer, Opus, mixer. */
import { Listener } from '../src/audio/listener.ts';
import { OpusEncoder } from '../src/audio/opus.ts';
import { loadWav } from '../src/audio/wav-read.ts';
import { encodeVoiceFrame } from '../src/net/protocol/rtp.ts';

const SPEECH = new URL('../assets/speech.wav', import.meta.url).pathname;
const TICKS = 10_000;
const FRAME_SAMPLES = 960;
/** Packets that are heard again and again. */
const PACKETS = 250;

/** @param perRun Microseconds of CPU that one of `count` runs costs. */
export async function hearing(
  perRun: (count: number, run: (n: number) => void) => number,
): Promise<{ what: string; us: number }[]> {
  const [mono, stereo] = [await packets(1), await packets(2)];
  return [
    { what: 'hear 10 ms of mono, in mono', us: perRun(TICKS, ticksOf(mono, 1)) },
    { what: 'hear 10 ms of stereo, in mono', us: perRun(TICKS, ticksOf(stereo, 1)) },
    { what: 'hear 10 ms of mono, in stereo', us: perRun(TICKS, ticksOf(mono, 2)) },
    { what: 'hear 10 ms of stereo, in stereo', us: perRun(TICKS, ticksOf(stereo, 2)) },
  ];
}

async function packets(channels: 1 | 2): Promise<Uint8Array[]> {
  const speech = await loadWav(SPEECH, channels);
  const encoder = new OpusEncoder({ bitrate: 32_000, complexity: 5, frameMs: 20, channels });
  const size = FRAME_SAMPLES * channels;
  const made = Array.from({ length: PACKETS }, (_, n) => {
    const at = (n * size) % (speech.length - size);
    return encoder.encode(speech.subarray(at, at + size));
  });
  encoder.close();
  return made;
}

/** A listener's next tick, with the next frame of the voice in every second one. */
function ticksOf(opus: readonly Uint8Array[], channels: 1 | 2): () => void {
  const ignore = (): void => undefined;
  const listener = new Listener({ channels, playoutDelayMs: 5, onSpeaking: ignore, onHeard: ignore });
  const place = { ssrc: 1, marker: false, last: false, level: 20 };
  let tick = 0;
  return () => {
    const nowNs = BigInt(tick) * 10_000_000n;
    const seq = tick / 2;
    const payload = opus[seq % PACKETS];
    if (payload) {
      const timestamp = (seq * FRAME_SAMPLES) >>> 0;
      listener.receive(encodeVoiceFrame({ ...place, seq: seq & 0xffff, timestamp, payload }), nowNs);
    }
    listener.pull(nowNs, nowNs + 10_000_000n);
    tick++;
  };
}

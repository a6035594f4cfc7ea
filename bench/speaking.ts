/** What one frame of a voice costs: encoding, its packet with copies, reading that again, decoding, and planning. */
import { OpusDecoder, OpusEncoder } from '../src/audio/opus.ts';
import { Packetizer } from '../src/audio/packetizer.ts';
import { shapeFor } from '../src/audio/redundancy-model.ts';
import { loadWav } from '../src/audio/wav-read.ts';
import { decodeVoicePacket } from '../src/net/protocol/rtp.ts';

const SPEECH = new URL('../assets/speech.wav', import.meta.url).pathname;
const FRAMES = 2000;

/** @param perRun Microseconds of CPU that one of `count` runs costs. */
export async function speaking(
  perRun: (count: number, run: (n: number) => void) => number,
): Promise<{ what: string; us: number }[]> {
  const speech = await loadWav(SPEECH);
  const rows: { what: string; us: number }[] = [];
  for (const frameMs of [10, 20] as const) {
    const samples = frameMs * 48;
    const encoder = new OpusEncoder({ bitrate: 32_000, complexity: 9, frameMs, channels: 1 });
    const decoder = new OpusDecoder();
    const frameAt = (n: number): Int16Array => {
      const at = (n * samples) % (speech.length - samples);
      return speech.subarray(at, at + samples);
    };
    const packets = Array.from({ length: 100 }, (_, n) => encoder.encode(frameAt(n)));
    const of = (n: number): Uint8Array => packets[n % 100] ?? new Uint8Array();
    rows.push(
      { what: `encode ${frameMs} ms of speech`, us: perRun(FRAMES, (n) => encoder.encode(frameAt(n))) },
      { what: `decode ${frameMs} ms of speech`, us: perRun(FRAMES, (n) => decoder.decodeFrame(of(n))) },
    );
    encoder.close();
    decoder.close();
  }
  return [...rows, ...packets(perRun)];
}

function packets(
  perRun: (count: number, run: (n: number) => void) => number,
): { what: string; us: number }[] {
  return [0, 5].flatMap((depth) => {
    const packetizer = new Packetizer();
    const payload = new Uint8Array(40);
    const make = (n: number): Uint8Array => {
      const place = { seq: n & 0xffff, timestamp: (n * 480) >>> 0, ssrc: 1, marker: false, last: false };
      return packetizer.frame({ ...place, level: 30, payload, duration: 480 }, { depth, spacing: 2 });
    };
    const packet = make(1);
    return [
      { what: `a voice packet with ${depth} copies`, us: perRun(FRAMES * 10, make) },
      { what: `reading one with ${depth} copies`, us: perRun(FRAMES * 10, () => decodeVoicePacket(packet)) },
      ...(depth > 0 ? [{ what: 'planning redundancy, four times a second', us: perRun(FRAMES, plan) }] : []),
    ];
  });
}

function plan(n: number): void {
  shapeFor({ loss: (n % 60) / 100, run: 4 }, { bitrate: 32_000, frameMs: 20, maxBandwidth: 160_000 });
}

/**
 * Short quiet sounds for what happens: two notes each, rising for what opens (somebody joins, the microphone is on again)
 * and falling for what closes. Synthesized. Pure.
 */
import { SAMPLE_RATE } from '../net/protocol/rtp.ts';
import { TONES, type Tone } from './messages.ts';

/** Peak of a note, 16-bit: -32 dBFS, well below speech and above the noise of a room. */
const PEAK = 820;
/** Length of a note, and of its rise and fall, samples: 70 ms and 15 ms. */
const NOTE = (SAMPLE_RATE * 70) / 1000;
const EDGE = (SAMPLE_RATE * 15) / 1000;

/** The notes, Hz. Others are higher than ourselves, so that the ear tells them apart. */
const NOTES: Readonly<Record<Tone, readonly number[]>> = {
  join: [587, 784],
  leave: [784, 587],
  mute: [392, 294],
  unmute: [294, 392],
};

/** The samples of a tone, 48 kHz mono, which begin and end in silence. */
export function toneSamples(tone: Tone): Int16Array {
  const notes = NOTES[tone];
  const samples = new Int16Array(notes.length * NOTE);
  for (const [n, hz] of notes.entries()) {
    for (let i = 0; i < NOTE; i++) {
      const angle = (2 * Math.PI * hz * i) / SAMPLE_RATE;
      samples[n * NOTE + i] = Math.round(PEAK * envelope(i) * Math.sin(angle));
    }
  }
  return samples;
}

/** Raised cosines at both ends, so that nothing clicks. */
function envelope(i: number): number {
  const edge = Math.min(i, NOTE - 1 - i, EDGE);
  return (1 - Math.cos((Math.PI * edge) / EDGE)) / 2;
}

/** All of them, ready to be played. */
export function makeTones(): Readonly<Record<Tone, Int16Array>> {
  const entries = TONES.map((tone) => [tone, toneSamples(tone)] as const);
  return Object.fromEntries(entries) as Record<Tone, Int16Array>;
}

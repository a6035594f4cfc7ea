/** Two hours of a call between sound cards whose clocks are 200 ppm apart, in simulated time. That nothing glitches is tested beside it. */
import { seededRandom } from '../../src/lab/random.ts';
import { type Arrival, packet, simulate } from '../../test/audio/jitter-sim.ts';
import { quantile, tenths } from '../../test/e2e/frame-paths.ts';
import { printTable } from '../tunnel/table.ts';
import type { Calls } from './call.ts';
import type { Choices } from './choices.ts';

const SECONDS = 7200;
const PPM = 200;
const FRAME_MS = 20;
const FRAME_SAMPLES = FRAME_MS * 48;
/** The ends that are compared, ms. */
const END_MS = 600_000;

/** Frames of a speaker whose clock is off, each up to a ms later than the network needs. */
function* spoken(ppm: number): Generator<Arrival> {
  const draw = seededRandom(4);
  const count = (SECONDS * 1000) / FRAME_MS;
  for (let n = 0; n < count; n++) {
    const frame = packet(n * FRAME_SAMPLES, { seq: n & 0xffff, frameMs: FRAME_MS, last: n === count - 1 });
    yield { packet: frame, atMs: (n + 1) * FRAME_MS * (1 + ppm * 1e-6) + draw() };
  }
}

function row(ppm: number): string[] {
  const first: number[] = [];
  const last: number[] = [];
  const untilMs = SECONDS * 1000 * (1 + ppm * 1e-6) - 100;
  let longest = 0;
  const { counters } = simulate(spoken(ppm), {
    untilMs,
    onTick: ({ nowMs, delayMs, playing }) => {
      if (!playing) return;
      if (nowMs < END_MS) first.push(delayMs);
      if (nowMs > untilMs - END_MS) last.push(delayMs);
      longest = Math.max(longest, delayMs);
    },
  });
  return [
    `${ppm > 0 ? '+' : ''}${ppm} ppm`,
    tenths(quantile(first, 0.5)),
    tenths(quantile(last, 0.5)),
    tenths(longest),
    `${counters.concealed}`,
    `${counters.late + counters.dropped}`,
  ];
}

export function drift(_calls: Calls, _choices: Choices): Promise<void> {
  printTable(
    'Two hours of drifting clocks in simulated time: playout delay in ms, in the first and in the last ten minutes (p50)',
    ['drift', 'first', 'last', 'longest', 'concealed', 'late or dropped'],
    [row(PPM), row(-PPM)],
  );
  return Promise.resolve();
}

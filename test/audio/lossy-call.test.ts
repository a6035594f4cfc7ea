/**
 * Both halves of a call over a network that loses packets, in simulated time: the listener's reports make the sender add
 * copies, and the copies are heard. The shares are those that a call is to reach at each loss.
 */
import { beforeAll, expect, test } from 'vitest';
import { Listener } from '../../src/audio/listener.ts';
import { DEFAULT_SENDING, Sending, type SendingParts } from '../../src/audio/sending.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { seededRandom } from '../../src/lab/random.ts';

const SECONDS = 40;
/** Until sender and listener know the network, ms. */
const ADAPTED_MS = 8000;
const ONE_WAY_MS = 2;
const JITTER_MS = 2;
/** The listener's clock ticks so long after the speaker's, ms. */
const PHASE_MS = 3.7;
/** The encoder's, ms. */
const LOOK_AHEAD_MS = 6.5;
const SPEAKER = 7;
const LISTENER = 8;

let speech: Int16Array;
beforeAll(async () => {
  speech = await loadWav(new URL('../../assets/speech.wav', import.meta.url).pathname);
});

/** Simulated time, from which every event of a call hangs. */
class Time {
  nowMs = 0;
  #events: { readonly atMs: number; readonly happen: () => void }[] = [];

  at(atMs: number, happen: () => void): void {
    const later = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(later < 0 ? this.#events.length : later, 0, { atMs, happen });
  }

  runTo(ms: number): void {
    for (let event = this.#events[0]; event && event.atMs <= ms; event = this.#events[0]) {
      this.#events.shift();
      this.nowMs = event.atMs;
      event.happen();
    }
    this.nowMs = ms;
  }
}

const ns = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

function sending(ssrc: number, parts: Partial<SendingParts>): Sending {
  const one = new Sending({
    settings: { ...DEFAULT_SENDING, bitrate: 32_000, complexity: 0 },
    firstSeq: 65_000,
    firstTimestamp: 0,
    emit: () => undefined,
    send: () => undefined,
    sendReport: () => undefined,
    reports: () => [],
    onTalking: () => undefined,
    ...parts,
  });
  one.setSession(ssrc, 0);
  return one;
}

/** Whether each packet is lost: independently, or in runs of `burst` packets on average. */
function losses(share: number, burst: number, draw: () => number): () => boolean {
  if (burst === 1) return () => draw() < share;
  let losing = false;
  return () => {
    losing = losing ? draw() >= 1 / burst : draw() < share / (burst * (1 - share));
    return losing;
  };
}

function call(share: number, burst: number) {
  const draw = seededRandom(11);
  const time = new Time();
  const lost = losses(share, burst, draw);
  const lostReport = losses(share, 1, draw);
  const wayMs = (): number => ONE_WAY_MS + draw() * JITTER_MS;
  /** When each frame's first sample was spoken, and its delay to the ear if it was heard, by RTP timestamp, ms. */
  const spokenMs = new Map<number, number>();
  const delayMs = new Map<number, number>();
  const listener = new Listener({
    playoutDelayMs: 5,
    onSpeaking: () => undefined,
    onHeard: ({ source, timestamp, playoutNs }) => {
      if (source === 'concealed') return;
      expect(delayMs.has(timestamp)).toBe(false);
      delayMs.set(timestamp, Number(playoutNs) / 1e6 - (spokenMs.get(timestamp) ?? 0) + LOOK_AHEAD_MS);
    },
  });
  const mouth = sending(SPEAKER, {
    send: ({ packet, frame }) => {
      if (frame) spokenMs.set(frame.timestamp, Number(frame.captureNs) / 1e6 - frame.duration / 48);
      const atMs = time.nowMs + wayMs();
      if (!lost()) time.at(atMs, () => listener.receive(packet, ns(atMs)));
    },
  });
  const ear = sending(LISTENER, {
    reports: () => listener.reports(),
    sendReport: (packet) => {
      const atMs = time.nowMs + wayMs();
      if (!lostReport()) time.at(atMs, () => mouth.reported(packet, ns(atMs)));
    },
  });
  mouth.talker.setTalking(true);
  for (let tick = 1; tick <= SECONDS * 100 + 50; tick++) {
    time.runTo(tick * 10);
    const at = (tick * 480) % (speech.length - 480);
    if (tick <= SECONDS * 100) {
      mouth.captured(speech.subarray(at, at + 480), ns(tick * 10), tick === SECONDS * 100, ns(tick * 10));
    }
    mouth.tick(ns(tick * 10));
    time.runTo(tick * 10 + PHASE_MS);
    listener.pull(ns(time.nowMs), ns(time.nowMs + 10));
    ear.tick(ns(time.nowMs));
  }
  const { frames } = listener.report();
  for (const one of [mouth, ear, listener]) one.close();
  const counted = [...spokenMs].filter(([, ms]) => ms > ADAPTED_MS).map(([timestamp]) => timestamp);
  const heard = counted.map((timestamp) => delayMs.get(timestamp)).filter((ms) => ms !== undefined);
  return { share: heard.length / counted.length, delays: heard.sort((a, b) => a - b), frames };
}

test('without loss nothing is concealed, and mouth to ear is one frame, the codec and little more', () => {
  const { share, delays, frames } = call(0, 1);
  expect(share).toBe(1);
  expect(frames).toMatchObject({ recovered: 0, concealed: 0, late: 0, dropped: 0 });
  expect(delays.at(-1)).toBeLessThan(60);
});

test.each([
  [10, 1, 99.9],
  [30, 1, 99],
  [60, 1, 92],
  [20, 4, 97],
  [50, 4, 92],
])(
  '%d percent of loss in runs of %d: at least %d percent is heard from real data, within 150 ms',
  (loss, burst, share) => {
    const { share: heard, delays, frames } = call(loss / 100, burst);
    expect(heard * 100).toBeGreaterThanOrEqual(share);
    expect(frames.recovered).toBeGreaterThan(0);
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThanOrEqual(150);
  },
);

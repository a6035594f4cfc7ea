/** What the screen is told, and how often. */
import { expect, test } from 'vitest';
import type { AudioEvent, SpeakerStats } from '../../src/audio/messages.ts';
import { Telling } from '../../src/audio/telling.ts';

const TICK_NS = 10_000_000n;

function telling(mic = 30) {
  const events: AudioEvent[] = [];
  const state = { speakers: [] as SpeakerStats[], loopbackMs: null as number | null };
  const one = new Telling({
    emit: (event) => events.push(event),
    micLevel: () => mic,
    loopbackMs: () => state.loopbackMs,
    speakers: () => state.speakers,
    listeners: () => [],
  });
  let ticks = 100n;
  const run = (count: number, loud = false): AudioEvent[] => {
    events.length = 0;
    for (let n = 0; n < count; n++, ticks++)
      one.tick(new Int16Array(480).fill(loud && n % 10 === 3 ? 16_384 : 0), ticks * TICK_NS);
    return [...events];
  };
  return { state, run };
}

test('levels come ten times a second, the loudest tick of each tenth', () => {
  const { run } = telling();
  run(1);
  const levels = run(100, true);
  expect(levels).toHaveLength(10);
  expect(new Set(levels.map((event) => event.event === 'levels' && event.speaker))).toEqual(new Set([6]));
  expect(run(20).at(-1)).toEqual({ event: 'levels', mic: 30, speaker: 127 });
});

test('silence is told once', () => {
  const { run } = telling(127);
  run(1);
  expect(run(50).filter(({ event }) => event === 'levels')).toEqual([]);
  expect(run(10, true)).toHaveLength(1);
  expect(run(50)).toEqual([{ event: 'levels', mic: 127, speaker: 127 }]);
});

test('speakers come once a second, and once more when they are gone', () => {
  const { state, run } = telling();
  const tell = (events: AudioEvent[]) => events.filter(({ event }) => event === 'speakers');
  run(1);
  expect(tell(run(300))).toEqual([]);
  state.speakers = [{ ssrc: 7 } as SpeakerStats];
  expect(tell(run(300))).toHaveLength(3);
  state.speakers = [];
  expect(tell(run(300))).toEqual([{ event: 'speakers', speakers: [] }]);
});

test('how long our own voice takes comes with the levels', () => {
  const { state, run } = telling();
  state.loopbackMs = 87;
  expect(run(30).filter(({ event }) => event === 'loopback')).toHaveLength(3);
});

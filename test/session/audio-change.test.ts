/** What two sets of audio settings differ in. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AudioOptions } from '../../src/audio/options.ts';
import { audioChange } from '../../src/session/audio-change.ts';

const options = fc.record({
  input: fc.constant({ kind: 'tone' } as const),
  output: fc.constant({ kind: 'null' } as const),
  backend: fc.constantFrom('auto', 'pulse'),
  bitrate: fc.constantFrom(16_000, 32_000),
  complexity: fc.constantFrom(1, 9),
  playoutDelayMs: fc.constantFrom(5, 40),
  maxPlayoutDelayMs: fc.constantFrom(250, 500),
  trace: fc.constant(null),
  inputDevice: fc.constantFrom('', 'USB'),
  outputDevice: fc.constantFrom('', 'USB'),
  echoCancel: fc.boolean(),
  talkMode: fc.constantFrom('push', 'voice'),
  cleaning: fc.record({ noiseSuppression: fc.boolean(), autoGain: fc.boolean(), limiter: fc.boolean() }),
  activation: fc.record({ thresholdDb: fc.constantFrom(-45, -30), holdMs: fc.constantFrom(0, 300) }),
  sending: fc.record({
    ...{ frameMs: fc.constantFrom(10, 20), vbr: fc.boolean(), dtx: fc.boolean() },
    ...{ channels: fc.constantFrom(1, 2), maxBandwidth: fc.constantFrom(64_000, 160_000) },
    privacy: fc.constantFrom('off', 'constant'),
  }),
  listening: fc.record({
    attenuateDb: fc.constantFrom(0, 10),
    attenuateWhileTalking: fc.boolean(),
    tones: fc.boolean(),
  }),
}) as unknown as fc.Arbitrary<AudioOptions>;

test('the change leads from one to the other, but for what needs a start', () => {
  fc.assert(
    fc.property(options, options, (before, after) => {
      const { sending, cleaning, activation, listening, ...rest } = audioChange(before, after);
      const { bitrate = before.bitrate, complexity = before.complexity, ...packets } = sending ?? {};
      const { channels, privacy } = after.sending!;
      expect({
        ...before,
        ...rest,
        ...{ bitrate, complexity, backend: after.backend },
        cleaning: { ...before.cleaning, ...cleaning },
        activation: { ...before.activation, ...activation },
        listening: { ...before.listening, ...listening },
        sending: { ...before.sending, ...packets, channels, privacy },
      }).toEqual(after);
    }),
    { seed: 2 },
  );
});

test('nothing changes where nothing differs', () => {
  fc.assert(
    fc.property(options, (same) => {
      expect(audioChange(same, structuredClone(same))).toEqual({});
    }),
    { seed: 2 },
  );
});

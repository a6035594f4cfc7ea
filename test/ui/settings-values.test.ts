/** What comes before and after a value. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choicesOf, shownSetting, steppedNumber, steppedValue } from '../../src/ui/settings-values.ts';
import { emptyState, FAKE_SETTINGS } from '../fakes/fake-session.ts';

const state = emptyState();
const row = (path: string) => FAKE_SETTINGS.find((one) => one.path === path)!;

describe('numbers', () => {
  const range = fc
    .tuple(fc.integer({ min: -1000, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }))
    .map(([min, size]) => ({ min, max: min + size }));

  test('stay in their range, move the way that is asked for, and only stand still at its end', () => {
    fc.assert(
      fc.property(range, fc.nat(), fc.constantFrom(1 as const, -1 as const), ({ min, max }, at, by) => {
        const value = min + (at % (max - min + 1));
        const next = steppedNumber(value, by, { min, max });
        if (next === undefined) expect(value).toBe(by > 0 ? max : min);
        else {
          expect(Number(next) * by).toBeGreaterThan(value * by);
          expect(Number(next)).toBeGreaterThanOrEqual(min);
          expect(Number(next)).toBeLessThanOrEqual(max);
        }
      }),
      { seed: 4 },
    );
  });

  test('step by about a tenth, on round numbers', () => {
    const range = { min: -100, max: 512_000 };
    const steps = [5, 9, 20, 57, 250, 32_000, 160_000, -45];
    expect(steps.map((value) => steppedNumber(value, 1, range))).toEqual([
      '6',
      '10',
      '22',
      '60',
      '260',
      '34000',
      '170000',
      '-44',
    ]);
    expect(steppedNumber(Number.NaN, 1, range)).toBe('-100');
  });
});

test('every row that can be stepped gets another of its choices, and comes round', () => {
  for (const one of FAKE_SETTINGS) {
    const choices = choicesOf(one, state);
    if (choices.length < 2) continue;
    let now = one;
    for (let step = 0; step < choices.length; step++)
      now = { ...now, text: steppedValue(now, 1, state) ?? now.text };
    expect(now.text).toBe(choices.includes(one.text) ? one.text : choices.at(-1));
  }
});

test('values are shown as a person reads them', () => {
  expect(shownSetting({ ...row('audio.limiter'), text: 'true' }, state)).toBe('on');
  expect(shownSetting({ ...row('client.name'), text: '', value: '' }, state)).toBe('""');
  expect(shownSetting({ ...row('keys.redraw'), text: '', value: '' }, state)).toBe('no key');
  expect(shownSetting({ ...row('ui.accent_color'), text: '', value: '' }, state)).toBe("the theme's");
  const standard = { name: 'Headset', standard: true };
  const sound = { ...state.sound, devices: { inputs: [standard], outputs: [] } };
  expect(shownSetting(row('audio.input_device'), { ...state, sound })).toBe("system's: Headset");
  expect(shownSetting(row('audio.output_device'), { ...state, sound })).toBe("the system's");
});

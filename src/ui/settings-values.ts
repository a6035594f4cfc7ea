/** What comes before and after a value where it can be stepped through, and how values are called. Pure. */
import type { SettingRow } from '../session/settings-model.ts';
import type { State } from '../session/state.ts';
import { PALETTE_COLORS } from './colors.ts';

/** The value a step further, as text; undefined where there is none. */
export function steppedValue(row: SettingRow, by: 1 | -1, state: State): string | undefined {
  const { editor, text } = row;
  if (editor.kind === 'number') return steppedNumber(Number(text), by, editor);
  const choices = choicesOf(row, state);
  if (choices.length === 0) return undefined;
  const at = choices.indexOf(text);
  const next = choices[at < 0 ? 0 : (at + by + choices.length) % choices.length];
  return next === text ? undefined : next;
}

/** The values that can be stepped through; none where any text may stand. */
export function choicesOf({ editor }: SettingRow, state: State): readonly string[] {
  switch (editor.kind) {
    case 'choice':
      return editor.choices;
    case 'toggle':
      return ['true', 'false'];
    case 'device': {
      const { inputs, outputs } = state.sound.devices;
      return ['', ...(editor.which === 'input' ? inputs : outputs).map(({ name }) => name)];
    }
    case 'colour':
      return ['', ...PALETTE_COLORS];
    default:
      return [];
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Steps are a tenth of a number's size, 1, 2 or 5 of a power of ten: 1 at 9, 20 at 250, 2000 at 32000. */
export function steppedNumber(value: number, by: 1 | -1, { min, max }: Range): string | undefined {
  if (!Number.isFinite(value)) return String(min);
  const step = stepAt(value);
  const raw = by > 0 ? Math.floor(value / step) * step + step : Math.ceil(value / step) * step - step;
  const next = Math.min(max, Math.max(min, raw));
  return next === value ? undefined : String(next);
}

function stepAt(value: number): number {
  const size = Math.max(1, Math.abs(value)) / 10;
  if (size < 2) return 1;
  const power = 10 ** Math.floor(Math.log10(size));
  const lead = size / power;
  return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

/** A value as a person reads it. */
export function shownSetting(row: SettingRow, state: State): string {
  const { editor, value, text } = row;
  if (editor.kind === 'toggle') return text === 'true' ? 'on' : 'off';
  if (editor.kind === 'device' && text === '') return standardDevice(editor.which, state);
  if (editor.kind === 'key' && text === '') return 'no key';
  if (editor.kind === 'colour' && text === '') return "the theme's";
  return value === '' ? '""' : value;
}

function standardDevice(which: 'input' | 'output', { sound }: State): string {
  const devices = which === 'input' ? sound.devices.inputs : sound.devices.outputs;
  const standard = devices.find((device) => device.standard);
  return standard ? `system's: ${standard.name}` : "the system's";
}

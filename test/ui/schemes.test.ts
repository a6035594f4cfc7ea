/** The colours can be read, and told apart by those who do not see all of them. */
import { describe, expect, test } from 'vitest';
import { contrast, nearest256, parseHex, type Rgb, rgbOf256 } from '../../src/ui/colors.ts';
import { COLOR_ROLES, GROUNDS, type Scheme, SCHEMES, schemeFor, type Shade } from '../../src/ui/schemes.ts';

/** What terminals have as backgrounds: black, VS Code, One Dark, Nord, Solarized; white, Solarized, light grey. */
const BACKGROUNDS = {
  dark: ['#000000', '#1e1e1e', '#282c34', '#2e3440', '#002b36'],
  light: ['#ffffff', '#fdf6e3', '#eeeeee'],
} as const;
/** WCAG 2.2, 1.4.3 (AA), for text. */
const READABLE = 4.5;

const all = Object.entries(SCHEMES).flatMap(([name, pair]) =>
  GROUNDS.map((ground) => [name, ground, pair[ground]] as const),
);

const rgb = ({ hex }: Shade): Rgb => parseHex(hex ?? '')!;
const shades = (scheme: Scheme): readonly (readonly [string, Shade])[] => [
  ...COLOR_ROLES.map((role) => [role, scheme.colors[role]] as const),
  ...scheme.names.map((shade) => [`name ${shade.hex}`, shade] as const),
];

describe.each(all)('%s on %s', (_name, _ground, scheme) => {
  const backgrounds = BACKGROUNDS[scheme.ground].map((hex) => parseHex(hex)!);
  test.each(shades(scheme))('%s can be read', (_what, shade) => {
    for (const background of backgrounds) {
      expect(contrast(rgb(shade), background)).toBeGreaterThanOrEqual(READABLE);
      // Where there are 256 colours, the nearest of them.
      expect(contrast(rgbOf256(nearest256(rgb(shade))), background)).toBeGreaterThanOrEqual(READABLE - 0.7);
    }
  });

  test('high contrast is that', () => {
    if (_name !== 'high-contrast') return;
    const [worst] = shades(scheme)
      .map(([, shade]) => contrast(rgb(shade), backgrounds[0]!))
      .sort((a, b) => a - b);
    expect(worst).toBeGreaterThanOrEqual(7);
  });
});

/** How colours look to whom a kind of cone is missing: Machado, Oliveira and Fernandes (2009), severity 1, linear sRGB. */
const SIGHT = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

type Sight = keyof typeof SIGHT;

function lab(color: Rgb, sight: Sight): readonly number[] {
  const linear = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const seen = [0, 3, 6].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        linear.reduce((sum, part, at) => sum + part * SIGHT[sight][row + at]!, 0),
      ),
    ),
  );
  const [r = 0, g = 0, b = 0] = seen;
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE76: two is just noticed, twenty is another colour. */
function apart(one: Shade, other: Shade, sight: Sight): number {
  const [a, b] = [lab(rgb(one), sight), lab(rgb(other), sight)];
  return Math.hypot(...a.map((part, at) => part - b[at]!));
}

function nearestPair(some: readonly Shade[], sight: Sight): number {
  return Math.min(
    ...some.flatMap((one, index) => some.slice(index + 1).map((other) => apart(one, other, sight))),
  );
}

const SAFE = [
  ['deuteranopia', 'deuteranopia'],
  ['deuteranopia', 'protanopia'],
  ['tritanopia', 'tritanopia'],
] as const;

describe.each(SAFE)('%s, seen with %s', (name, sight) => {
  test.each(GROUNDS)('keeps states and names apart on %s', (ground) => {
    const { colors, names } = SCHEMES[name]![ground];
    expect(nearestPair([colors.good, colors.warning, colors.bad], sight)).toBeGreaterThan(20);
    expect(nearestPair(names, sight)).toBeGreaterThan(10);
  });
});

test('a theme follows the background, or is for one', () => {
  expect(schemeFor('auto', null, null)).toBeNull();
  expect(schemeFor('auto', 'light', null)).toBe(SCHEMES.light!.light);
  expect(schemeFor('dark', 'light', null)?.ground).toBe('dark');
  expect(schemeFor('tritanopia', 'light', null)?.ground).toBe('light');
  expect(schemeFor('high-contrast', null, null)?.ground).toBe('dark');
  const own = { ...SCHEMES.dark!.dark };
  expect(schemeFor('sea', null, own)).toBe(own);
});

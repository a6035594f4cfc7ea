/** Colours as numbers: contrast, and the nearest one that a terminal has. Pure. */

/** Colours of a terminal: none, its palette of 16, 256, or all. */
export type ColorDepth = 0 | 16 | 256 | 16_777_216;

/** Colours that every terminal with colours has, by the names that Ink gives them. */
export const PALETTE_COLORS = ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta', 'white', 'gray'] as const;

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** "#rrggbb"; undefined for anything else. */
export function parseHex(text: string): Rgb | undefined {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!found) return undefined;
  const [, red = '', green = '', blue = ''] = found;
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}

/** Relative luminance, 0 to 1 (WCAG 2.2, from sRGB). */
export function luminance(color: Rgb): number {
  const [red = 0, green = 0, blue = 0] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio, 1 to 21 (WCAG 2.2); 4.5 is enough for text. */
export function contrast(one: Rgb, other: Rgb): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Levels of each part in the 6x6x6 cube of the 256 colours. */
const CUBE = [0, 95, 135, 175, 215, 255] as const;
const GREY_FIRST = 232;
const GREYS = 24;

/** The nearest of the 256 colours that does not depend on a palette: 16 to 255. */
export function nearest256(color: Rgb): number {
  const [red, green, blue] = color;
  const [r, g, b] = [cubeStep(red), cubeStep(green), cubeStep(blue)];
  const cube = 16 + 36 * r + 6 * g + b;
  const step = Math.min(GREYS - 1, Math.max(0, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const grey = GREY_FIRST + step;
  return distance(color, rgbOf256(grey)) < distance(color, rgbOf256(cube)) ? grey : cube;
}

/** One of the colours 16 to 255. */
export function rgbOf256(index: number): Rgb {
  if (index >= GREY_FIRST) {
    const level = 8 + (index - GREY_FIRST) * 10;
    return [level, level, level];
  }
  const place = index - 16;
  return [level(Math.floor(place / 36)), level(Math.floor(place / 6) % 6), level(place % 6)];
}

function level(step: number): number {
  return CUBE[step] ?? 0;
}

function cubeStep(value: number): number {
  const distances = CUBE.map((one) => Math.abs(one - value));
  return distances.indexOf(Math.min(...distances));
}

function distance(one: Rgb, other: Rgb): number {
  return one.reduce((sum, part, at) => sum + (part - (other[at] ?? 0)) ** 2, 0);
}

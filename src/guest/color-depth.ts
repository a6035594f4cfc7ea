/** Fits colours that a screen was drawn with to what a terminal can show. Pure: text in, text out. */
import type { ColorDepth } from './terminal-kind.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with one
const SGR = /\x1b\[([0-9;]*)m/g;
/** Levels of each part in the 6x6x6 cube of the 256 colours. */
const CUBE = [0, 95, 135, 175, 215, 255] as const;

/** The same text with no colour that the terminal does not have; weight, underline and inversion stay. */
export function fitColors(text: string, depth: ColorDepth): string {
  if (depth === 16_777_216 || !text.includes('\x1b[')) return text;
  return text.replace(SGR, (whole, list: string) => {
    if (list === '' || list === '0') return whole;
    const fitted = fitCodes(list.split(';').map(Number), depth);
    return fitted.length > 0 ? `\x1b[${fitted.join(';')}m` : '';
  });
}

function fitCodes(codes: readonly number[], depth: ColorDepth): number[] {
  const fitted: number[] = [];
  for (let at = 0; at < codes.length; ) {
    const code = codes[at] ?? 0;
    const length = code === 38 || code === 48 ? (codes[at + 1] === 2 ? 5 : 3) : 1;
    if (length > 1) fitted.push(...extended(codes.slice(at, at + length), depth));
    else if (depth > 0 || !isColor(code)) fitted.push(code);
    at += length;
  }
  return fitted;
}

/** 38 or 48 with 5;N or 2;R;G;B behind it. */
function extended(codes: readonly number[], depth: ColorDepth): readonly number[] {
  const [ground = 38, how, a = 0, b = 0, c = 0] = codes;
  if (depth === 0) return [];
  if (depth === 256) return how === 5 ? codes : [ground, 5, nearest256(a, b, c)];
  const [red, green, blue] = how === 5 ? rgbOf256(a) : [a, b, c];
  return [nearest16(red, green, blue) + (ground === 48 ? 10 : 0)];
}

const isColor = (code: number): boolean => (code >= 30 && code <= 49) || (code >= 90 && code <= 107);

function nearest256(red: number, green: number, blue: number): number {
  return 16 + 36 * cubeStep(red) + 6 * cubeStep(green) + cubeStep(blue);
}

/** The place in CUBE that is nearest. */
function cubeStep(value: number): number {
  const distances = CUBE.map((level) => Math.abs(level - value));
  return distances.indexOf(Math.min(...distances));
}

function rgbOf256(index: number): readonly [number, number, number] {
  if (index < 16) {
    const level = index < 8 ? 170 : 255;
    return [index & 1 ? level : 0, index & 2 ? level : 0, index & 4 ? level : 0];
  }
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const place = index - 16;
  return [CUBE[Math.floor(place / 36)] ?? 0, CUBE[Math.floor(place / 6) % 6] ?? 0, CUBE[place % 6] ?? 0];
}

/** The code of the foreground: hue by the parts that stand out, bright if the strongest is. */
function nearest16(red: number, green: number, blue: number): number {
  const strongest = Math.max(red, green, blue);
  if (strongest < 48) return 30;
  const on = (value: number, bit: number): number => (value * 2 > strongest ? bit : 0);
  return (strongest > 191 ? 90 : 30) + on(red, 1) + on(green, 2) + on(blue, 4);
}

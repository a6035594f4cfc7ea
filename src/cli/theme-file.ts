/** A user's own theme: NAME.toml in the themes directory beside config.toml. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, VoiptermError } from '../errors.ts';
import { parseHex } from '../ui/colors.ts';
import type { ThemeChoice } from '../ui/looks.ts';
import {
  COLOR_ROLES,
  type ColorRole,
  GROUNDS,
  type Ground,
  type Scheme,
  SCHEMES,
  type Shade,
  THEME_NAMES,
} from '../ui/schemes.ts';
import { escapeControls, shortened } from './escape.ts';
import { nearest } from './suggest.ts';
import { invalid, parseToml } from './toml-document.ts';
import { tomlLines } from './toml-position.ts';

/** A theme has some ten lines; this keeps a wrong file from being read on. */
const MAX_THEME_CHARS = 64 * 1024;
/** More colours than a room needs to tell people apart. */
const MAX_NAMES = 32;

/** Where themes are, for a config.toml. */
export function themesDirectory(configFile: string): string {
  return join(dirname(configFile), 'themes');
}

/**
 * What ui.theme names.
 * @throws VoiptermError 'config.invalid' for a name without a file, and for a file that is none.
 */
export function readTheme(name: string, configFile: string): ThemeChoice {
  if (THEME_NAMES.includes(name)) return { name, own: null };
  const file = join(themesDirectory(configFile), `${name}.toml`);
  return { name, own: parseTheme(readText(file, name), file) };
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, MAX_THEME_CHARS);
  } catch (cause) {
    const known = `ui.theme may be ${THEME_NAMES.join(', ')}, or the name of such a file`;
    const why = errnoOf(cause) === 'ENOENT' ? 'there is no' : `cannot read (${errnoOf(cause)})`;
    throw new VoiptermError('config.invalid', `${why} theme ${name}, ${escapeControls(file)}; ${known}`, {
      cause,
    });
  }
}

/**
 * Reads a theme; colours that it does not name are those of the theme "dark" or "light". Pure.
 * @throws VoiptermError 'config.invalid' for the first problem.
 */
export function parseTheme(document: string, file: string): Scheme {
  const raw = parseToml(document, file);
  const lines = tomlLines(document);
  const refuse = (key: string, problem: string): never => {
    throw invalid(file, lines.get(key), problem);
  };
  const ground = groundOf(raw.ground, refuse);
  const base = SCHEMES[ground]?.[ground];
  if (!base) return refuse('ground', 'ground is unknown');
  const colors: Record<ColorRole, Shade> = { ...base.colors };
  let names = base.names;
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'ground') continue;
    if (key === 'names') names = namesOf(value, refuse);
    else if (isRole(key)) colors[key] = colorOf(value) ?? refuse(key, `${key} must be ${COLOR}`);
    else refuse(key, unknownKey(key));
  }
  return { ground, colors, names };
}

type Refuse = (key: string, problem: string) => never;

const PALETTE: readonly string[] = [
  ...['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'],
  ...['bright-black', 'bright-red', 'bright-green', 'bright-yellow'],
  ...['bright-blue', 'bright-magenta', 'bright-cyan', 'bright-white'],
];
const COLOR = `"#rrggbb" or one of ${PALETTE.join(', ')}`;

function isRole(key: string): key is ColorRole {
  return COLOR_ROLES.some((role) => role === key);
}

function groundOf(value: unknown, refuse: Refuse): Ground {
  const ground = GROUNDS.find((one) => one === value);
  return (
    ground ?? refuse('ground', 'a theme begins with ground = "dark" or "light", the background it is for')
  );
}

function namesOf(value: unknown, refuse: Refuse): readonly Shade[] {
  const problem = `names must be a list of 1 to ${MAX_NAMES} colours, each ${COLOR}`;
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_NAMES) return refuse('names', problem);
  return value.map((one) => colorOf(one) ?? refuse('names', problem));
}

/** A colour of the palette stays what the terminal makes of it. */
function colorOf(value: unknown): Shade | undefined {
  if (typeof value !== 'string') return undefined;
  if (PALETTE.includes(value)) return { hex: null, basic: inkName(value) };
  const rgb = parseHex(value);
  if (!rgb) return undefined;
  // Each part that stands out; on 16 colours nothing nearer can be said.
  const bits = rgb.map((part) => (part * 2 > Math.max(...rgb) ? 1 : 0));
  const at = (bits[0] ?? 0) + 2 * (bits[1] ?? 0) + 4 * (bits[2] ?? 0);
  return { hex: value, basic: inkName(PALETTE[Math.max(...rgb) < 48 ? 0 : at] ?? 'white') };
}

/** "bright-red" is Ink's "redBright". */
function inkName(name: string): string {
  return name.startsWith('bright-') ? `${name.slice('bright-'.length)}Bright` : name;
}

function unknownKey(key: string): string {
  const known = ['ground', 'names', ...COLOR_ROLES];
  const meant = nearest(key, known);
  const hint = meant ? `did you mean ${meant}?` : `a theme has ${known.join(', ')}`;
  return `there is no ${escapeControls(shortened(key, 80))} in a theme; ${hint}`;
}

/**
 * The colour schemes: what each piece of text looks like on a dark or light background. Pure data.
 *
 * Every colour has a contrast of 4.5 and more on the usual backgrounds of its ground, and in the schemes for colour-blind
 * people what is good, a warning and bad stays apart for them; tests say so. Nothing is told by colour alone.
 */

/** What the terminal's background is. */
export const GROUNDS = ['dark', 'light'] as const;
export type Ground = (typeof GROUNDS)[number];

export const COLOR_ROLES = ['dim', 'good', 'warning', 'bad', 'accent', 'code', 'link', 'mention'] as const;
export type ColorRole = (typeof COLOR_ROLES)[number];

/** One colour: exactly, and the nearest of the terminal's palette of 16, as Ink names them. */
export interface Shade {
  /** "#rrggbb", or null to take the palette's at any depth. */
  readonly hex: string | null;
  /** "" is the terminal's own foreground, dimmed. */
  readonly basic: string;
}

export interface Scheme {
  readonly ground: Ground;
  readonly colors: Readonly<Record<ColorRole, Shade>>;
  /** Colours that tell people apart. */
  readonly names: readonly Shade[];
}

/** Each shade as "#rrggbb basic". */
function scheme(
  ground: Ground,
  colors: Readonly<Record<ColorRole, string>>,
  names: readonly string[],
): Scheme {
  const shades = Object.fromEntries(COLOR_ROLES.map((role) => [role, shade(colors[role])]));
  return { ground, colors: shades as Record<ColorRole, Shade>, names: names.map(shade) };
}

function shade(text: string): Shade {
  const [hex = '', basic = ''] = text.split(' ');
  return { hex, basic };
}

const DARK = scheme(
  'dark',
  {
    dim: '#a2a2a2',
    good: '#7fd17f green',
    warning: '#e8c250 yellow',
    bad: '#ff8080 redBright',
    accent: '#5fc9d8 cyan',
    code: '#8fc7d6 cyan',
    link: '#82b1ff blueBright',
    mention: '#f2cc60 yellow',
  },
  [
    ...['#5fc9d8 cyan', '#d9a0e8 magenta', '#82b1ff blueBright', '#7fd17f green', '#e8c250 yellow'],
    ...['#ff9a76 redBright', '#f29ec4 magentaBright'],
  ],
);

const LIGHT = scheme(
  'light',
  {
    dim: '#5f5f5f',
    good: '#17691e green',
    warning: '#7a5200 magenta',
    bad: '#b3141a red',
    accent: '#00606e blue',
    code: '#20606c blue',
    link: '#1a4fb4 blue',
    mention: '#7d4a00 magenta',
  },
  [
    ...['#00606e cyan', '#86249a magenta', '#1a4fb4 blue', '#17691e green', '#7a5200 magenta'],
    ...['#a13400 red', '#a81a66 red'],
  ],
);

const HIGH_CONTRAST: Pair = {
  dark: scheme(
    'dark',
    {
      dim: '#d0d0d0 white',
      good: '#66ff66 greenBright',
      warning: '#ffff55 yellowBright',
      bad: '#ff9d9d redBright',
      accent: '#55ffff cyanBright',
      code: '#aef2ff cyanBright',
      link: '#9ecbff cyanBright',
      mention: '#ffff55 yellowBright',
    },
    [
      ...['#55ffff cyanBright', '#ffb3ff magentaBright', '#9ecbff cyan', '#66ff66 greenBright'],
      ...['#ffff55 yellowBright', '#ffb98a white'],
    ],
  ),
  light: scheme(
    'light',
    {
      dim: '#333333 black',
      good: '#004d00 green',
      warning: '#5c3d00 magenta',
      bad: '#8a0000 red',
      accent: '#00424d blue',
      code: '#00424d blue',
      link: '#002a8a blue',
      mention: '#5c2e00 magenta',
    },
    ['#00424d blue', '#5c006b magenta', '#002a8a blue', '#004d00 black', '#5c3d00 red', '#7a1c00 red'],
  ),
};

/** For deuteranopia and protanopia: after Okabe and Ito (2008), blue against yellow and orange. */
const RED_GREEN: Pair = {
  dark: scheme(
    'dark',
    {
      dim: '#a2a2a2',
      good: '#56b4e9 cyan',
      warning: '#f0e442 yellow',
      bad: '#ff7a45 redBright',
      accent: '#9ad7f5 cyan',
      code: '#b9d8e8 cyan',
      link: '#7cc4ff blueBright',
      mention: '#f0e442 yellow',
    },
    [
      ...['#84a8f4 blueBright', '#f7fd56 yellow', '#fcfee3 white', '#1db801 green'],
      ...['#87bec4 cyan', '#40be74 green'],
    ],
  ),
  light: scheme(
    'light',
    {
      dim: '#5f5f5f',
      good: '#1f50c8 blue',
      warning: '#6b5d00 black',
      bad: '#9a1060 magenta',
      accent: '#00507a blue',
      code: '#2d5a70 blue',
      link: '#0050a0 blue',
      mention: '#6b5d00 magenta',
    },
    [
      ...['#1617f5 blue', '#3c6f0d green', '#040b35 black', '#6f56bd magenta', '#25706f cyan'],
      ...['#201906 black'],
    ],
  ),
};

/** For tritanopia: green and cyan against red and pink. */
const BLUE_YELLOW: Pair = {
  dark: scheme(
    'dark',
    {
      dim: '#a2a2a2',
      good: '#4fd0a8 green',
      warning: '#ffc9d6 white',
      bad: '#ff7272 redBright',
      accent: '#7fe0d0 cyan',
      code: '#b5e3dc cyan',
      link: '#6fd3e8 cyan',
      mention: '#ffb0b0 redBright',
    },
    [
      ...['#dfe768 white', '#fe7d58 redBright', '#21f811 green', '#70a6dc cyan'],
      ...['#d28ca5 magenta', '#b8fdae greenBright'],
    ],
  ),
  light: scheme(
    'light',
    {
      dim: '#5f5f5f',
      good: '#00664d green',
      warning: '#7a1f52 magenta',
      bad: '#c00010 red',
      accent: '#005f66 blue',
      code: '#00585c blue',
      link: '#00607a blue',
      mention: '#a3003a red',
    },
    [
      ...['#041b1f black', '#cd0531 red', '#a80bcf magenta', '#560f02 red', '#6a6a06 green'],
      ...['#1248f0 blue'],
    ],
  ),
};

type Pair = Readonly<Record<Ground, Scheme>>;

/** By the names that ui.theme has. Those with one ground are for it; the others follow the terminal's. */
export const SCHEMES: Readonly<Record<string, Pair>> = {
  dark: { dark: DARK, light: DARK },
  light: { dark: LIGHT, light: LIGHT },
  'high-contrast': HIGH_CONTRAST,
  deuteranopia: RED_GREEN,
  tritanopia: BLUE_YELLOW,
};

/** What ui.theme may be without a file of one's own. */
export const THEME_NAMES: readonly string[] = ['auto', ...Object.keys(SCHEMES)];

/**
 * The scheme of a name; null for the terminal's own palette, which can be read on any background: of 'auto' while that is
 * not known.
 */
export function schemeFor(name: string, ground: Ground | null, own: Scheme | null): Scheme | null {
  if (name === 'auto') return ground === null ? null : (SCHEMES[ground]?.[ground] ?? null);
  return SCHEMES[name]?.[ground ?? 'dark'] ?? own;
}

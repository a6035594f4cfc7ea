/** The theme in force: what was chosen, what the terminal can show, and what it said of its background. Pure: time comes in. */
import { luminance, type Rgb } from './colors.ts';
import { type Ground, type Scheme, schemeFor } from './schemes.ts';
import type { TerminalLooks } from './terminal-looks.ts';
import { type Instead, makeTheme, type Theme } from './theme.ts';

/** An answer that comes so long after the first frame changes nothing: colours would change while one reads, ms. */
export const ANSWER_MS = 1000;
/** Half as bright as white looks (CIE L* 50). */
const LIGHT_FROM = 0.18;

export interface ThemeChoice {
  /** As ui.theme has it. */
  readonly name: string;
  /** The user's own theme of this name, if it is one. */
  readonly own: Scheme | null;
  /** Colours in place of the theme's: a name of the palette or "#rrggbb"; "" for the theme's. */
  readonly instead?: Instead;
}

export interface LooksOptions extends ThemeChoice {
  readonly ascii: boolean;
  readonly noColor: boolean;
  readonly terminal: TerminalLooks;
}

export class Looks {
  #options: LooksOptions;
  #choice: ThemeChoice;
  #ground: Ground | null;
  /** Until when the terminal's answer counts; undefined while none is expected. */
  #until: number | undefined;
  #theme: Theme;

  constructor(options: LooksOptions) {
    this.#options = options;
    this.#choice = options;
    this.#ground = options.terminal.ground;
    this.#theme = this.#make();
  }

  get theme(): Theme {
    return this.#theme;
  }

  /** Whether the terminal is to be asked for its background, now. */
  ask(): boolean {
    const { asks } = this.#options.terminal;
    if (asks) this.#until = Number.POSITIVE_INFINITY;
    return asks;
  }

  /** The first frame is on the screen; `now` in ms. What came while it was made is only heard now, so it counts. */
  drawn(now: number): void {
    if (this.#until !== undefined) this.#until = now + ANSWER_MS;
  }

  /** The terminal answered what was asked after that: it has passed over the question. */
  settled(): void {
    this.#until = undefined;
  }

  /** The terminal told its background. True if the theme is another one now. */
  answer(color: Rgb, now: number): boolean {
    if (this.#until === undefined || now > this.#until) return false;
    this.#until = undefined;
    const guessed = color.every((part) => part === 0) || color.every((part) => part === 255);
    if (this.#options.terminal.guesses && guessed) return false;
    this.#ground = luminance(color) >= LIGHT_FROM ? 'light' : 'dark';
    this.#theme = this.#make();
    return true;
  }

  /** Takes another theme, drawn with ASCII or not. */
  choose(choice: ThemeChoice, ascii = this.#options.ascii): void {
    this.#choice = choice;
    this.#options = { ...this.#options, ascii };
    this.#theme = this.#make();
  }

  #make(): Theme {
    const { ascii, noColor, terminal } = this.#options;
    const { name, own, instead } = this.#choice;
    const scheme = schemeFor(name, this.#ground, own);
    const { depth, fewGlyphs } = terminal;
    return makeTheme(ascii, noColor, { scheme, depth, fewGlyphs, ...(instead ? { instead } : {}) });
  }
}

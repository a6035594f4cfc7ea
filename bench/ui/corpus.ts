/** Made-up talk for measurements: words as common as words are (Zipf's law), the same in each run. */

/** Words of the vocabulary: what a person knows of a language. */
const VOCABULARY = 40_000;
/** Words of one message, on the average. */
const WORDS = 12;
const SYLLABLES = 'ka lo mi ren ta vu shi ber non dal eth ora pin gus wem'.split(' ');

export class Corpus {
  readonly words: readonly string[];
  #state: number;

  /** @param seed The same seed says the same. */
  constructor(seed: number) {
    this.#state = seed;
    this.words = Array.from({ length: VOCABULARY }, (_, rank) => spell(rank));
  }

  /** A sentence of 1 to 23 words. */
  sentence(): string {
    const length = 1 + Math.floor(this.random() * (2 * WORDS - 2));
    return Array.from({ length }, () => this.#word()).join(' ');
  }

  /** 0 up to, but not including, 1: a linear congruential generator, as good as it need be. */
  random(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }

  /** The word of rank r comes about 1/r as often as the first. */
  #word(): string {
    return this.words[Math.floor(VOCABULARY ** this.random()) - 1] ?? '';
  }
}

/** Every rank has a spelling of its own: its digits to the base of the syllables, after one that tells the length. */
function spell(rank: number): string {
  const base = SYLLABLES.length;
  let rest = rank;
  let word = SYLLABLES[rest % base] ?? '';
  for (rest = Math.floor(rest / base); rest > 0; rest = Math.floor(rest / base))
    word += SYLLABLES[rest % base];
  return word;
}

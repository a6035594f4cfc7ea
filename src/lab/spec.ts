/**
 * What a direction of a bad network does to packets, from and to text: "loss=10% burst=4 delay=80ms". Pure.
 *
 *     loss=10%       share of packets that vanish            reorder=2%     share that later packets overtake
 *     burst=4        mean length of a run of lost packets    duplicate=1%   share that arrives twice
 *     delay=80ms     one way, to every packet                corrupt=0.1%   share with one bit flipped
 *     jitter=20ms    and up to so much more, uniformly       rate=256kbit   payload bits a second
 *     block          nothing gets through                    queue=50ms     longest wait for the rate; then dropped
 */
import { VoiptermError } from '../errors.ts';

export interface Impairments {
  /** Shares, 0..1. */
  readonly loss: number;
  readonly reorder: number;
  readonly duplicate: number;
  readonly corrupt: number;
  /** Mean packets of a run of losses (Gilbert-Elliott); undefined: each packet is lost or not by itself. */
  readonly burst: number | undefined;
  /** ms. */
  readonly delay: number;
  readonly jitter: number;
  /** Bits of payload a second; undefined: as fast as it goes. */
  readonly rate: number | undefined;
  /** The longest that a packet waits for the rate, ms. Has no meaning without a rate. */
  readonly queue: number;
  readonly block: boolean;
}

/** A queue as deep as home routers have at least, ms, where a rate is given without one. */
const DEFAULT_QUEUE_MS = 100;
/** The longest delay, jitter and queue, ms: what is on its way is kept in memory. */
const MAX_MS = 10_000;
/** Bits a second: a datagram of 64 KiB still takes under ten minutes; faster than loopback means nothing. */
const MIN_RATE = 1000;
const MAX_RATE = 100e9;
/** Longer runs are `block`. */
const MAX_BURST = 10_000;
/** 0.9 / (1 - 0.9) is a little over 9. */
const ROUNDING = 1e-6;
/** No sensible text is longer. */
const MAX_SPEC_CHARS = 400;

export const CLEAR: Impairments = {
  loss: 0,
  reorder: 0,
  duplicate: 0,
  corrupt: 0,
  burst: undefined,
  delay: 0,
  jitter: 0,
  rate: undefined,
  queue: DEFAULT_QUEUE_MS,
  block: false,
};

const MS_OF_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000 };
const BITS_OF_UNIT: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** How each word's value is read. */
const WORDS = {
  loss: share,
  burst,
  delay: milliseconds,
  jitter: milliseconds,
  reorder: share,
  duplicate: share,
  corrupt: share,
  rate,
  queue: milliseconds,
} as const;
type Word = keyof typeof WORDS;
const WORD_LIST = `${Object.keys(WORDS).join(', ')} and block`;

/**
 * Reads a direction's text: words in any order with spaces or commas between them; none changes nothing.
 * @throws VoiptermError 'usage.invalid' with a sentence about the first word that makes no sense.
 */
export function parseImpairments(text: string): Impairments {
  if (text.length > MAX_SPEC_CHARS)
    throw invalid(`an impairment has at most ${MAX_SPEC_CHARS} characters; this one has ${text.length}`);
  const found: Partial<Record<keyof Impairments, number | boolean>> = {};
  for (const item of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const [word, value] = readItem(item);
    if (word in found) throw invalid(`${word} is given twice in ${JSON.stringify(text)}; give it once`);
    found[word] = value;
  }
  const impairments = { ...CLEAR, ...found } as Impairments;
  checkTogether(impairments, 'queue' in found);
  return impairments;
}

/** The shortest text that parseImpairments reads as these; '' for none. */
export function formatImpairments(impairments: Impairments): string {
  const { rate: bits, burst: length, queue } = impairments;
  const words = [
    ...(['loss', 'reorder', 'duplicate', 'corrupt'] as const)
      .filter((word) => impairments[word] > 0)
      .map((word) => `${word}=${Number((impairments[word] * 100).toPrecision(12))}%`),
    ...(['delay', 'jitter'] as const)
      .filter((word) => impairments[word] > 0)
      .map((word) => `${word}=${impairments[word]}ms`),
    ...(length === undefined ? [] : [`burst=${length}`]),
    ...(bits === undefined ? [] : [`rate=${formatRate(bits)}`]),
    ...(bits === undefined || queue === DEFAULT_QUEUE_MS ? [] : [`queue=${queue}ms`]),
    ...(impairments.block ? ['block'] : []),
  ];
  return words.join(' ');
}

/** Whether packets pass untouched and at once. */
export function isClear({
  loss,
  reorder,
  duplicate,
  corrupt,
  delay,
  jitter,
  rate,
  block,
}: Impairments): boolean {
  return loss + reorder + duplicate + corrupt + delay + jitter === 0 && rate === undefined && !block;
}

function readItem(item: string): [keyof Impairments, number | boolean] {
  const [word = '', value, ...more] = item.toLowerCase().split('=');
  if (word === 'block' && value === undefined) return ['block', true];
  if (!isWord(word)) throw invalid(`${quoted(item)} is no impairment; there are ${WORD_LIST}`);
  if (value === undefined || value === '' || more.length > 0)
    throw invalid(`${quoted(item)} needs a value, such as ${EXAMPLES[word]}`);
  return [word, WORDS[word](value, word)];
}

function isWord(word: string): word is Word {
  return Object.hasOwn(WORDS, word);
}

const EXAMPLES: Readonly<Record<Word, string>> = {
  loss: 'loss=10%',
  burst: 'burst=4',
  delay: 'delay=80ms',
  jitter: 'jitter=20ms',
  reorder: 'reorder=2%',
  duplicate: 'duplicate=1%',
  corrupt: 'corrupt=0.1%',
  rate: 'rate=256kbit',
  queue: 'queue=50ms',
};

function share(value: string, word: Word): number {
  const part = measured(value, { '%': 0.01 });
  if (part !== undefined && part <= 1) return part;
  throw invalid(
    `${word}=${shortened(value)} makes no sense: write a share from 0% to 100%, such as ${EXAMPLES[word]}`,
  );
}

function milliseconds(value: string, word: Word): number {
  const ms = measured(value, MS_OF_UNIT);
  if (ms !== undefined && ms <= MAX_MS) return ms;
  throw invalid(
    `${word}=${shortened(value)} makes no sense: write a time up to ${MAX_MS / 1000}s, such as ${EXAMPLES[word]}`,
  );
}

function rate(value: string): number {
  const bits = measured(value, BITS_OF_UNIT);
  if (bits !== undefined && bits >= MIN_RATE && bits <= MAX_RATE) return bits;
  throw invalid(
    `rate=${shortened(value)} makes no sense: write bits a second from 1kbit to 100gbit, such as ${EXAMPLES.rate} or rate=10mbit`,
  );
}

function burst(value: string): number {
  const packets = measured(value, { '': 1 });
  if (packets !== undefined && packets >= 1 && packets <= MAX_BURST) return packets;
  throw invalid(
    `burst=${shortened(value)} makes no sense: write the mean number of packets lost in a row, from 1 to ${MAX_BURST}, such as ${EXAMPLES.burst}`,
  );
}

/** A decimal number with one of these units, in the base unit. */
function measured(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits = '', unit = ''] = /^([0-9]{1,12}(?:\.[0-9]{1,9})?)([a-z%]*)$/.exec(value) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return digits === '' || factor === undefined
    ? undefined
    : Number((Number(digits) * factor).toPrecision(15));
}

/** What single words cannot tell. */
function checkTogether({ loss, burst: length, rate: bits }: Impairments, queueGiven: boolean): void {
  if (queueGiven && bits === undefined)
    throw invalid('queue is how long packets wait for a rate; give a rate too, such as rate=256kbit');
  if (length === undefined) return;
  if (loss === 0)
    throw invalid('burst is the length of runs of lost packets; give a loss too, such as loss=10%');
  // In a chain of good and bad packets the good ones come at least one at a time.
  const shortest = Math.ceil((loss / (1 - loss)) * 100 - ROUNDING) / 100;
  if (length >= shortest) return;
  throw invalid(
    loss === 1
      ? 'at loss=100% nothing arrives, in bursts or not; leave burst out'
      : `at ${formatImpairments({ ...CLEAR, loss })} packets are lost at least ${shortest} in a row; give a burst of that or more`,
  );
}

function formatRate(bits: number): string {
  const unit = (['gbit', 'mbit', 'kbit'] as const).find((name) => bits % (BITS_OF_UNIT[name] ?? 1) === 0);
  return unit ? `${bits / (BITS_OF_UNIT[unit] ?? 1)}${unit}` : `${bits}bit`;
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return text.slice(0, 40);
}

function invalid(sentence: string): VoiptermError {
  return new VoiptermError('usage.invalid', sentence);
}

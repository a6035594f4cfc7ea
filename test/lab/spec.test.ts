/** The text form of impairments. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLEAR, formatImpairments, type Impairments, isClear, parseImpairments } from '../../src/lab/spec.ts';

describe('impairments are read', () => {
  test.each<[string, Partial<Impairments>]>([
    ['', {}],
    ['  ', {}],
    ['loss=10%', { loss: 0.1 }],
    ['loss=10% burst=4', { loss: 0.1, burst: 4 }],
    ['burst=1.5,loss=0.5%', { loss: 0.005, burst: 1.5 }],
    ['delay=80ms jitter=20ms', { delay: 80, jitter: 20 }],
    ['delay=1.5s', { delay: 1500 }],
    ['reorder=2% duplicate=1% corrupt=0.1%', { reorder: 0.02, duplicate: 0.01, corrupt: 0.001 }],
    ['rate=256kbit', { rate: 256_000 }],
    ['rate=1.5mbit queue=50ms', { rate: 1_500_000, queue: 50 }],
    ['rate=1gbit', { rate: 1e9 }],
    ['rate=9600bit queue=0ms', { rate: 9600, queue: 0 }],
    ['LOSS=5% Block', { loss: 0.05, block: true }],
  ])('%j', (text, expected) => {
    expect(parseImpairments(text)).toEqual({ ...CLEAR, ...expected });
  });

  test('from what they are written as', () => {
    const share = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
    const ms = fc.integer({ min: 0, max: 10_000 });
    const rate = fc.option(fc.integer({ min: 1000, max: 2_000_000 }), { nil: undefined });
    const any = fc
      .record({
        loss: fc.integer({ min: 0, max: 900 }).map((n) => n / 1000),
        reorder: share,
        duplicate: share,
        corrupt: share,
        burst: fc.option(fc.integer({ min: 9, max: 10_000 }), { nil: undefined }),
        delay: ms,
        jitter: ms,
        rate,
        queue: ms,
        block: fc.boolean(),
      })
      .map((one) => ({
        ...one,
        burst: one.loss === 0 ? undefined : one.burst,
        queue: one.rate === undefined ? CLEAR.queue : one.queue,
      }));
    fc.assert(
      fc.property(any, (impairments) => {
        const again = parseImpairments(formatImpairments(impairments));
        expect(again).toEqual(impairments);
        expect(isClear(again)).toBe(formatImpairments(impairments) === '');
      }),
      { seed: 20 },
    );
  });
});

describe('a sentence says what is wrong with', () => {
  test.each([
    ['lose=10%', /"lose=10%" is no impairment; there are loss, burst, .* queue and block/],
    ['loss', /"loss" needs a value, such as loss=10%/],
    ['loss=', /needs a value/],
    ['loss=1=2', /needs a value/],
    ['loss=10', /loss=10 makes no sense: write a share from 0% to 100%/],
    ['loss=101%', /from 0% to 100%/],
    ['loss=-1%', /from 0% to 100%/],
    ['loss=1e1%', /from 0% to 100%/],
    ['delay=80', /delay=80 makes no sense: write a time up to 10s, such as delay=80ms/],
    ['jitter=11s', /write a time up to 10s/],
    ['rate=10', /rate=10 makes no sense: write bits a second/],
    ['rate=10bit', /from 1kbit to 100gbit/],
    ['rate=constructor', /from 1kbit/],
    ['rate=101gbit', /from 1kbit/],
    ['burst=0 loss=1%', /mean number of packets lost in a row/],
    ['queue=50ms', /queue is how long packets wait for a rate; give a rate too/],
    ['burst=4', /give a loss too/],
    ['loss=80% burst=2', /at loss=80% packets are lost at least 4 in a row/],
    ['loss=100% burst=2', /nothing arrives, in bursts or not/],
    ['loss=1% loss=2%', /loss is given twice/],
    ['block=1', /"block=1" is no impairment/],
    ['toString=1', /is no impairment/],
    ['x'.repeat(1000), /at most 400 characters/],
  ])('%j', (text, sentence) => {
    expect(() => parseImpairments(text)).toThrow(
      expect.objectContaining({ code: 'usage.invalid', message: expect.stringMatching(sentence) }),
    );
  });

  test('anything else: it is read or refused, never a fault', () => {
    const words = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom('loss=', 'rate=5', '%', 'ms', ' ', 'block', 'burst=2', 'loss=9%'),
      ),
    );
    fc.assert(
      fc.property(words, (parts) => {
        try {
          parseImpairments(parts.join(''));
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage.invalid' });
        }
      }),
      { seed: 21, numRuns: 500 },
    );
  });
});

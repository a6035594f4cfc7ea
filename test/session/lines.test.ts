import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type MessageLine,
  quoteOf,
  withChange,
  withLine,
  withMessages,
  withOlder,
} from '../../src/session/lines.ts';
import { type Line, MAX_LINES } from '../../src/session/state.ts';

const message = (id: string, seq: number | null): Extract<Line, { kind: 'message' }> => ({
  kind: 'message',
  id,
  seq,
  from: 'ann',
  at: 0,
  text: id,
  state: seq === null ? 'pending' : 'sent',
});
const notice = (id: string): Line => ({ kind: 'notice', id, at: 0, text: id });
const ids = (lines: readonly Line[]): string => lines.map((line) => line.id).join(' ');

describe('lines of a room', () => {
  it('puts messages in the order of their seq however they come', () => {
    const seqs = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 });
    fc.assert(
      fc.property(seqs, (seqs) => {
        const lines = withMessages(
          [],
          seqs.map((seq) => message(`m${seq}`, seq)),
        );
        expect(lines.map((l) => (l.kind === 'message' ? l.seq : 0))).toEqual([...seqs].sort((a, b) => a - b));
      }),
    );
  });

  it('shows a message once, however often it is heard', () => {
    const once = withLine([], message('a', 1));
    expect(withLine(once, message('a', 1))).toEqual(once);
  });

  it('keeps waiting messages last and gives an acknowledged one its place', () => {
    let lines: Line[] = [message('a', 1)];
    for (const line of [message('p', null), message('q', null), message('b', 2), notice('n')])
      lines = withLine(lines, line);
    expect(ids(lines)).toBe('a b n p q');
    expect(ids(withLine(lines, message('p', 3)))).toBe('a b n p q');
    expect(ids(withLine(lines, message('q', 3)))).toBe('a b n q p');
  });

  it('leaves notices where they happened', () => {
    let lines: Line[] = [message('a', 1), notice('n')];
    lines = withLine(lines, message('b', 5));
    expect(ids(lines)).toBe('a n b');
    expect(ids(withLine(lines, message('c', 4)))).toBe('a n c b');
  });

  it('holds no more than the bound', () => {
    const all = Array.from({ length: MAX_LINES + 50 }, (_, n) => message(`m${n}`, n + 1));
    const lines = withMessages([], all);
    expect(lines.length).toBe(MAX_LINES);
    expect(lines[0]?.id).toBe('m50');
  });

  it('gives way to the older ones when one goes back', () => {
    const all = Array.from({ length: MAX_LINES }, (_, n) => message(`m${n + 51}`, n + 51));
    const page = Array.from({ length: 50 }, (_, n) => message(`m${n + 1}`, n + 1));
    const lines = withOlder(withMessages([], all), page);
    expect([lines.length, lines[0]?.id, lines.at(-1)?.id]).toEqual([MAX_LINES, 'm1', `m${MAX_LINES}`]);
  });

  it('keeps a refused message where it was said, before what waits', () => {
    const waiting = [message('p', null), message('q', null)];
    const refused: Line = { ...message('p', null), state: 'refused' };
    const lines = withLine(withLine([message('a', 1), ...waiting], refused), message('b', 2));
    expect(ids(lines)).toBe('a p b q');
  });

  it('takes the later of two versions, whichever comes first, and quotes what is there now', () => {
    const edited: MessageLine = { ...message('a', 1), text: 'new', edited: 9, revision: 2 };
    const old: MessageLine = { ...message('a', 1), key: 'KA' };
    const answer: MessageLine = { ...message('b', 2), replyTo: 1, quote: { from: 'ann', text: 'a' } };
    for (const versions of [
      [old, edited],
      [edited, old],
    ]) {
      const lines = withMessages([answer], versions);
      expect(lines[0]).toMatchObject({ text: 'new', revision: 2 });
      expect(quoteOf(lines, answer)).toEqual({ from: 'ann', text: 'new' });
    }
    const gone = withChange([old, answer], { ...old, text: '', deleted: true, revision: 3 });
    expect(gone[0]).toMatchObject({ deleted: true, text: '', key: 'KA' });
    expect(gone[1]).toMatchObject({ quote: { from: 'ann', text: '' } });
    expect(withChange(gone, edited)[0]).toBe(gone[0]);
    expect(quoteOf([], answer)).toEqual({ from: 'ann', text: 'a' });
    expect(quoteOf([], message('c', 3))).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withLine, withMessages } from '../../src/session/lines.ts';
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
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isAlive,
  MAX_PARKED,
  PARKED_MS,
  PARKED_SILENCE_MS,
  type Seat,
  Seats,
} from '../../src/station/seats.ts';

const seatOf = (id: number, more: Partial<Seat> = {}): Seat => ({
  id,
  name: 'ann',
  fingerprint: 'SHA256:a',
  token: Buffer.alloc(16, id),
  ...more,
});

class Holder {
  lines: string[] = [];
  lost = 0;
  send(line: string): void {
    this.lines.push(line);
  }
  taken(): void {
    this.lost += 1;
  }
}

describe('seats', () => {
  test('keep a parked member, drop lines to it, and give the seat back', () => {
    const seats = new Seats();
    const [first, second] = [new Holder(), new Holder()];
    seats.take(seatOf(1), first);
    seats.send(1, 'a');
    expect(seats.park(1, 0)).toBe(true);
    seats.send(1, 'b');
    expect(seats.parked).toBe(1);
    expect(seats.resume(seatOf(1), second)).toBe(true);
    seats.send(1, 'c');
    expect([first.lines, second.lines, first.lost, seats.parked]).toEqual([['a'], ['c'], 0, 0]);
  });

  test('let the newer connection take a seat that is held, and say so to the older', () => {
    const seats = new Seats();
    const [first, second] = [new Holder(), new Holder()];
    seats.take(seatOf(1), first);
    expect(seats.resume(seatOf(1), second)).toBe(true);
    expect([first.lost, second.lost, seats.parked]).toEqual([1, 0, 0]);
  });

  test.each([
    ['another token', { token: Buffer.alloc(16, 9) }],
    ['a shorter token', { token: Buffer.alloc(15, 1) }],
    ['no token', { token: Buffer.alloc(0) }],
    ['another key', { fingerprint: 'SHA256:b' }],
    ['another name', { name: 'Ann' }],
    ['another member', { id: 2 }],
  ])('refuse %s', (_, wrong) => {
    const seats = new Seats();
    const holder = new Holder();
    seats.take(seatOf(1), holder);
    expect(seats.resume(seatOf(1, wrong), new Holder())).toBe(false);
    expect(holder.lost).toBe(0);
  });

  test('expire by silence, by time, and without a datagram session', () => {
    const seats = new Seats();
    for (const id of [1, 2, 3, 4]) seats.take(seatOf(id), new Holder());
    for (const id of [1, 2, 3]) seats.park(id, 1000);
    const heard = new Map([
      [1, PARKED_SILENCE_MS - 1],
      [2, PARKED_SILENCE_MS],
    ]);
    const silence = (id: number): number | null => heard.get(id) ?? null;
    expect(seats.expired(1000, silence)).toEqual([2, 3]);
    expect(seats.expired(1000 + PARKED_MS, silence)).toEqual([1, 2, 3]);
    expect(isAlive(null)).toBe(false);
  });

  test('are bounded', () => {
    const seats = new Seats();
    for (let id = 0; id <= MAX_PARKED; id++) seats.take(seatOf(id), new Holder());
    for (let id = 0; id < MAX_PARKED; id++) expect(seats.park(id, 0)).toBe(true);
    expect(seats.park(MAX_PARKED, 0)).toBe(false);
    expect(seats.leave(0)).toBe(true);
    expect(seats.park(MAX_PARKED, 0)).toBe(true);
  });

  test('count what is parked, whatever happens in whatever order', () => {
    const id = fc.integer({ min: 1, max: 4 });
    const action = fc.tuple(
      fc.constantFrom('take' as const, 'park' as const, 'resume' as const, 'leave' as const),
      id,
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const seats = new Seats();
        const held = new Map<number, boolean>();
        const acts = {
          take: (who: number) => {
            if (held.has(who)) return;
            seats.take(seatOf(who), new Holder());
            held.set(who, true);
          },
          park: (who: number) => {
            expect(seats.park(who, 0)).toBe(held.get(who) === true);
            if (held.has(who)) held.set(who, false);
          },
          resume: (who: number) => {
            expect(seats.resume(seatOf(who), new Holder())).toBe(held.has(who));
            if (held.has(who)) held.set(who, true);
          },
          leave: (who: number) => {
            expect(seats.leave(who)).toBe(held.delete(who));
          },
        };
        for (const [what, who] of actions) acts[what](who);
        expect(seats.size).toBe(held.size);
        expect(seats.parked).toBe([...held.values()].filter((holds) => !holds).length);
      }),
      { seed: 31 },
    );
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { type Ack, Outbox, type Post } from '../../src/session/outbox.ts';

const post = (id: string): Post => ({ id, room: 'lobby', text: id });

/** A station that answers when the test says so. */
class FakeStation {
  sent: string[] = [];
  acknowledged: string[] = [];
  refused: string[] = [];
  delayed = 0;
  #answers = new Map<string, (result: Ack | VoiptermError) => void>();
  readonly outbox = new Outbox({
    send: (p) =>
      new Promise((resolve, reject) => {
        this.sent.push(p.id);
        this.#answers.set(p.id, (result) => (result instanceof Error ? reject(result) : resolve(result)));
      }),
    onAcknowledged: (p) => this.acknowledged.push(p.id),
    onRefused: (p) => this.refused.push(p.id),
    onDelayed: () => {
      this.delayed += 1;
    },
  });

  async answer(id: string, result: Ack | VoiptermError = { seq: 1, at: 1 }): Promise<void> {
    this.#answers.get(id)!(result);
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe('outbox', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('sends in order once the link is up, and forgets only what is acknowledged', async () => {
    const station = new FakeStation();
    station.outbox.add(post('a'));
    station.outbox.add(post('b'));
    expect(station.sent).toEqual([]);
    station.outbox.up();
    expect(station.sent).toEqual(['a', 'b']);
    await station.answer('a');
    expect(station.acknowledged).toEqual(['a']);
    expect(station.outbox.pending.map((p) => p.id)).toEqual(['b']);
  });

  it('resends under the same id after the link broke', async () => {
    const station = new FakeStation();
    station.outbox.up();
    station.outbox.add(post('a'));
    station.outbox.down();
    await station.answer('a', new VoiptermError('control.unreachable', 'lost'));
    expect(station.outbox.pending).toHaveLength(1);
    station.outbox.up();
    expect(station.sent).toEqual(['a', 'a']);
    await station.answer('a');
    expect(station.acknowledged).toEqual(['a']);
  });

  it('tries again later what the station could not take, and says so once', async () => {
    const station = new FakeStation();
    station.outbox.up();
    station.outbox.add(post('a'));
    for (let attempt = 1; attempt <= 3; attempt++) {
      await station.answer('a', new VoiptermError('control.storage', 'disk full'));
      expect(station.sent).toHaveLength(attempt);
      await vi.advanceTimersByTimeAsync(1000);
      expect(station.sent).toHaveLength(attempt + 1);
    }
    expect(station.delayed).toBe(1);
    await station.answer('a');
    expect(station.outbox.pending).toHaveLength(0);
  });

  it('sends nothing between what it must send again', async () => {
    const station = new FakeStation();
    station.outbox.up();
    for (const id of ['a', 'b', 'c']) station.outbox.add(post(id));
    await station.answer('a', new VoiptermError('control.limit', 'too much'));
    station.outbox.add(post('d'));
    // 'c' is still on its way: whether it will be refused too is not known yet.
    await station.answer('b', new VoiptermError('control.limit', 'too much'));
    await vi.advanceTimersByTimeAsync(5000);
    expect(station.sent).toEqual(['a', 'b', 'c']);
    await station.answer('c', new VoiptermError('control.limit', 'too much'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(station.sent).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'd']);
  });

  it('gives up what the station will never take', async () => {
    const station = new FakeStation();
    station.outbox.up();
    station.outbox.add(post('a'));
    await station.answer('a', new VoiptermError('control.invalid-params', 'too long'));
    expect(station.refused).toEqual(['a']);
    expect(station.outbox.pending).toHaveLength(0);
  });

  it('keeps a bounded number in flight', async () => {
    const station = new FakeStation();
    station.outbox.up();
    for (let n = 0; n < 100; n++) station.outbox.add(post(`p${n}`));
    expect(station.sent).toHaveLength(16);
    await station.answer('p0');
    expect(station.sent).toHaveLength(17);
  });

  it('takes an id once', () => {
    const station = new FakeStation();
    station.outbox.up();
    station.outbox.add(post('a'));
    station.outbox.add(post('a'));
    expect(station.sent).toEqual(['a']);
  });
});

/** One guest between its channel, its member and the thread that draws. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Bridge, type BridgeThread } from '../../src/guest/bridge.ts';
import type { ControlListener } from '../../src/station/ssh-connection.ts';

class Channel {
  readonly written: string[] = [];
  readonly errors: string[] = [];
  paused = false;
  status: number | undefined;
  readonly taken: (() => void)[] = [];

  write(bytes: Uint8Array, taken: () => void): void {
    this.written.push(Buffer.from(bytes).toString());
    this.taken.push(taken);
  }
  writeError(text: string): void {
    this.errors.push(text);
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  end(status: number): void {
    this.status = status;
  }
}

/** Answers when it is told to. */
class Thread implements BridgeThread {
  readonly calls: unknown[][] = [];
  readonly #waiting: (() => void)[] = [];

  typed = (bytes: Uint8Array | null) => this.#later('typed', bytes?.length ?? null);
  resized = (size: unknown) => this.#later('resized', size);
  signalled = (name: string): void => void this.calls.push(['signalled', name]);
  taken = (bytes: number): void => void this.calls.push(['taken', bytes]);
  dismiss = (): void => void this.calls.push(['dismiss']);
  gone = (): void => void this.calls.push(['gone']);

  async answer(): Promise<void> {
    for (const answer of this.#waiting.splice(0)) answer();
    await turn();
  }

  named(name: string): unknown[] {
    return this.calls.filter(([called]) => called === name).map(([, value]) => value);
  }

  #later(...call: unknown[]): Promise<unknown> {
    this.calls.push(call);
    return new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
  }
}

function make(hasScreen = true) {
  const channel = new Channel();
  const thread = new Thread();
  const onEnded = vi.fn();
  const member = { line: vi.fn(), datagrams: vi.fn(), notice: vi.fn(), closed: vi.fn() };
  const bridge = new Bridge(channel, thread, hasScreen, onEnded);
  bridge.become(member as unknown as ControlListener);
  return { channel, thread, onEnded, member, bridge };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('a flood of keys waits at the channel until the thread took it', async () => {
  const { bridge, channel, thread } = make();
  bridge.typed(Buffer.alloc(10_000));
  expect(channel.paused).toBe(false);
  bridge.typed(Buffer.alloc(10_000));
  expect(channel.paused).toBe(true);
  await thread.answer();
  expect(channel.paused).toBe(false);
  expect(thread.named('typed')).toEqual([10_000, 10_000]);
});

test('of a flood of sizes the first and the last go on', async () => {
  const { bridge, thread } = make();
  for (let columns = 40; columns < 100; columns++) bridge.resized({ columns, rows: 24 });
  for (let answers = 0; answers < 3; answers++) await thread.answer();
  expect(thread.named('resized')).toEqual([
    { columns: 40, rows: 24 },
    { columns: 99, rows: 24 },
  ]);
});

test('what the peer took is told to the thread, and no more once it is over', () => {
  const { bridge, channel, thread } = make();
  bridge.output(Buffer.from('frame'));
  channel.taken[0]?.();
  expect(thread.named('taken')).toEqual([5]);
  bridge.output(Buffer.from('last'));
  bridge.ended(0);
  channel.taken[1]?.();
  expect(thread.named('taken')).toEqual([5]);
});

test('the member leaves with the guest, whoever ends it', () => {
  const byThread = make();
  byThread.bridge.ended(3);
  expect(byThread.channel.status).toBe(3);
  const byPeer = make();
  byPeer.bridge.gone();
  expect(byPeer.thread.named('gone')).toHaveLength(1);
  for (const { bridge, member, onEnded } of [byThread, byPeer]) {
    bridge.gone();
    bridge.ended(0);
    bridge.line('late');
    expect(member.closed).toHaveBeenCalledTimes(1);
    expect(member.line).not.toHaveBeenCalled();
    expect(onEnded).toHaveBeenCalledTimes(1);
  }
});

test('a dismissal is over when the peer has read all', async () => {
  const { bridge, thread } = make();
  const over = vi.fn();
  const dismissed = bridge.dismiss().then(over);
  expect(thread.named('dismiss')).toHaveLength(1);
  bridge.ended(0);
  await turn();
  expect(over).not.toHaveBeenCalled();
  bridge.gone();
  await dismissed;
});

test('where the thread stands still the screen is given back without it', async () => {
  const { bridge, channel } = make();
  const dismissed = bridge.dismiss();
  vi.advanceTimersByTime(500);
  expect(channel.written.join('')).toContain('\x1b[?1049l');
  expect(channel.errors).toEqual(['The station closed the connection.\r\n']);
  expect(channel.status).toBe(1);
  vi.advanceTimersByTime(300);
  await dismissed;
});

test('where there is no screen nothing is written to one', () => {
  const { bridge, channel } = make(false);
  bridge.cut('Gone.');
  expect(channel.written).toEqual([]);
  expect(channel.errors).toEqual(['Gone.\r\n']);
});

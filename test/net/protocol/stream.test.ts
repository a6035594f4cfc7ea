/** Packets in a byte stream: frames, what waits for how long, and how much is under way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHANNEL,
  type Channel,
  MAX_PACKET_BYTES,
  MIN_PACKET_BYTES,
} from '../../../src/net/protocol/constants.ts';
import { encodeAck, encodeFrame, encodeMark, FrameDecoder } from '../../../src/net/protocol/stream-frames.ts';
import { LONGEST_WAIT_MS, StreamQueue } from '../../../src/net/protocol/stream-queue.ts';

describe('stream frames', () => {
  it('have the documented bytes', () => {
    expect(Buffer.from(encodeFrame(Uint8Array.of(1, 2, 3))).toString('hex')).toBe('0003010203');
    expect(Buffer.from(encodeAck(0x1_0203_0405)).toString('hex')).toBe('000002030405');
  });

  it('come out as they went in, however the stream is cut', () => {
    const packets = fc.array(fc.uint8Array({ minLength: MIN_PACKET_BYTES, maxLength: MAX_PACKET_BYTES }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(packets, fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (packets, cuts) => {
        const stream = Buffer.concat(
          packets.flatMap((packet) => [encodeFrame(packet), encodeAck(packet.length)]),
        );
        const heard: number[][] = [];
        const acks: number[] = [];
        const decoder = new FrameDecoder();
        for (let at = 0, n = 0; at < stream.length; n++) {
          const end = at + cuts[n % cuts.length]!;
          const good = decoder.push(stream.subarray(at, end), {
            packet: (packet) => heard.push([...packet]),
            acked: (received) => acks.push(received),
          });
          expect(good).toBe(true);
          at = end;
        }
        expect(heard).toEqual(packets.map((packet) => [...packet]));
        expect(acks).toEqual(packets.map(({ length }) => length));
        expect(decoder.received).toBe(packets.reduce((sum, { length }) => sum + length + 2, 0));
      }),
    );
  });

  it('take a mark for what is acknowledged and is no packet', () => {
    const decoder = new FrameDecoder();
    const never = (): void => expect.unreachable();
    expect(Buffer.from(encodeMark()).toString('hex')).toBe('000100');
    expect(decoder.push(encodeMark(), { packet: never, acked: never })).toBe(true);
    expect(decoder.received).toBe(encodeMark().length);
  });

  it('refuse a length that no packet has, and never throw', () => {
    const take = { packet: () => undefined, acked: () => undefined };
    expect(new FrameDecoder().push(Uint8Array.of(0xff, 0xff, 1), take)).toBe(false);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 4000 })), (chunks) => {
        const decoder = new FrameDecoder();
        for (const chunk of chunks) if (!decoder.push(chunk, take)) break;
      }),
    );
  });
});

/** A queue before a TCP path of a rate and a round trip, with an unbounded buffer as the kernel's. */
class Path {
  readonly queue = new StreamQueue();
  readonly arrived: Array<{ channel: number; ageMs: number }> = [];
  now = 0;
  worstBacklogMs = 0;
  #clearAt = 0;
  #events: Array<{ at: number; run: () => void }> = [];
  #received = 0;
  readonly #bytesPerMs: number;
  readonly #rttMs: number;

  constructor(bytesPerMs: number, rttMs: number) {
    this.#bytesPerMs = bytesPerMs;
    this.#rttMs = rttMs;
  }

  /** Nothing passes for a while, as when TCP waits for a retransmission. */
  stall(ms: number): void {
    this.#clearAt = Math.max(this.#clearAt, this.now) + ms;
  }

  push(channel: Channel, bytes: number): void {
    const packet = new Uint8Array(bytes);
    packet[0] = channel;
    new DataView(packet.buffer).setFloat64(1, this.now);
    this.queue.push(packet, channel, this.now);
    this.#flush();
  }

  run(until: number): void {
    for (;;) {
      this.#events.sort((a, b) => a.at - b.at);
      const next = this.#events[0];
      if (!next || next.at > until) break;
      this.#events.shift();
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }

  #flush(): void {
    for (let packet = this.queue.next(this.now); packet; packet = this.queue.next(this.now))
      this.#send(packet);
  }

  #send(packet: Uint8Array): void {
    const bytes = packet.length + 2;
    const start = Math.max(this.now, this.#clearAt);
    this.#clearAt = start + bytes / this.#bytesPerMs;
    this.worstBacklogMs = Math.max(this.worstBacklogMs, start - this.now);
    const at = this.#clearAt + this.#rttMs / 2;
    const since = new DataView(packet.buffer, packet.byteOffset).getFloat64(1);
    this.#events.push({
      at,
      run: () => {
        this.arrived.push({ channel: packet[0]!, ageMs: at - since });
        this.#received += bytes;
        const received = this.#received;
        this.#events.push({
          at: at + this.#rttMs / 2,
          run: () => {
            this.queue.window.acknowledged(received, this.now);
            this.#flush();
          },
        });
      },
    });
  }
}

describe('the stream queue', () => {
  it.each([
    [16, 80],
    [20, 20],
    [40, 200],
    [1000, 1],
  ])(
    'keeps voice fresh beside a forward that wants more than the path of %i bytes/ms and %i ms carries',
    (rate, rtt) => {
      const path = new Path(rate, rtt);
      for (let ms = 0; ms < 20_000; ms++) {
        if (ms % 20 === 0) path.push(CHANNEL.voice, 130);
        // twice what passes
        for (let bytes = rate * 2; bytes > 0; bytes -= 1230) {
          if (bytes >= 1230 || ms % Math.ceil(1230 / (rate * 2)) === 0) path.push(CHANNEL.forward, 1230);
        }
        path.run(ms + 1);
      }
      const voice = path.arrived.filter(({ channel }) => channel === CHANNEL.voice);
      const forward = path.arrived.filter(({ channel }) => channel === CHANNEL.forward);
      expect(voice.length).toBeGreaterThan(980);
      const settled = voice.slice(50).map(({ ageMs }) => ageMs);
      expect(Math.max(...settled)).toBeLessThan(rtt / 2 + LONGEST_WAIT_MS + 3072 / rate + 1800 / rate);
      expect(Math.max(...forward.map(({ ageMs }) => ageMs))).toBeLessThan(
        rtt + 2 * LONGEST_WAIT_MS + 4400 / rate,
      );
      // The path is used: what priority and freshness cost is little.
      const carried = (forward.length * 1232 + voice.length * 132) / 20_000;
      expect(carried).toBeGreaterThan(rate * 0.85);
      expect(path.queue.dropped.voice).toBeLessThan(10);
      expect(path.queue.dropped.forward).toBeGreaterThan(0);
    },
  );

  it('drops old voice while the path stands still, and sends new voice after it', () => {
    const path = new Path(20, 50);
    for (let ms = 0; ms < 5000; ms += 20) {
      if (ms === 2000) path.stall(1000);
      path.push(CHANNEL.voice, 130);
      path.run(ms + 20);
    }
    path.run(8000);
    expect(path.queue.dropped.voice).toBeGreaterThan(5);
    const late = path.arrived.slice(-50).map(({ ageMs }) => ageMs);
    expect(Math.max(...late)).toBeLessThan(100);
  });

  it('serves strictly by class and counts what it drops by class', () => {
    const queue = new StreamQueue();
    const order = [CHANNEL.ip, CHANNEL.forward, CHANNEL.probe, CHANNEL.voice];
    for (const channel of order) queue.push(Uint8Array.of(channel), channel, 0);
    const served = order.map(() => queue.next(0)?.[0]);
    expect(served).toEqual([CHANNEL.voice, CHANNEL.probe, CHANNEL.forward, CHANNEL.ip]);
    for (const channel of order) queue.push(Uint8Array.of(channel), channel, 10);
    expect(queue.next(10 + LONGEST_WAIT_MS + 1)).toBeUndefined();
    expect(queue.dropped).toEqual({ voice: 1, control: 1, forward: 1, bulk: 1 });
  });

  it('holds a bounded number of bytes', () => {
    const queue = new StreamQueue();
    for (let n = 0; n < 10_000; n++) queue.push(new Uint8Array(1400), CHANNEL.forward, 0);
    expect(queue.dropped.forward).toBeGreaterThan(9700);
  });

  it('ignores an acknowledgement of what was never sent', () => {
    const queue = new StreamQueue();
    queue.push(new Uint8Array(100), CHANNEL.voice, 0);
    queue.next(0);
    queue.window.acknowledged(5000, 1);
    expect(queue.window.underWay).toBe(102);
    queue.window.acknowledged(102, 2);
    expect(queue.window.underWay).toBe(0);
  });
});

/** The gate before forwarded TCP, and streams that write by it: what may go, in which turns, and that nobody waits for ever. */
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { encodeMark } from '../../../src/net/protocol/stream-frames.ts';
import { BulkGate } from '../../../src/net/tunnel/bulk-gate.ts';
import { GatedStream } from '../../../src/net/tunnel/gated-stream.ts';
import { eventually } from '../forward/sockets.ts';

/** A gate whose marks are written and not acknowledged until it is told. */
class Marked {
  readonly gate = new BulkGate();
  #written = 0;

  attach(): void {
    this.gate.attach(() => {
      this.#written += encodeMark().length;
      this.gate.streamWrote(encodeMark().length);
    });
  }

  /** Everything written so far has arrived. */
  acknowledge(): void {
    this.gate.acknowledged(this.#written);
  }
}

/** A stream by the gate, and what comes out at its far end. */
function gatedStream(gate: BulkGate): { stream: GatedStream; far: Duplex; heard: () => string } {
  const [near, far] = duplexPair();
  let heard = '';
  far.on('data', (bytes: Buffer) => {
    heard += bytes.toString();
  });
  return { stream: new GatedStream(near, gate), far, heard: () => heard };
}

const LONG = 'x'.repeat(200_000);

test('it is told when a forward had to wait beside a stream', async () => {
  const stock = gatedStream(new BulkGate());
  stock.stream.end(LONG);
  await eventually('all of it', () => stock.heard() === LONG);
  expect(stock.stream.writableLength).toBe(0);
  const marked = new Marked();
  expect(marked.gate.keptBackAt).toBe(Number.NEGATIVE_INFINITY);
  marked.attach();
  const before = performance.now();
  gatedStream(marked.gate).stream.end(LONG);
  await eventually('the gate is closed', () => marked.gate.keptBackAt >= before);
});

test('without a stream for datagrams everything goes; while one is awaited nothing does', async () => {
  const stock = gatedStream(new BulkGate());
  stock.stream.end(LONG);
  await eventually('all of it', () => stock.heard() === LONG);
  const gate = new BulkGate(true);
  const early = gatedStream(gate);
  early.stream.end('early');
  expect(gate.room).toBe(0);
  gate.open();
  await eventually('what waited', () => early.heard() === 'early');
});

test('more goes only after acknowledgements, all who wait get their turns, and ends come after what was written', async () => {
  const wire = new Marked();
  wire.attach();
  const streams = [gatedStream(wire.gate), gatedStream(wire.gate), gatedStream(wire.gate)];
  let ended = 0;
  for (const { stream, far } of streams) {
    far.on('end', () => (ended += 1));
    stream.end(LONG);
  }
  await eventually('the first bytes', () => streams[0]!.heard().length > 0);
  expect(wire.gate.room).toBe(0);
  const before = streams.map(({ heard }) => heard().length);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(streams.map(({ heard }) => heard().length)).toEqual(before);
  for (let n = 0; n < 3; n++) {
    wire.acknowledge();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually('a turn for each', () => streams.every(({ heard }) => heard().length > 0));
  await eventually('all of it', () => {
    wire.acknowledge();
    return streams.every(({ heard }) => heard().length === LONG.length) && ended === 3;
  });
});

test('who waits goes on when the stream for datagrams ends, and is let go when its own channel ends', async () => {
  const wire = new Marked();
  wire.attach();
  const [first, second] = [gatedStream(wire.gate), gatedStream(wire.gate)];
  first.stream.write(LONG);
  second.stream.write(LONG);
  await eventually('the first bytes', () => first.heard().length > 0);
  const closed = once(second.stream, 'close');
  second.far.destroy();
  second.stream.destroy();
  await closed;
  wire.gate.open();
  await eventually('all of the first', () => first.heard() === LONG);
});

test('what comes the other way is not held, and half-close goes through', async () => {
  const wire = new Marked();
  wire.attach();
  const { stream, far, heard } = gatedStream(wire.gate);
  let answer = '';
  stream.on('data', (bytes: Buffer) => {
    answer += bytes.toString();
  });
  far.end('an answer');
  await once(stream, 'end');
  expect(answer).toBe('an answer');
  stream.end('said after their end');
  await eventually('the rest', () => heard() === 'said after their end');
});

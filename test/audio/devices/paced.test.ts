/** What the wall clock paces keeps to it, also after a stall of the thread. */
import { expect, test } from 'vitest';
import { fileInput, silentInput, toneInput } from '../../../src/audio/devices/paced-input.ts';
import { PacedOutput } from '../../../src/audio/devices/paced-output.ts';
import { Pacer } from '../../../src/audio/devices/pacer.ts';

interface Captured {
  readonly samples: Int16Array;
  readonly captureNs: bigint;
  readonly final: boolean;
}

/** Stalls the thread as a long garbage collection would. */
function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function ticks(count: number, onTick: (n: number) => void = () => undefined): Promise<bigint[]> {
  return new Promise((resolve) => {
    const seen: bigint[] = [];
    const startNs = process.hrtime.bigint();
    const pacer = new Pacer(startNs, (tickNs) => {
      expect(process.hrtime.bigint()).toBeGreaterThanOrEqual(tickNs); // never early
      seen.push(tickNs - startNs);
      onTick(seen.length);
      if (seen.length < count) return;
      pacer.stop();
      resolve(seen);
    });
  });
}

test('tick n is at start + n * 20 ms, also after a stall', async () => {
  const beganNs = process.hrtime.bigint();
  const lateMs: number[] = [];
  const seen = await ticks(30, (n) => {
    lateMs.push(Number(process.hrtime.bigint() - beganNs) / 1e6 - (n - 1) * 20);
    if (n === 10) stall(150);
  });
  expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => BigInt(n) * 20_000_000n));
  // The stall was made up for: not every tick after it is late, as each would be if it were only waited for.
  expect(lateMs[10]).toBeGreaterThan(125);
  expect(Math.min(...lateMs.slice(11))).toBeLessThan(100);
});

test('ticks of a stall that is longer than allowed are left out, on the same grid', async () => {
  const startNs = process.hrtime.bigint() - 10_000_000_000n;
  const seen = await new Promise<bigint[]>((resolve) => {
    const all: bigint[] = [];
    const pacer = new Pacer(
      startNs,
      (tickNs) => {
        all.push(tickNs - startNs);
        if (all.length < 5) return;
        pacer.stop();
        resolve(all);
      },
      { longestStallNs: 3_000_000_000n },
    );
  });
  expect(seen[0]).toBeGreaterThanOrEqual(10_000_000_000n);
  expect(seen).toEqual(seen.map((_, n) => (seen[0] ?? 0n) + BigInt(n) * 20_000_000n));
  expect((seen[0] ?? 1n) % 20_000_000n).toBe(0n);
});

test('ticks may come some at once, on the same grid, until there is a hurry', async () => {
  let atOnce = 4;
  const startNs = process.hrtime.bigint();
  /** The tick and the wake-up in which it came. */
  const seen: { tick: number; wakeMs: number }[] = [];
  await new Promise<void>((resolve) => {
    const pacer = new Pacer(
      startNs,
      (tickNs) => {
        pacer.hurry(); // harmless here
        seen.push({
          tick: Number(tickNs - startNs) / 1e7,
          wakeMs: Number(process.hrtime.bigint() - tickNs) / 1e6,
        });
        if (seen.length === 8) {
          atOnce = 1;
          // Somebody else hurries in the middle of the wait.
          setTimeout(() => pacer.hurry(), 5);
        }
        if (seen.length < 12) return;
        pacer.stop();
        resolve();
      },
      { periodNs: 10_000_000n, atOnce: () => atOnce },
    );
  });
  expect(seen.map(({ tick }) => tick)).toEqual(Array.from({ length: 12 }, (_, n) => n));
  // The first four waited for the last of them, and none came before its time.
  expect(seen[0]?.wakeMs).toBeGreaterThanOrEqual(29);
  expect(Math.min(...seen.map(({ wakeMs }) => wakeMs))).toBeGreaterThanOrEqual(0);
});

test('an output without anything to play asks for ticks in lumps, and at once for the next when it is woken', async () => {
  let quiet = true;
  let wakeUps = 0;
  let ticks = 0;
  let last = 0n;
  const output = new PacedOutput();
  const silence = new Int16Array(480);
  const woken = new Promise<void>((resolve) => {
    output.start({
      pull: () => {
        const now = process.hrtime.bigint();
        if (now - last > 2_000_000n) wakeUps++;
        last = now;
        ticks++;
        if (ticks === 40) {
          quiet = false;
          setTimeout(() => output.hurry(), 1);
        }
        if (ticks === 44) resolve();
        return silence;
      },
      quiet: () => quiet,
      lost: () => undefined,
    });
  });
  await woken;
  await output.close();
  // Three lumps of sixteen, and then one by one; a stall of the machine only makes it fewer.
  expect(wakeUps).toBeLessThanOrEqual(9);
});

function captured(count: number): {
  sink: Captured[];
  done: Promise<void>;
  frame: (...args: [Int16Array, bigint, boolean]) => void;
} {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const sink: Captured[] = [];
  const frame = (samples: Int16Array, captureNs: bigint, final: boolean): void => {
    sink.push({ samples, captureNs, final });
    if (sink.length === count) finish();
  };
  return { sink, done, frame };
}

test('a file is spoken once, in time, from the moment that it may', async () => {
  const samples = Int16Array.from({ length: 480 * 4 + 100 }, (_, i) => i);
  const input = fileInput('x.wav', samples);
  const { sink, done, frame } = captured(5);
  input.start({ frame, lost: () => expect.unreachable() });
  const beganNs = process.hrtime.bigint();
  input.setActive(true);
  const begunNs = process.hrtime.bigint();
  input.setActive(true);
  await done;
  expect(sink.map((one) => one.final)).toEqual([false, false, false, false, true]);
  expect(sink[4]!.samples[99]).toBe(480 * 4 + 99);
  expect(sink[4]!.samples[100]).toBe(0);
  expect(sink[0]!.captureNs).toBeGreaterThanOrEqual(beganNs + 10_000_000n);
  expect(sink[0]!.captureNs).toBeLessThanOrEqual(begunNs + 10_000_000n);
  for (let i = 1; i < 5; i++) expect(sink[i]!.captureNs - sink[i - 1]!.captureNs).toBe(10_000_000n);
  input.setActive(true); // it has ended
  await ticks(4);
  expect(sink).toHaveLength(5);
  await input.close();
});

test('a file that is stopped goes on where it stopped', async () => {
  const input = fileInput(
    'x.wav',
    Int16Array.from({ length: 480 * 4 }, (_, i) => i),
  );
  const first = captured(2);
  const second = captured(2);
  let sink = first.frame;
  input.start({ frame: (...args) => sink(...args), lost: () => expect.unreachable() });
  input.setActive(true);
  // At the second frame, not after it: a thread that was stalled makes up for several frames in one go.
  sink = (...args) => {
    first.frame(...args);
    if (first.sink.length < 2) return;
    input.setActive(false);
    sink = second.frame;
  };
  await first.done;
  await ticks(4);
  expect(second.sink).toHaveLength(0);
  input.setActive(true);
  await second.done;
  expect(second.sink[0]!.samples[0]).toBe(960);
});

test('a tone goes through ticks without a step', async () => {
  const input = toneInput();
  const { sink, done, frame } = captured(3);
  input.start({ frame, lost: () => expect.unreachable() });
  input.setActive(true);
  await done;
  await input.close();
  const step = Math.abs(sink[1]!.samples[0]! - sink[0]!.samples[479]!);
  expect(step).toBeLessThan(500); // the steepest step of 440 Hz at this volume is 472
  expect(Math.max(...sink[0]!.samples)).toBeGreaterThan(8000);
});

test('stereo keeps its channels apart, and a tone is in both', async () => {
  const file = fileInput(
    'x.wav',
    Int16Array.from({ length: 960 * 2 }, (_, i) => (i % 2 === 0 ? 7 : -7)),
    2,
  );
  for (const [input, left, right] of [[file, 7, -7] as const, [toneInput(2), 4815, 4815] as const]) {
    const { sink, done, frame } = captured(2);
    input.start({ frame, lost: () => expect.unreachable() });
    input.setActive(true);
    await done;
    await input.close();
    expect(sink.map((one) => one.samples.length)).toEqual([960, 960]);
    expect([...sink[1]!.samples.subarray(0, 2)]).toEqual([left, right]);
  }
});

test('silence says nothing', async () => {
  const input = silentInput();
  input.start({ frame: () => expect.unreachable(), lost: () => expect.unreachable() });
  input.setActive(true);
  await ticks(3);
  await input.close();
});

test('an output asks for a tick every 10 ms and says that it is heard a period later', async () => {
  const output = new PacedOutput();
  const asked: [bigint, bigint][] = [];
  let startNs = 0n;
  await new Promise<void>((resolve) => {
    startNs = output.start({
      pull: (tickNs, playoutNs) => {
        asked.push([tickNs, playoutNs]);
        if (asked.length === 5) resolve();
        return new Int16Array(480);
      },
      lost: () => expect.unreachable(),
    });
  });
  await output.close();
  asked.forEach(([tickNs, playoutNs], n) => {
    expect(tickNs - startNs).toBe(BigInt(n) * 10_000_000n);
    expect(playoutNs - tickNs).toBe(10_000_000n);
  });
});

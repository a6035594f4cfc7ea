/** How long our own voice takes to come back, by the timestamps of its frames. */
import { describe, expect, test } from 'vitest';
import { ECHO_SSRC, LoopbackMeter } from '../../src/audio/loopback.ts';

const MS = 1_000_000n;
const FRAME = 960;
const LOOKAHEAD_MS = 6.5;

/** A frame of 20 ms whose last sample was spoken at `atMs` is played `afterMs` after its first. */
function frame(
  meter: LoopbackMeter,
  timestamp: number,
  atMs: number,
  afterMs: number,
  ssrc = ECHO_SSRC,
): void {
  meter.sent(timestamp, BigInt(atMs) * MS, FRAME);
  meter.heard(ssrc, timestamp, BigInt(atMs - 20 + afterMs) * MS, true);
}

describe('the loopback meter', () => {
  test('tells from mouth to ear, the codec included, as the median of the last frames', () => {
    const meter = new LoopbackMeter();
    expect(meter.latencyMs).toBeNull();
    for (const [index, after] of [80, 90, 400, 85, 95].entries()) {
      frame(meter, index * FRAME, 1000 + index * 20, after);
    }
    expect(meter.latencyMs).toBe(90 + LOOKAHEAD_MS);
  });

  test('follows a delay that changes', () => {
    const meter = new LoopbackMeter();
    for (let index = 0; index < 300; index++) frame(meter, index * FRAME, index * 20, index < 150 ? 200 : 60);
    expect(meter.latencyMs).toBe(60 + LOOKAHEAD_MS);
  });

  test('counts our own frames alone, each once, and only where they were heard', () => {
    const meter = new LoopbackMeter();
    frame(meter, 0, 100, 50, 77);
    meter.heard(ECHO_SSRC, 960, 500n * MS, true);
    meter.sent(1920, 100n * MS, FRAME);
    meter.heard(ECHO_SSRC, 1920, 500n * MS, false);
    expect(meter.latencyMs).toBeNull();
    meter.heard(ECHO_SSRC, 1920, 180n * MS, true);
    meter.heard(ECHO_SSRC, 1920, 900n * MS, true);
    expect(meter.latencyMs).toBe(100 + LOOKAHEAD_MS);
  });

  test('begins anew after a pause, and remembers no more than it must', () => {
    const meter = new LoopbackMeter();
    frame(meter, 0, 1000, 1600);
    frame(meter, FRAME, 9000, 70);
    expect(meter.latencyMs).toBe(70 + LOOKAHEAD_MS);
    for (let index = 2; index < 2000; index++) meter.sent(index * FRAME, BigInt(index * 20) * MS, FRAME);
    meter.heard(ECHO_SSRC, 2 * FRAME, 9_100n * MS, true);
    expect(meter.latencyMs).toBe(70 + LOOKAHEAD_MS);
  });
});

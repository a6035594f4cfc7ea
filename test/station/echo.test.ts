import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeVoicePacket } from '../../src/net/protocol/rtp.ts';
import { ECHO_DELAY_MS, ECHO_SSRC, EchoLine, MAX_ECHO_FRAMES } from '../../src/station/echo.ts';
import { voiceFrame } from './raw-client.ts';

describe('EchoLine', () => {
  it('gives every frame back once, in order, to its member, exactly when it is due', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(40)), { maxLength: 800 }), (pushes) => {
        const line = new EchoLine();
        let now = 0;
        const expected: number[][] = [];
        const got: number[][] = [];
        const drain = (): void => {
          for (let out = line.poll(now); out; out = line.poll(now)) {
            got.push([out.member, decodeVoicePacket(out.packet)!.seq, now]);
          }
        };
        for (const [index, [member, wait]] of pushes.entries()) {
          const next = now + wait;
          while (line.nextDeadline() <= next) {
            now = line.nextDeadline();
            drain();
          }
          now = next;
          expect(line.push(member, voiceFrame(member, index), now)).toBe(true);
          expected.push([member, index, now + ECHO_DELAY_MS]);
        }
        while (line.nextDeadline() !== Number.POSITIVE_INFINITY) {
          now = line.nextDeadline();
          drain();
        }
        expect(got).toEqual(expected);
      }),
      { seed: 5, numRuns: 50 },
    );
  });

  it('speaks with its own SSRC and leaves the frame that it was given as it was', () => {
    const line = new EchoLine();
    const pool = Buffer.alloc(200, 0xaa);
    const frame = voiceFrame(70_000, 1);
    pool.set(frame, 50);
    line.push(70_000, pool.subarray(50, 50 + frame.length), 0);
    expect(decodeVoicePacket(line.poll(ECHO_DELAY_MS)!.packet)).toMatchObject({ ssrc: ECHO_SSRC, seq: 1 });
    expect(pool.subarray(50, 50 + frame.length).equals(frame)).toBe(true);
    expect(pool.subarray(0, 50).every((byte) => byte === 0xaa)).toBe(true);
  });

  it('holds no more than its bound', () => {
    const line = new EchoLine();
    for (let frame = 0; frame < MAX_ECHO_FRAMES; frame += 1)
      expect(line.push(1, voiceFrame(1, 1), 0)).toBe(true);
    expect(line.push(1, voiceFrame(1, 1), 0)).toBe(false);
    expect(line.poll(ECHO_DELAY_MS)).toBeDefined();
    expect(line.push(1, voiceFrame(1, 1), 0)).toBe(true);
  });
});

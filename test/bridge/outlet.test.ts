/** The mix on its way out: packets of 20 ms whatever the ticks are, with the numbers that RFC 3550 asks for; and what a description says. */
import { expect, test } from 'vitest';
import { readForeignRtp } from '../../src/bridge/foreign-rtp.ts';
import { Outlet } from '../../src/bridge/outlet.ts';
import { sessionDescription } from '../../src/bridge/sdp.ts';

const MS = 1_000_000n;

function outlet() {
  const encoded: number[] = [];
  const one = new Outlet({
    payloadType: 100,
    ssrc: 9,
    firstSeq: 65_535,
    firstTimestamp: 2 ** 32 - 960,
    encode: (samples) => {
      expect(samples).toHaveLength(960);
      encoded.push(samples[0]!, samples[959]!);
      return Uint8Array.of(1, 2, 3);
    },
  });
  return { one, encoded };
}

test.each([480, 960])('ticks of %i samples', (length) => {
  const { one, encoded } = outlet();
  const step = (BigInt(length) * 1000n * MS) / 48_000n;
  const packets = Array.from({ length: 2880 / length }, (_, i) =>
    one.push(new Int16Array(length).fill(i), 5n * MS + BigInt(i) * step),
  ).flat();
  expect(packets.map(readForeignRtp)).toMatchObject([
    { payloadType: 100, ssrc: 9, seq: 65_535, timestamp: 2 ** 32 - 960, marker: true },
    { payloadType: 100, ssrc: 9, seq: 0, timestamp: 0, marker: false },
    { payloadType: 100, ssrc: 9, seq: 1, timestamp: 960, marker: false },
  ]);
  expect([...packets[0]!.subarray(12)]).toEqual([1, 2, 3]);
  expect(encoded).toEqual(length === 960 ? [0, 0, 1, 1, 2, 2] : [0, 1, 2, 3, 4, 5]);
  expect(one.sent).toBe(3);
});

test('time that was left out is left out of the timestamps too, and marked', () => {
  const { one } = outlet();
  const tick = new Int16Array(480);
  const packets = [0n, 10n, 20n, 1000n, 1010n].flatMap((ms) => one.push(tick, ms * MS));
  expect(packets.map(readForeignRtp)).toMatchObject([
    { seq: 65_535, timestamp: 2 ** 32 - 960, marker: true },
    { seq: 0, timestamp: 48_000 - 960, marker: true },
  ]);
});

test('a session description as RFC 8866 and RFC 7587 have it', () => {
  const text = sessionDescription({
    name: 'voipterm #lobby\r\nx=injected',
    host: '::1',
    port: 5006,
    payloadType: 96,
    id: 7,
    direction: 'sendonly',
    packetMs: 20,
  });
  expect(text.split('\r\n')).toEqual([
    'v=0',
    'o=- 7 1 IN IP6 ::1',
    's=voipterm #lobbyx=injected',
    'c=IN IP6 ::1',
    't=0 0',
    'm=audio 5006 RTP/AVP 96',
    'a=rtpmap:96 opus/48000/2',
    'a=fmtp:96 stereo=0; sprop-stereo=0',
    'a=ptime:20',
    'a=sendonly',
    '',
  ]);
});

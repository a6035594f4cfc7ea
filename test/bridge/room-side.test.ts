/** The bridge towards the room: copies as listeners ask for them, within the budget; our own reports, when they are due. */
import { describe, expect, test } from 'vitest';
import { RoomSide } from '../../src/bridge/room-side.ts';
import { decodeReports, encodeReports, type ReceptionReport } from '../../src/net/protocol/rtcp.ts';
import { decodeVoicePacket } from '../../src/net/protocol/rtp.ts';

const OURS = 5;
const LISTENER = 9;

function reportOf(ssrc: number, loss: number, burstMs = 20): ReceptionReport {
  const metrics = {
    lossRate: loss,
    discardRate: 0,
    burstMs: loss > 0 ? burstMs : 0,
    gapMs: 100,
    playoutDelayMs: 40,
    longestDelayMs: 60,
    maxDelayMs: 250,
  };
  return { ssrc, fractionLost: loss, cumulativeLost: 0, highestSeq: 1, jitter: 0, metrics };
}

/** Packets of ten seconds of frames while a listener reports this loss each second. */
function talk(room: RoomSide, loss: number, { frameMs = 20, bytes = 80, seconds = 10 } = {}) {
  const count = (seconds * 1000) / frameMs;
  return Array.from({ length: count }, (_, i) => {
    const nowMs = i * frameMs;
    if (nowMs % 1000 === 0)
      room.reported(encodeReports({ reporter: LISTENER, reports: [reportOf(OURS, loss)] }), nowMs);
    const payload = new Uint8Array(bytes).fill(i & 0xff);
    const samples = frameMs * 48;
    const packet = room.packet(
      { seq: i & 0xffff, timestamp: i * samples, marker: i === 0, payload, samples },
      nowMs,
    );
    return packet && decodeVoicePacket(packet);
  });
}

function online(maxBandwidth = 160_000, cap: number | undefined = 0): RoomSide {
  const room = new RoomSide(maxBandwidth);
  room.setSession(OURS, cap);
  return room;
}

describe('what another program says', () => {
  test('goes nowhere without a session', () => {
    expect(talk(new RoomSide(160_000), 0, { seconds: 1 })).toEqual(new Array(50).fill(undefined));
  });

  test('goes plain to a station that knows no copies', () => {
    const room = new RoomSide(160_000);
    room.setSession(OURS);
    for (const packet of talk(room, 0.3)) expect(packet).toMatchObject({ ssrc: OURS, redundant: [] });
  });

  test.each([10, 20, 60])('has copies where listeners lose it, in frames of %i ms', (frameMs) => {
    const last = talk(online(), 0.3, { frameMs, bytes: frameMs * 4 }).at(-1)!;
    expect(last.redundant.length).toBeGreaterThanOrEqual(1);
    for (const { offset, payload } of last.redundant) {
      expect(offset % (frameMs * 48)).toBe(0);
      expect(payload).toHaveLength(frameMs * 4);
      expect(payload[0]).toBe((10_000 / frameMs - 1 - offset / (frameMs * 48)) & 0xff);
    }
  });

  test('has none where nothing is lost', () => {
    expect(talk(online(), 0).at(-1)!.redundant).toEqual([]);
  });

  test.each([
    ['its own', 100_000, 0],
    ["the station's", 1_000_000, 100_000],
  ])('keeps within the budget, %s', (_, budget, cap) => {
    // 200 bytes each 20 ms are 80 kbit/s: not one copy fits.
    expect(talk(online(budget, cap), 0.4, { bytes: 200 }).at(-1)!.redundant).toEqual([]);
    expect(talk(online(budget, cap), 0.4, { bytes: 60 }).at(-1)!.redundant.length).toBeGreaterThan(0);
  });

  test('is not changed by garbage, or by what is said of others', () => {
    const room = online();
    talk(room, 0, { seconds: 1 });
    room.reported(new Uint8Array(40), 1000);
    room.reported(encodeReports({ reporter: LISTENER, reports: [reportOf(77, 0.5)] }), 1000);
    expect(talk(room, 0).at(-1)!.redundant).toEqual([]);
  });
});

describe('our reports', () => {
  test('leave each second, sooner where much is lost, all of them', () => {
    const room = online();
    const times = (loss: number, from: number) =>
      Array.from({ length: 200 }, (_, i) => from + i * 10).filter(
        (ms) => room.reports(() => [reportOf(1, loss)], ms).length > 0,
      ).length;
    expect(times(0, 0)).toBe(2);
    expect(times(0.2, 10_000)).toBe(8);
    const many = Array.from({ length: 20 }, (_, i) => reportOf(i, 0));
    const packets = room.reports(() => many, 60_000);
    const read = packets.map((packet) => decodeReports(packet)!);
    expect(read.map(({ reporter }) => reporter)).toEqual([OURS, OURS]);
    expect(read.flatMap(({ reports }) => reports.map(({ ssrc }) => ssrc))).toEqual(
      many.map(({ ssrc }) => ssrc),
    );
  });

  test('do not leave without a session, nor to a station that knows none', () => {
    const room = new RoomSide(160_000);
    expect(room.reports(() => [reportOf(1, 0)], 0)).toEqual([]);
    room.setSession(OURS);
    expect(room.reports(() => [reportOf(1, 0)], 5000)).toEqual([]);
  });
});

/** The sending half: reports change what is sent, within what the station takes; and the constant rate. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { AudioEvent } from '../../src/audio/messages.ts';
import type { Outgoing } from '../../src/audio/packet-stream.ts';
import { DEFAULT_SENDING, Sending, type SendingSettings } from '../../src/audio/sending.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { decodeReports, encodeReports, type ReceptionReport } from '../../src/net/protocol/rtcp.ts';
import { decodeVoicePacket, opusDuration } from '../../src/net/protocol/rtp.ts';

const SPEECH = await loadWav(new URL('../../assets/speech.wav', import.meta.url).pathname);
const MS = 1_000_000n;
const SSRC = 7;

const open: Sending[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function reportOf(ssrc: number, loss: number): ReceptionReport {
  const metrics = {
    lossRate: loss,
    discardRate: 0,
    burstMs: loss > 0 ? 10 : 0,
    gapMs: 100,
    playoutDelayMs: 60,
    longestDelayMs: 60,
    maxDelayMs: 250,
  };
  return { ssrc, fractionLost: loss, cumulativeLost: 0, highestSeq: 1, jitter: 0, metrics };
}

/** Somebody in a session who talks; `ms` is the time. */
class Mouth {
  readonly packets: Outgoing[] = [];
  readonly reports: Uint8Array[] = [];
  readonly events: AudioEvent[] = [];
  /** What we say of others. */
  heard: ReceptionReport[] = [];
  readonly sending: Sending;
  ms = 1000;

  constructor(settings: Partial<SendingSettings> = {}, maxBitrate = 0) {
    this.sending = new Sending({
      settings: { ...DEFAULT_SENDING, bitrate: 32_000, complexity: 0, frameMs: 10, ...settings },
      firstSeq: 0,
      firstTimestamp: 0,
      emit: (event) => this.events.push(event),
      send: (outgoing) => this.packets.push(outgoing),
      sendReport: (packet) => this.reports.push(packet),
      reports: () => this.heard,
      onTalking: (on) => this.events.push({ event: 'talking', on }),
    });
    open.push(this.sending);
    this.sending.setSession(SSRC, maxBitrate);
    this.sending.talker.setTalking(true);
  }

  /** Time passes; with `speak` the microphone is open. A listener reports `loss` each second. */
  run(ms: number, speak = true, loss?: number): Outgoing[] {
    const from = this.packets.length;
    for (const end = this.ms + ms; this.ms < end; this.ms += 10) {
      const nowNs = BigInt(this.ms) * MS;
      const at = (this.ms * 48) % (SPEECH.length - 480);
      if (speak) this.sending.captured(SPEECH.slice(at, at + 480), nowNs, false, nowNs);
      this.sending.tick(nowNs);
      if (loss !== undefined && this.ms % 1000 === 0) this.told(loss);
    }
    return this.packets.slice(from);
  }

  told(loss: number, ssrc = SSRC): void {
    const packet = encodeReports({ reporter: 9, reports: [reportOf(ssrc, loss)] });
    this.sending.reported(packet, BigInt(this.ms) * MS);
  }

  /** bit/s of RTP. */
  bandwidth(packets: Outgoing[], ms: number): number {
    return packets.reduce((sum, { packet }) => sum + packet.length * 8, 0) / (ms / 1000);
  }
}

const copies = (packets: Outgoing[]): number[] =>
  packets.map(({ packet }) => decodeVoicePacket(packet)!.redundant.length);

test('a report of loss brings copies, and the reason is told', () => {
  const mouth = new Mouth();
  mouth.run(5000, true, 0);
  expect(new Set(copies(mouth.run(1000, true, 0)))).toEqual(new Set([0]));
  mouth.run(3000, true, 0.3);
  const packets = mouth.run(1000, true, 0.3);
  expect(Math.min(...copies(packets))).toBeGreaterThanOrEqual(3);
  expect(mouth.bandwidth(packets, 1000)).toBeLessThan(160_000);
  const last = mouth.events.filter((event) => event.event === 'redundancy').at(-1);
  expect(last).toMatchObject({ depth: copies(packets)[0], because: { ssrc: 9, lossPct: 30 } });
});

test('inside a byte stream that is full nothing is sent twice, whatever is reported', () => {
  const mouth = new Mouth();
  mouth.run(5000, true, 0.4);
  expect(Math.min(...copies(mouth.run(500, true, 0.4)))).toBeGreaterThanOrEqual(3);
  mouth.sending.setCrowded(true);
  expect(new Set(copies(mouth.run(4000, true, 0.4)))).toEqual(new Set([0]));
  const last = () => mouth.events.filter((event) => event.event === 'redundancy').at(-1);
  expect(last()).toMatchObject({ depth: 0, addedBps: 0, because: null });
  mouth.sending.setCrowded(false);
  mouth.run(3000, true, 0.4);
  expect(Math.min(...copies(mouth.run(500, true, 0.4)))).toBeGreaterThanOrEqual(3);
});

test('what is said of others, or is no report, changes nothing', () => {
  const mouth = new Mouth();
  mouth.run(6000, true, 0);
  mouth.told(0.5, SSRC + 1);
  mouth.sending.reported(new Uint8Array([0x81, 201, 0, 0]), BigInt(mouth.ms) * MS);
  expect(new Set(copies(mouth.run(500)))).toEqual(new Set([0]));
});

test('no report makes it throw, or send more than it may', () => {
  const mouth = new Mouth();
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.record({ loss: share, burstMs: fc.nat(70_000), reporter: fc.nat(1000) }).map((claim) => {
      const report = reportOf(SSRC, claim.loss);
      const metrics = { ...report.metrics, burstMs: claim.burstMs };
      return encodeReports({ reporter: claim.reporter, reports: [{ ...report, metrics }] });
    }),
  );
  fc.assert(
    fc.property(any, (packet) => {
      mouth.sending.reported(packet, BigInt(mouth.ms) * MS);
      mouth.run(20);
    }),
    { seed: 20264, numRuns: 500 },
  );
  expect(mouth.bandwidth(mouth.packets, mouth.ms - 1000)).toBeLessThan(170_000); // a variable bitrate
});

test('it stays under what the station takes, from the first packet on', () => {
  const mouth = new Mouth({}, 64_000);
  let packets = mouth.run(1000, true, 0.4);
  expect(mouth.bandwidth(packets, 1000)).toBeLessThan(64_000);
  packets = mouth.run(5000, true, 0.4);
  expect(mouth.bandwidth(packets, 5000)).toBeLessThan(64_000);
  expect(Math.max(...copies(packets))).toBeGreaterThan(0);
});

test('a station that does not say what it takes gets neither copies nor reports', () => {
  const mouth = new Mouth();
  mouth.heard = [reportOf(100, 0.2)];
  mouth.sending.setSession(null);
  mouth.sending.setSession(SSRC);
  expect(new Set(copies(mouth.run(3000, true, 0.4)))).toEqual(new Set([0]));
  expect(mouth.reports).toEqual([]);
});

test('settings change while one talks', () => {
  const mouth = new Mouth({ maxBandwidth: 48_000 });
  mouth.run(1000, true, 0);
  mouth.sending.configure({ frameMs: 40, bitrate: 16_000, vbr: false, maxBandwidth: 30_000 });
  const frames = mouth.run(2000, true, 0).slice(2);
  expect(new Set(frames.map(({ packet }) => opusDuration(decodeVoicePacket(packet)!.payload)))).toEqual(
    new Set([1920]),
  );
  expect(new Set(frames.map(({ packet }) => packet.length))).toEqual(new Set([20 + 80]));
  // No frame was lost or said twice over the change.
  const stamps = mouth.packets.map(({ frame }) => frame!.timestamp);
  const lengths = mouth.packets.map(({ frame }) => frame!.duration);
  for (const [i, stamp] of stamps.slice(1).entries()) expect(stamp).toBe(stamps[i]! + lengths[i]!);
});

test('stereo is sent in frames of at most 20 ms', () => {
  const mouth = new Mouth({ channels: 2, frameMs: 60, maxBandwidth: 40_000 });
  const nowNs = 1_000_000_000n;
  for (let n = 0; n < 10; n++)
    mouth.sending.captured(new Int16Array(960), nowNs + BigInt(n) * 10n * MS, false, nowNs);
  expect(mouth.packets.map(({ frame }) => frame!.duration)).toEqual(Array(5).fill(960));
});

describe('our own reports', () => {
  test('leave each second, and more often where much is lost, in as many packets as they need', () => {
    const mouth = new Mouth();
    mouth.heard = [reportOf(100, 0)];
    mouth.run(5000, false);
    expect(mouth.reports).toHaveLength(5);
    mouth.heard = Array.from({ length: 20 }, (_, i) => reportOf(100 + i, 0.2));
    mouth.run(3000, false);
    expect(mouth.reports.length).toBeGreaterThan(5 + 2 * 8);
    expect(decodeReports(mouth.reports.at(-1)!)).toMatchObject({ reporter: SSRC });
    expect(decodeReports(mouth.reports.at(-1)!)!.reports).toHaveLength(5);
  });

  test('need a session and something to say', () => {
    const mouth = new Mouth();
    mouth.run(3000, false);
    mouth.heard = [reportOf(100, 0)];
    mouth.sending.setSession(null);
    mouth.run(3000, false);
    expect(mouth.reports).toEqual([]);
  });
});

describe('with privacy', () => {
  const settings = { privacy: 'constant', dtx: true } as const;

  test('packets of one size leave at one rate, talking, silent and whatever is reported; and no reports', () => {
    const mouth = new Mouth(settings);
    mouth.heard = [reportOf(100, 0.5)];
    for (const speak of [false, true, false]) {
      if (!speak) mouth.sending.talker.setTalking(false);
      else mouth.sending.talker.setTalking(true);
      expect(mouth.run(2000, speak, 0.4)).toHaveLength(200);
    }
    expect(new Set(mouth.packets.map(({ packet }) => packet.length)).size).toBe(1);
    expect(mouth.reports).toEqual([]);
    const voiced = mouth.packets.filter(({ packet }) => !decodeVoicePacket(packet)!.cover);
    expect(voiced.length).toBeGreaterThan(190);
    expect(voiced.length).toBeLessThanOrEqual(200);
    expect(mouth.events.filter(({ event }) => event === 'redundancy')).toEqual([]);
  });

  test.each([6000, 12_345, 32_000, 128_000])('it holds at %i bit/s for every frame', (bitrate) => {
    for (const frameMs of [10, 20, 40, 60] as const) {
      const mouth = new Mouth({ ...settings, bitrate, frameMs, maxBandwidth: 512_000 });
      mouth.run(1000);
      const sizes = new Set(mouth.packets.map(({ packet }) => packet.length));
      expect([...sizes]).toHaveLength(1);
      expect([...sizes][0]).toBeLessThanOrEqual(1200);
      expect(mouth.packets.some(({ frame }) => frame)).toBe(true);
    }
  });
});

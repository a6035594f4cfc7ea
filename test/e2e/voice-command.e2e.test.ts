/** `voice` as scripts use it: what it prints, traces and writes, and when it ends. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { finished, hangUp, startCaller, writeWav } from './calls.ts';
import { expectSentence, Place, parseLines, SPEECH, type StationProcess } from './process.ts';

const LONG = { timeout: 60_000 };
const SECOND = 48_000;

let place: Place;
let station: StationProcess;
let clip: string;
beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
  clip = await writeWav(place, 'clip.wav', (await loadWav(SPEECH)).subarray(0, 1.5 * SECOND));
}, 60_000);
afterAll(() => place.dispose());

function voice(name: string, room: string, more: readonly string[]) {
  return place.run(['voice', station.target(name, room), ...more], { home: name });
}

const NS = expect.stringMatching(/^[0-9]{1,20}$/);
const NUMBER = expect.any(Number);

describe('voice', () => {
  test('writes a trace and a last line of JSON in the fixed shape', LONG, async () => {
    const before = process.hrtime.bigint();
    const ear = await startCaller(place, station.target('bob', 'shape'), 'bob', ['--input', 'silence']);
    const after = process.hrtime.bigint();
    const mouth = await startCaller(place, station.target('ann', 'shape'), 'ann', ['--input', clip]);
    const said = await finished(mouth);
    const heard = await hangUp(ear);
    for (const report of [said, heard]) {
      expect(Object.keys(report)).toEqual([
        ...['frames', 'rttMs', 'jitterMs', 'playoutDelayMs', 'carrier', 'carrierUp', 'carrierDown'],
        ...['carrierReason', 'cipher', 'speakers', 'startedAtNs', 'listeners'],
      ]);
      expect(report.frames).toEqual({
        sent: NUMBER,
        received: NUMBER,
        recovered: NUMBER,
        concealed: NUMBER,
        late: NUMBER,
        dropped: NUMBER,
      });
    }
    expect(said.frames.sent).toBe(75);
    expect(heard).toMatchObject({ playoutDelayMs: { p50: NUMBER, p95: NUMBER }, startedAtNs: NS });
    // The clock of the trace and of sample 0 is the machine's monotonic one.
    expect(BigInt(heard.startedAtNs)).toBeGreaterThan(before);
    expect(BigInt(heard.startedAtNs)).toBeLessThan(after);

    const sent = parseLines<object>(await readFile(mouth.trace, 'utf8'));
    expect(sent).toHaveLength(75);
    for (const line of sent) {
      expect(line).toEqual({ dir: 'sent', seq: NUMBER, rtpTs: NUMBER, captureNs: NS, sendNs: NS });
    }
    const played = parseLines<{ source: string }>(await readFile(ear.trace, 'utf8'));
    // A starved machine may bring some of them too late to be played: the counters tell of each.
    const { received, concealed, late, dropped } = heard.frames;
    expect(received).toBe(75);
    expect(played).toHaveLength(received - late - dropped + concealed);
    expect(played.length).toBeGreaterThan(0);
    for (const line of played) {
      expect(line).toEqual({
        dir: 'heard',
        from: NUMBER,
        seq: NUMBER,
        rtpTs: NUMBER,
        receiveNs: line.source === 'concealed' ? null : NS,
        playoutNs: NS,
        source: expect.stringMatching(/^(packet|red|concealed)$/),
      });
    }
  });

  test('writes a WAV of 48 kHz mono that lasts as long as the call', LONG, async () => {
    const ear = await startCaller(place, station.target('bob', 'wav'), 'bob', [
      ...['--input', 'silence', '--duration', '1.5'],
    ]);
    await finished(ear);
    const file = await readFile(ear.wav);
    expect(file.toString('latin1', 0, 4)).toBe('RIFF');
    expect(file.toString('latin1', 8, 16)).toBe('WAVEfmt ');
    // PCM, channels, samples a second, bits a sample.
    expect([
      file.readUInt16LE(20),
      file.readUInt16LE(22),
      file.readUInt32LE(24),
      file.readUInt16LE(34),
    ]).toEqual([...[1, 1, SECOND, 16]]);
    const sound = await loadWav(ear.wav);
    expect(sound.length).toBeGreaterThan(1.4 * SECOND);
    expect(sound.length).toBeLessThan(4 * SECOND);
    expect(sound.every((sample) => sample === 0)).toBe(true);
  });

  test('without --json tells a person the same', LONG, async () => {
    const { status, stdout, stderr } = await voice('ann', 'words', ['--input', clip, '--output', 'null']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^frames sent 75, received 0, recovered 0, concealed 0, late 0, dropped 0\nround trip [0-9.]+ ms, .*\n$/,
    );
  });

  test('speaks a tone until its duration is over', LONG, async () => {
    const args = ['--input', 'tone', '--output', 'null', '--duration', '1', '--json'];
    const { status, stdout, stderr } = await voice('ann', 'tone', args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { frames } = parseLines<{ frames: Record<string, number> }>(stdout).at(-1)!;
    expect(frames.sent).toBeGreaterThan(35);
    expect(frames.sent).toBeLessThan(100);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('reports and ends with 0 on %s', LONG, async (signal) => {
    const args = ['voice', station.target('ann', 'signal'), '--input', 'tone', '--output', 'null', '--json'];
    const caller = await place.start(args, { home: 'ann' });
    await caller.until(({ lines }) => lines.length > 0);
    expect(JSON.parse(caller.lines[0]!)).toEqual({ event: 'joined', room: 'signal', startedAtNs: NS });
    const { status, stdout, stderr } = await caller.end(signal);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parseLines<object>(stdout)).toHaveLength(2);
    expect(parseLines<object>(stdout)[1]).toHaveProperty('frames');
  });

  test('hears a signal while the station says nothing', LONG, async () => {
    const mute = net.createServer();
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as net.AddressInfo;
    const connected = once(mute, 'connection');
    const caller = await place.start(['voice', `ann@127.0.0.1:${port}`, '--input', 'silence'], {
      home: 'ann',
    });
    await connected;
    const outcome = await caller.end('SIGINT', 10_000);
    mute.close();
    expectSentence(outcome, 3, /told to stop before the station was reached/);
  });
});

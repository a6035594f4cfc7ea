/**
 * `voipterm bridge`: other programs talk in a room and hear it. A sender and receiver of RTP of our own, which also sends what it should
 * not, then ffmpeg and GStreamer where they are installed. Each says one sample while bob, in the room, says the other.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpusDecoder, OpusEncoder } from '../../src/audio/opus.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { type ForeignPacket, readForeignRtp, writeForeignRtp } from '../../src/bridge/foreign-rtp.ts';
import { bestCorrelation } from '../audio/correlation.ts';
import { Sockets, type UdpEnd } from '../net/forward/sockets.ts';
import { CALM, finished, heardBy, joined, startCaller } from './calls.ts';
import { start } from './forwarding.ts';
import {
  expectSentence,
  Place,
  parseLines,
  ROOT,
  type Running,
  SPEECH,
  type StationProcess,
} from './process.ts';

const SPEECH_DE = `${ROOT}assets/speech-de.wav`;
const PAYLOAD_TYPE = 111;
/** Samples of a packet of 20 ms. */
const PACKET = 960;
/** What is left of speech that was coded with losses twice. */
const UNDERSTOOD = 0.8;

const have = (program: string, ...plugins: string[]): boolean =>
  spawnSync(program, ['-version']).error === undefined &&
  plugins.every((plugin) => spawnSync('gst-inspect-1.0', ['--exists', plugin]).status === 0);

let place: Place;
let station: StationProcess;
let english: Int16Array;
let german: Int16Array;
const sockets = new Sockets();

beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
  [english, german] = await Promise.all([loadWav(SPEECH), loadWav(SPEECH_DE)]);
});

afterAll(async () => {
  sockets.close();
  await place?.dispose();
});

interface Bridging {
  readonly rtpIn: { readonly host: string; readonly port: number };
  readonly rtpOut: { readonly host: string; readonly port: number };
  readonly sdp: string;
}

interface BridgeEnd {
  readonly in: Readonly<Record<string, number>>;
  readonly out: Readonly<Record<'sent' | 'received' | 'concealed' | 'late' | 'dropped', number>>;
}

/** A bridge to a room of that name; its description is in the file of that name. */
async function bridgeTo(
  room: string,
  outPort: number,
): Promise<{ process: Running; port: number; sdpFile: string; sdp: string }> {
  const sdpFile = place.file(`${room}.sdp`);
  const ends = ['--rtp-in', ':0', '--rtp-out', `127.0.0.1:${outPort}`, '--sdp', sdpFile, '--json'];
  const process = await place.start(['bridge', station.target(`radio-${room}`, room), ...ends], {
    home: `radio-${room}`,
    env: CALM,
  });
  await process.until(({ lines }) => lines.length > 0);
  const { rtpIn, rtpOut, sdp } = JSON.parse(process.lines[0]!) as Bridging;
  expect(rtpOut).toEqual({ host: '127.0.0.1', port: outPort });
  return { process, port: rtpIn.port, sdpFile, sdp };
}

async function endOf(process: Running): Promise<BridgeEnd> {
  const { status, stdout } = await process.end('SIGINT');
  expect(status).toBe(0);
  return parseLines<BridgeEnd>(stdout).at(-1)!;
}

/** Bob says the German sample for as long as the call lasts; what he hears is compared with the English one. */
async function bobIn(room: string, seconds: number) {
  const args = ['--input', SPEECH_DE, '--duration', `${seconds}`];
  return startCaller(place, station.target(`bob-${room}`, room), `bob-${room}`, args);
}

async function freePort(): Promise<number> {
  const end = await sockets.udp();
  const { port } = end;
  end.close();
  return port;
}

// A sender and receiver of our own ---------------------------------------------------------------------------

/** The sample as RTP; the second half comes from a sender that began anew. Between the packets stands what must do no harm. */
function packetsOf(samples: Int16Array): Uint8Array[] {
  const encoder = new OpusEncoder({
    bitrate: 32_000,
    complexity: 5,
    frameMs: 20,
    channels: 1,
    vbr: true,
    dtx: false,
  });
  const count = Math.floor(samples.length / PACKET);
  const packet = (i: number, more: Partial<ForeignPacket> = {}): Uint8Array => {
    const anew = i >= count / 2;
    return writeForeignRtp({
      payloadType: PAYLOAD_TYPE,
      marker: i === 0,
      seq: ((anew ? 7 : 65_500) + i) & 0xffff,
      timestamp: ((anew ? 99 : 2 ** 32 - 960) + i * PACKET) >>> 0,
      ssrc: anew ? 2 : 1,
      payload: encoder.encode(samples.subarray(i * PACKET, (i + 1) * PACKET)),
      ...more,
    });
  };
  const packets = Array.from({ length: count }, (_, i) => packet(i));
  encoder.close();
  return packets;
}

const HARM = [
  new Uint8Array(3),
  Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 1),
  writeForeignRtp({
    payloadType: 0,
    marker: false,
    seq: 1,
    timestamp: 1,
    ssrc: 3,
    payload: new Uint8Array(9),
  }),
];

async function sendInTime(end: UdpEnd, packets: readonly Uint8Array[], port: number): Promise<void> {
  const begin = performance.now();
  for (const [i, packet] of packets.entries()) {
    const early = begin + i * 20 - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    end.socket.send(packet, port, '127.0.0.1');
    const harm = HARM[i];
    if (harm) end.socket.send(harm, port, '127.0.0.1');
  }
}

/** What the packets sound like. They must follow each other without a hole. */
function soundOf(packets: readonly Uint8Array[]): Int16Array {
  const decoder = new OpusDecoder();
  const read = packets.map((packet) => readForeignRtp(packet)!);
  for (const [i, { seq, timestamp, ssrc, payloadType, marker }] of read.entries()) {
    const before = read[i - 1];
    expect({ payloadType, ssrc, marker }).toEqual({
      payloadType: PAYLOAD_TYPE,
      ssrc: read[0]?.ssrc,
      marker: i === 0 || marker,
    });
    if (!before) continue;
    expect(seq).toBe((before.seq + 1) & 0xffff);
    // A machine that stalls leaves time out; it must say so.
    if (!marker) expect(timestamp).toBe((before.timestamp + PACKET) >>> 0);
  }
  const sound = joined(...read.map(({ payload }) => new Int16Array(decoder.decode(payload))));
  decoder.close();
  return sound;
}

describe.concurrent('speech both ways', () => {
  test('with a sender that begins anew on the way, and sends garbage', async () => {
    const end = await sockets.udp();
    const bridge = await bridgeTo('own', end.port);
    const bob = await bobIn('own', 9);
    const packets = packetsOf(english);
    await sendInTime(end, packets, bridge.port);
    await finished(bob);
    const { in: came, out } = await endOf(bridge.process);
    // Each half by itself: between them stands as much time as passed, to the millisecond, which is the machine's.
    const half = english.length / 2;
    for (const part of [english.subarray(0, half), english.subarray(half)])
      expect((await heardBy(bob, part)).peak).toBeGreaterThan(UNDERSTOOD);
    // One packet of the sender that began anew is lost: it had to be seen twice.
    expect(came).toMatchObject({
      received: packets.length + HARM.length,
      passed: packets.length - 1,
      malformed: 1,
      rtcp: 1,
      payloadType: 1,
      otherStream: 1,
      unsent: 0,
    });
    const sent = end.heard.map((packet) => Uint8Array.from(Buffer.from(packet, 'latin1')));
    expect(bestCorrelation(german, soundOf(sent)).peak).toBeGreaterThan(UNDERSTOOD);
    expect(out.received).toBeGreaterThan(0);
    expect(out.sent).toBeGreaterThanOrEqual(sent.length);
  });

  test.skipIf(!have('ffmpeg'))('with ffmpeg', async () => {
    const bridge = await bridgeTo('ffmpeg', await freePort());
    const heard = place.file('ffmpeg.wav');
    const open = ['-protocol_whitelist', 'file,rtp,udp', '-i', bridge.sdpFile];
    const recorder = await start(place, 'ffmpeg', ['-v', 'error', '-y', ...open, '-ac', '1', heard]);
    const bob = await bobIn('ffmpeg', 9);
    const opus = ['-c:a', 'libopus', '-ar', '48000', '-application', 'voip', '-b:a', '32k'];
    const rtp = ['-f', 'rtp', '-payload_type', `${PAYLOAD_TYPE}`, `rtp://127.0.0.1:${bridge.port}`];
    const speaker = await start(place, 'ffmpeg', ['-v', 'error', '-re', '-i', SPEECH, ...opus, ...rtp]);
    expect((await speaker.exited()).status).toBe(0);
    await finished(bob);
    await recorder.end('SIGINT');
    await endOf(bridge.process);
    expect((await heardBy(bob, english)).peak).toBeGreaterThan(UNDERSTOOD);
    expect(bestCorrelation(german, await loadWav(heard)).peak).toBeGreaterThan(UNDERSTOOD);
  });

  test.skipIf(!have('gst-launch-1.0', 'opusenc', 'rtpopuspay', 'rtpopusdepay', 'udpsrc', 'wavenc'))(
    'with GStreamer',
    async () => {
      const port = await freePort();
      const bridge = await bridgeTo('gst', port);
      const heard = place.file('gst.wav');
      const caps = `application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=${PAYLOAD_TYPE}`;
      const hear = `udpsrc port=${port} address=127.0.0.1 caps=${caps} ! rtpjitterbuffer ! rtpopusdepay ! opusdec ! audioconvert ! wavenc ! filesink location=${heard}`;
      const recorder = await start(place, 'gst-launch-1.0', ['-q', '-e', ...hear.split(' ')]);
      const bob = await bobIn('gst', 9);
      const say = `filesrc location=${SPEECH} ! wavparse ! audioconvert ! audioresample ! opusenc frame-size=60 ! rtpopuspay pt=${PAYLOAD_TYPE} ! udpsink host=127.0.0.1 port=${bridge.port}`;
      const speaker = await start(place, 'gst-launch-1.0', ['-q', ...say.split(' ')]);
      expect((await speaker.exited()).status).toBe(0);
      await finished(bob);
      await recorder.end('SIGINT');
      await endOf(bridge.process);
      expect((await heardBy(bob, english)).peak).toBeGreaterThan(UNDERSTOOD);
      expect(bestCorrelation(german, await loadWav(heard)).peak).toBeGreaterThan(UNDERSTOOD);
    },
  );
});

test('the description says where the room is heard; without a file it is printed', async () => {
  const args = ['bridge', station.target('radio', 'sdp'), '--rtp-in', ':0'];
  const process = await place.start(args, { home: 'radio' });
  await process.until(({ lines }) => lines.length >= 9);
  const { status, stdout } = await process.end('SIGTERM');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^v=0\r\n/);
  expect(stdout).toMatch(/\r\nm=audio \d+ RTP\/AVP 111\r\na=rtpmap:111 opus\/48000\/2\r\n/);
  expect(stdout).toMatch(/\r\na=recvonly\n/);
  expect(stdout).toMatch(/\nin: 0 packets, 0 voice frames into the room\nout: 0 packets; /);
  const other = await bridgeTo('sdp', await freePort());
  expect(await readFile(other.sdpFile, 'utf8')).toBe(other.sdp);
  expect(other.sdp).toContain('a=sendonly');
  await endOf(other.process);
});

test('what makes no bridge is said in a sentence', async () => {
  const bridge = (...more: string[]) =>
    place.run(['bridge', station.target('radio', 'none'), ...more], { home: 'radio' });
  expectSentence(await bridge(), 2, /--rtp-in or --rtp-out, or both/);
  expectSentence(await bridge('--rtp-out', ':0'), 2, /--rtp-out needs the port/);
  expectSentence(await bridge('--rtp-in', 'here:there'), 2, /the port "there" must be/);
  expectSentence(await bridge('--rtp-in', ':5004', '--payload-type', '95'), 2, /from 96 to 127/);
  const end = await sockets.udp();
  expectSentence(
    await bridge('--rtp-in', `:${end.port}`),
    7,
    /RTP cannot be received at 127\.0\.0\.1 port \d+: another program uses it/,
  );
  expectSentence(
    await bridge('--rtp-in', ':0', '--sdp', '/nonexistent/room.sdp'),
    5,
    /session description cannot be written/,
  );
});

/**
 * `voipterm bridge`: other programs talk in a room and hear it. A sender and receiver of RTP of our own, which also sends what it should
 * not, then ffmpeg and GStreamer where they are installed. Each says one sample while bob, in the room, says the other.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpusDecoder, OpusEncoder } from '../../src/audio/opus.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { type ForeignPacket, readForeignRtp, writeForeignRtp } from '../../src/bridge/foreign-rtp.ts';
import { understoodSomewhere } from '../audio/pieces.ts';
import { eventually, Sockets, type UdpEnd } from '../net/forward/sockets.ts';
import { CALM, type Caller, hangUp, joined, startCaller, writeWav } from './calls.ts';
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
/** How much of each sample is said, samples, and where in it: what is said has no pauses there. */
const SAID = 2.6 * 48_000;
const GERMAN_FROM = 57_600;
/** The share of the pieces that must be heard: a machine that is busy with other tests tears some of them. */
const UNDERSTOOD = 0.5;
/** More than this is not found where something else is said. */
const NONSENSE = 0.25;
/** From the last that was said until all of it was heard, ms: the playout delay and what a stall adds. */
const TAIL_MS = 1200;
const WAV_BYTES_PER_MS = 96;

const have = (program: string, ...plugins: string[]): boolean =>
  spawnSync(program, ['-version']).error === undefined &&
  plugins.every((plugin) => spawnSync('gst-inspect-1.0', ['--exists', plugin]).status === 0);

let place: Place;
let station: StationProcess;
let english: Int16Array;
let german: Int16Array;
/** The files of both. */
let englishFile: string;
let germanFile: string;
const sockets = new Sockets();
/** The programs that are not ours. */
const outside: Running[] = [];
let rooms = 0;

/** So that a test that is tried again does not hear its first try. */
const newRoom = (name: string): string => `${name}-${++rooms}`;

async function run(command: string, args: readonly string[]): Promise<Running> {
  const program = await start(place, command, args);
  outside.push(program);
  return program;
}

beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
  english = (await loadWav(SPEECH)).subarray(0, SAID);
  german = (await loadWav(SPEECH_DE)).subarray(GERMAN_FROM, GERMAN_FROM + SAID);
  englishFile = await writeWav(place, 'english.wav', english);
  germanFile = await writeWav(place, 'german.wav', german);
});

afterAll(async () => {
  sockets.close();
  for (const program of outside) program.child.kill('SIGKILL');
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

/** Bob says the German sample as soon as he is there; what he hears is compared with the English one. */
async function bobIn(room: string): Promise<Caller> {
  const args = ['--input', germanFile, '--duration', '60'];
  return startCaller(place, station.target(`bob-${room}`, room), `bob-${room}`, args);
}

/** Ends the call when bob has heard the last that was said, by his own clock; returns what he heard. */
async function heardToTheEnd(bob: Caller): Promise<Int16Array> {
  const bytes = (): number => statSync(bob.wav).size;
  const enough = bytes() + TAIL_MS * WAV_BYTES_PER_MS;
  await eventually('the end of what was said', () => bytes() > enough);
  await hangUp(bob);
  return loadWav(bob.wav);
}

/** Each side heard the other, and not itself. */
function expectUnderstood(inTheRoom: Int16Array, outside: Int16Array): void {
  expect(understoodSomewhere(english, inTheRoom)).toBeGreaterThan(UNDERSTOOD);
  expect(understoodSomewhere(german, outside)).toBeGreaterThan(UNDERSTOOD);
  expect(understoodSomewhere(german, inTheRoom)).toBeLessThan(NONSENSE);
  expect(understoodSomewhere(english, outside)).toBeLessThan(NONSENSE);
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
    const room = newRoom('own');
    const bridge = await bridgeTo(room, end.port);
    const packets = packetsOf(english);
    const bob = await bobIn(room);
    await sendInTime(end, packets, bridge.port);
    const heard = await heardToTheEnd(bob);
    const { in: came, out } = await endOf(bridge.process);
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
    expectUnderstood(heard, soundOf(sent));
    // What came after it began anew, too.
    expect(understoodSomewhere(english.subarray(SAID / 2), heard)).toBeGreaterThan(UNDERSTOOD);
    expect(out.received).toBeGreaterThan(0);
    expect(out.sent).toBeGreaterThanOrEqual(sent.length);
  });

  test.skipIf(!have('ffmpeg'))('with ffmpeg', async () => {
    const room = newRoom('ffmpeg');
    const bridge = await bridgeTo(room, await freePort());
    const heard = place.file(`${room}.wav`);
    const open = ['-protocol_whitelist', 'file,rtp,udp', '-i', bridge.sdpFile];
    const recorder = await run('ffmpeg', ['-v', 'error', '-y', ...open, '-ac', '1', heard]);
    const bob = await bobIn(room);
    const opus = ['-c:a', 'libopus', '-ar', '48000', '-application', 'voip', '-b:a', '32k'];
    const rtp = ['-f', 'rtp', '-payload_type', `${PAYLOAD_TYPE}`, `rtp://127.0.0.1:${bridge.port}`];
    const speaker = await run('ffmpeg', ['-v', 'error', '-re', '-i', englishFile, ...opus, ...rtp]);
    expect((await speaker.exited()).status).toBe(0);
    const inTheRoom = await heardToTheEnd(bob);
    await recorder.end('SIGINT');
    await endOf(bridge.process);
    expectUnderstood(inTheRoom, await loadWav(heard));
  });

  test.skipIf(!have('gst-launch-1.0', 'opusenc', 'rtpopuspay', 'rtpopusdepay', 'udpsrc', 'wavenc'))(
    'with GStreamer',
    async () => {
      const port = await freePort();
      const room = newRoom('gst');
      const bridge = await bridgeTo(room, port);
      const heard = place.file(`${room}.wav`);
      const caps = `application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=${PAYLOAD_TYPE}`;
      const hear = `udpsrc port=${port} address=127.0.0.1 caps=${caps} ! rtpjitterbuffer ! rtpopusdepay ! opusdec ! audioconvert ! wavenc ! filesink location=${heard}`;
      const recorder = await run('gst-launch-1.0', ['-q', '-e', ...hear.split(' ')]);
      const bob = await bobIn(room);
      const say = `filesrc location=${englishFile} ! wavparse ! audioconvert ! audioresample ! opusenc frame-size=60 ! rtpopuspay pt=${PAYLOAD_TYPE} ! udpsink host=127.0.0.1 port=${bridge.port}`;
      const speaker = await run('gst-launch-1.0', ['-q', ...say.split(' ')]);
      expect((await speaker.exited()).status).toBe(0);
      const inTheRoom = await heardToTheEnd(bob);
      await recorder.end('SIGINT');
      await endOf(bridge.process);
      expectUnderstood(inTheRoom, await loadWav(heard));
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
  const end = await sockets.udp();
  const cases: readonly (readonly [number, RegExp, ...string[]])[] = [
    [2, /--rtp-in or --rtp-out, or both/],
    [2, /--rtp-out needs the port/, '--rtp-out', ':0'],
    [2, /the port "there" must be/, '--rtp-in', 'here:there'],
    [2, /from 96 to 127/, '--rtp-in', ':5004', '--payload-type', '95'],
    [
      7,
      /RTP cannot be received at 127\.0\.0\.1 port \d+: another program uses it/,
      '--rtp-in',
      `:${end.port}`,
    ],
    [5, /session description cannot be written/, '--rtp-in', ':0', '--sdp', '/nonexistent/room.sdp'],
  ];
  const outcomes = await Promise.all(cases.map(([, , ...args]) => bridge(...args)));
  for (const [i, [status, sentence]] of cases.entries()) expectSentence(outcomes[i]!, status, sentence);
});

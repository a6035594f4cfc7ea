/** Whoever records everything between the members of a call and their station finds nothing of it in there. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { SUITES, type Suite } from '../../src/net/protocol/constants.ts';
import { decodeVoicePacket } from '../../src/net/protocol/rtp.ts';
import { eventually, joinAs, openDatagrams } from '../station/raw-client.ts';
import { finished, hangUp, joined, silence, startCaller, writeWav } from './calls.ts';
import { Needles } from './needles.ts';
import { Place, SPEECH } from './process.ts';
import { RecordingProxy } from './recording-proxy.ts';

const ROOM = 'orchard-behind-the-mill';
/** Of members, and of what else stands in a line of the control protocol. */
const NAMES = ['ann-the-finder', 'bob-the-digger', ROOM, 'room.post', 'datagram.open'] as const;
const TEXTS = ['the treasure lies under the walnut tree', 'grüße: bring a lantern and two spades'];
/** Samples of each input: long enough that both talk at once for a while. */
const ANN_WAITS_S = 1;
const SPEECH_SAMPLES = 2 * 48_000;

let place: Place;
let speech: Int16Array;
let tap: RecordingProxy | undefined;
beforeAll(async () => {
  speech = await loadWav(SPEECH);
});
beforeEach(async () => {
  place = await Place.make();
});
afterEach(async () => {
  await tap?.close();
  tap = undefined;
  await place.dispose();
});

describe.each(SUITES)('a call sealed with %s', (suite) => {
  test('gives a wiretap neither words nor voice nor names', { timeout: 90_000 }, async () => {
    const station = await place.serve();
    const record = await RecordingProxy.open(station.listening);
    tap = record;
    // A member of the room who is not behind the tap hears the RTP packets as they were before they were sealed.
    const address = { host: station.listening.host, port: station.port };
    const insider = await joinAs({ address }, 'insider', ROOM);
    const ear = await openDatagrams({ address }, insider, suite);
    await insider.control.call('voice.room', { room: ROOM });
    const { sent, received, heardByBob } = await callAndWrite(record, suite);
    expect(sent).toBe((2 * SPEECH_SAMPLES + ANN_WAITS_S * 48_000) / 960);
    const frames = () => ear.heard.filter((packet) => decodeVoicePacket(packet)!.payload.length > 0);
    await eventually(() => expect(frames()).toHaveLength(sent));
    const texts = insider.notifications.flatMap(({ method, params }) =>
      method === 'room.message' ? [Buffer.from(params.body, 'base64').toString()] : [],
    );
    expect(texts).toEqual(TEXTS);

    // The tap has the whole call: each frame on its way to the station and on to the other caller.
    expect(record.count('client')).toBeGreaterThan(sent);
    // Bob was there all the time. How much of what he said came before Ann was there depends on the machine.
    expect(heardByBob).toBeGreaterThan((SPEECH_SAMPLES / 960) * 0.9);
    expect(record.count('station')).toBeGreaterThan(received);
    expect(Buffer.concat(record.bytes).includes('SSH-2.0-')).toBe(true);
    const voice = new Needles();
    const payloads = frames().map((packet) => decodeVoicePacket(packet)!.payload);
    const telling = payloads.filter((payload, i) => voice.add(`frame ${i}`, payload)).length;
    expect(telling).toBeGreaterThan(sent * 0.6); // a frame of digital silence has a few bytes only
    for (const [i, packet] of frames().entries()) voice.add(`frame ${i}`, packet); // the RTP header too
    expect(voice.foundIn(record.bytes)).toEqual([]);
    const words = new Needles();
    for (const text of TEXTS) expect(words.addText('text', text)).toBe(true);
    for (const name of NAMES) expect(words.addText('name', name)).toBe(true);
    expect(words.foundIn(record.bytes)).toEqual([]);

    // The same search finds what is there: in the payloads themselves, and in what goes through the tap unsealed.
    const found = voice.foundIn(payloads);
    expect(found.length).toBeGreaterThan(telling / 2);
    const packet = Buffer.from(frames().find((_, i) => found.includes(`frame ${i}`))!);
    await sendUnsealed(record, packet, JSON.stringify({ room: ROOM, body: btoa('the treasure lies') }));
    await eventually(() => {
      expect(voice.foundIn(record.bytes)).not.toEqual([]);
      expect(words.foundIn(record.bytes)).toEqual(['name', 'text']);
    });
    ear.close();
    insider.close();
    expect((await station.process.end('SIGTERM')).status).toBe(0);
  });
});

/** Two callers talk at the same time, and one writes, all through the tap. Frames sent and received by both together. */
async function callAndWrite(
  through: RecordingProxy,
  suite: Suite,
): Promise<{ sent: number; received: number; heardByBob: number }> {
  const env = { VOIPTERM_CRYPTO_SUITES: suite };
  const [annName, bobName] = NAMES;
  const annText = joined(silence(ANN_WAITS_S), speech.subarray(0, SPEECH_SAMPLES));
  const annSays = await writeWav(place, 'ann-says.wav', annText);
  const bobSays = await writeWav(place, 'bob-says.wav', speech.subarray(-SPEECH_SAMPLES));
  const bobArgs = ['--input', bobSays, '--duration', '60'];
  const bob = await startCaller(place, through.target(bobName, ROOM), 'bob', bobArgs, env);
  const ann = await startCaller(place, through.target(annName, ROOM), 'ann', ['--input', annSays], env);
  const input = `${TEXTS.join('\n')}\n`;
  const said = await place.run(['say', through.target(annName, ROOM)], { home: 'ann', input, env });
  expect(said).toMatchObject({ status: 0, stderr: '' });
  const reports = [await finished(ann), await hangUp(bob)];
  expect(reports.map(({ cipher }) => cipher)).toEqual([suite, suite]);
  const sum = (kind: 'sent' | 'received'): number =>
    reports.reduce((total, { frames }) => total + frames[kind], 0);
  return { sent: sum('sent'), received: sum('received'), heardByBob: reports[1]!.frames.received };
}

/** A datagram and a line in the clear, through the tap. */
async function sendUnsealed({ host, port }: RecordingProxy, datagram: Buffer, line: string): Promise<void> {
  const udp = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4');
  await new Promise((done) => udp.send(datagram, port, host, done));
  udp.close();
  const tcp = net.connect(port, host);
  tcp.on('error', () => undefined);
  await once(tcp, 'connect');
  tcp.resume().end(`${line}\n`);
}

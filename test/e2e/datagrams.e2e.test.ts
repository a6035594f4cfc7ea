/** Recorded, bent and invented datagrams during a call: dropped, counted, answered by nothing, and heard by nobody. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SUITES } from '../../src/net/protocol/constants.ts';
import type { Counters } from '../../src/station/counters.ts';
import { Attacker } from './attacker.ts';
import { hangUp, PLAIN, startCaller, traceOf } from './calls.ts';
import { type Drop, flipped, type Hostile, noise, replaysOf, resized } from './hostile-datagrams.ts';
import { Place, parseLines, type StationProcess } from './process.ts';
import { type Endpoint, RecordingProxy, type Tapped } from './recording-proxy.ts';

/** So many go out at once, then the station has its say: a socket's buffer holds a few hundred. */
const BATCH = 50;
/** Probe packets are as short as this, voice packets longer. */
const PROBE_PACKET_BYTES = 64;
/** A sealed probe that is padded to learn what passes. */
const PADDED_PACKET_BYTES = 1470;

let place: Place;
let tap: RecordingProxy | undefined;
let attacker: Attacker | undefined;
beforeEach(async () => {
  place = await Place.make();
});
afterEach(async () => {
  attacker?.socket.close();
  await tap?.close();
  attacker = undefined;
  tap = undefined;
  await place.dispose();
});

describe.each(SUITES)('a call sealed with %s', (suite) => {
  test('is not disturbed by datagrams that are not its own', { timeout: 90_000 }, async () => {
    const env = { ...PLAIN, VOIPTERM_CRYPTO_SUITES: suite };
    const station = await place.serve({ more: ['--log-format', 'json'] });
    const wire = await RecordingProxy.open(station.listening);
    tap = wire;
    const foe = await Attacker.open();
    attacker = foe;
    const bob = await startCaller(place, wire.target('bob', 'lobby'), 'bob', ['--input', 'silence'], env);
    const ann = await startCaller(place, wire.target('ann', 'lobby'), 'ann', ['--input', 'tone'], env);
    await wire.passed(60);
    const recorded = [...wire.datagrams];
    await wire.passed(10); // all of them have arrived: a copy that came first would be no replay

    const bent = bentFrom(recorded);
    const atStation = [...replaysOf(recorded), ...bent];
    await inBatches(wire, atStation, ({ bytes }) => foe.send(bytes, station.port));
    const clients = clientsOf(recorded);
    // From the clients' own addresses too: the address is not what protects.
    const replays = replaysOf(recorded.filter(({ from }) => from === 'client'));
    await inBatches(wire, replays, ({ bytes }) => wire.toStationAs(clients[0]!, bytes));
    await inBatches(wire, atStation, ({ bytes }, i) => {
      for (const client of clients) {
        if (i % 2 === 0) wire.toClient(client, bytes);
        else foe.send(bytes, client.port);
      }
    });
    const twice = await passTwice(wire, 20);
    await passReordered(wire, clients[0]!, 40);

    const said = await hangUp(ann);
    const heard = await hangUp(bob);
    const counters = await countersOf(station);
    expect(await foe.received()).toEqual([]);
    const expected = tally([...atStation, ...replays]);
    const { unroutable, malformed, unauthentic, replayed } = counters;
    expect({ unroutable, malformed, unauthentic, replayed }).toEqual({
      ...expected,
      replayed: expected.replayed + twice,
    });

    // Everything that was said arrived, once, and nothing else did.
    expect(said.frames.sent).toBeGreaterThan(150);
    expect(counters).toMatchObject({ voiceIn: said.frames.sent, voiceOut: said.frames.sent });
    expect(heard.frames.received).toBe(said.frames.sent);
    expect(said.frames.received).toBe(0);
    const sent = new Set((await traceOf(ann)).sent.map(({ seq }) => seq));
    const played = (await traceOf(bob)).heard.filter(({ source }) => source === 'packet');
    expect(new Set(played.map(({ seq }) => seq)).size).toBe(played.length);
    expect(played.filter(({ seq }) => !sent.has(seq))).toEqual([]);
    // The station sent nothing but the relayed frames, what Bob reports to Ann, and an answer to each probe, those by the stream included.
    const fromStation = wire.datagrams.filter(({ from }) => from === 'station');
    const probes = wire.datagrams.filter((datagram) => datagram.from === 'client' && isProbe(datagram));
    expect(fromStation.filter((datagram) => !isProbe(datagram))).toHaveLength(
      said.frames.sent + counters.reportsOut,
    );
    expect(fromStation.filter(isProbe).length).toBeLessThanOrEqual(2 * probes.length);
  });
});

function isProbe({ bytes }: Pick<Tapped, 'bytes'>): boolean {
  return bytes.length === PROBE_PACKET_BYTES || bytes.length === PADDED_PACKET_BYTES;
}

/** Cut, stretched and flipped versions of a probe and of a voice frame, and noise. */
function bentFrom(recorded: readonly Tapped[]): Hostile[] {
  const ofClients = recorded.filter(({ from }) => from === 'client').map(({ bytes }) => bytes);
  const probe = ofClients.find((bytes) => bytes.length === PROBE_PACKET_BYTES)!;
  const frame = ofClients.find((bytes) => !isProbe({ bytes }))!;
  return [...resized(probe), ...resized(frame), ...flipped(probe), ...noise(80)];
}

/** The clients' addresses, the one who speaks first. */
function clientsOf(recorded: readonly Tapped[]): Endpoint[] {
  const spoke = recorded.filter((datagram) => datagram.from === 'client' && !isProbe(datagram));
  const speaker = spoke[0]!.client;
  const other = recorded.find(({ client }) => client.port !== speaker.port)!.client;
  return [speaker, other];
}

async function inBatches<T>(
  wire: RecordingProxy,
  all: readonly T[],
  send: (one: T, index: number) => void,
): Promise<void> {
  for (let at = 0; at < all.length; at += BATCH) {
    for (const [i, one] of all.slice(at, at + BATCH).entries()) send(one, at + i);
    await wire.passed(2);
  }
}

/** Each client datagram goes out twice, until so many more came from the station. How many there were. */
async function passTwice(wire: RecordingProxy, more: number): Promise<number> {
  let doubled = 0;
  const through = wire.tamper;
  wire.tamper = (datagram) => {
    doubled++;
    return [datagram, datagram];
  };
  await wire.passed(more);
  wire.tamper = through;
  return doubled;
}

/** Of each two datagrams of a client the second goes first. */
async function passReordered(wire: RecordingProxy, speaker: Endpoint, more: number): Promise<void> {
  let held: Buffer | undefined;
  let ending = false;
  const through = wire.tamper;
  wire.tamper = (datagram, client) => {
    if (client.port !== speaker.port || (ending && !held)) return [datagram];
    const pair = held && [datagram, held];
    held = pair ? undefined : datagram;
    return pair ?? [];
  };
  await wire.passed(more);
  ending = true;
  await expect.poll(() => held, { timeout: 10_000, interval: 5 }).toBeUndefined();
  wire.tamper = through;
}

function tally(hostile: readonly Hostile[]): Record<Drop, number> {
  const counts = { unroutable: 0, malformed: 0, unauthentic: 0, replayed: 0 };
  for (const { drop } of hostile) counts[drop]++;
  return counts;
}

/** Ends the station, which tells what it counted. */
async function countersOf({ process }: StationProcess): Promise<Counters> {
  const { status, stderr } = await process.end('SIGTERM');
  expect(status).toBe(0);
  const last = parseLines<{ msg: string } & Counters>(stderr).find(({ msg }) => msg === 'stopped');
  return last!;
}

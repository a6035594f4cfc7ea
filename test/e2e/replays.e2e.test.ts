/** Whole sessions that were recorded, played again to other sessions and stations, and copies that overtake their originals. */
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Counters } from '../../src/station/counters.ts';
import { Attacker } from './attacker.ts';
import { type Caller, hangUp, PLAIN, startCaller, traceOf } from './calls.ts';
import { Place, parseLines, type StationProcess } from './process.ts';
import { type Endpoint, RecordingProxy, type Tapped } from './recording-proxy.ts';

/** So many go out at once, then the station has its say: a socket's buffer holds a few hundred. */
const BATCH = 50;
/** A session's last datagrams may come when it is over. */
const STRAGGLERS = 10;
const LOGGED = ['--log-format', 'json'];

let place: Place;
let foe: Attacker;
const taps: RecordingProxy[] = [];

beforeAll(async () => {
  place = await Place.make();
  foe = await Attacker.open();
}, 30_000);

afterAll(async () => {
  foe?.socket.close();
  await Promise.all(taps.map((tap) => tap.close()));
  await place?.dispose();
});

async function tapped({ listening }: StationProcess): Promise<RecordingProxy> {
  const tap = await RecordingProxy.open(listening);
  taps.push(tap);
  return tap;
}

/** Ann talks to the echo. */
function talk(through: RecordingProxy, name = 'ann'): Promise<Caller> {
  return startCaller(place, through.target(name, 'echo'), name, ['--input', 'tone'], PLAIN);
}

/** Sends all of it to the station, from a stranger and as if the client of now had, and to that client. */
async function playAgain(through: RecordingProxy, recorded: readonly Tapped[]): Promise<void> {
  const { client } = through.datagrams.at(-1) as Tapped;
  for (let at = 0; at < recorded.length; at += BATCH) {
    for (const { bytes } of recorded.slice(at, at + BATCH)) {
      foe.send(bytes, through.port);
      through.toStationAs(client, bytes);
      through.toClient(client, bytes);
    }
    await through.passed(3);
  }
}

async function countersOf({ process }: StationProcess): Promise<Counters> {
  const { status, stderr } = await process.end('SIGTERM');
  expect(status).toBe(0);
  return parseLines<{ msg: string } & Counters>(stderr).find(({ msg }) => msg === 'stopped') as Counters;
}

/** A call in which a recorded session is played again hears what it said itself and nothing else, each frame once. */
async function expectUndisturbed(through: RecordingProxy, recorded: readonly Tapped[]): Promise<void> {
  const ann = await talk(through);
  await through.passed(40);
  await playAgain(through, recorded);
  await through.passed(40);
  const { frames } = await hangUp(ann);
  const { sent, heard } = await traceOf(ann);
  const seqs = heard.filter(({ source }) => source === 'packet').map(({ seq }) => seq);
  expect(seqs.length).toBeGreaterThan(30);
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(seqs.filter((seq) => !sent.some((frame) => frame.seq === seq))).toEqual([]);
  expect(frames.received).toBeLessThanOrEqual(frames.sent);
}

test.concurrent('a recorded session is noise to the next one, and to a station that was restarted', async () => {
  const first = await place.serve({ more: LOGGED });
  const tap = await tapped(first);
  const spoken = await talk(tap);
  await tap.passed(80);
  await hangUp(spoken);
  const recorded = [...tap.datagrams];
  expect(recorded.length).toBeGreaterThan(160);
  // What the station sent as well: a reflection.
  const noise = 2 * recorded.length;

  await expectUndisturbed(tap, recorded);
  const before = await countersOf(first);
  const second = await place.serve({ data: basename(first.data), port: first.port, more: LOGGED });
  await expectUndisturbed(tap, recorded);
  const after = await countersOf(second);
  for (const { unroutable, malformed, unauthentic, replayed } of [before, after]) {
    expect({ malformed, unauthentic, replayed }).toEqual({ malformed: 0, unauthentic: 0, replayed: 0 });
    expect(unroutable).toBeGreaterThanOrEqual(noise);
    expect(unroutable).toBeLessThan(noise + STRAGGLERS);
  }
  expect(await foe.received()).toEqual([]);
}, 60_000);

/** Notes in which order the station sends to the thief and to the client. */
function addressees(through: RecordingProxy, thief: Attacker): ('thief' | 'client')[] {
  const order: ('thief' | 'client')[] = [];
  thief.socket.on('message', () => order.push('thief'));
  const pass = through.toClient.bind(through);
  through.toClient = (client: Endpoint, bytes: Buffer) => {
    order.push('client');
    pass(client, bytes);
  };
  return order;
}

test.concurrent('copies sent first from elsewhere move a session once a second at most, and it comes back; bent ones never do', async () => {
  const station = await place.serve({ more: LOGGED });
  const tap = await tapped(station);
  const thief = await Attacker.open();
  const ann = await talk(tap, 'robbed');
  await tap.passed(60);

  // Each datagram is overtaken by a copy with one bit wrong.
  tap.tamper = (datagram) => {
    const bent = Buffer.from(datagram);
    bent[datagram.length - 1]! ^= 1;
    thief.send(bent, station.port);
    return [datagram];
  };
  await tap.passed(60);
  expect(await thief.received()).toEqual([]);

  // Every second one is overtaken by an exact copy, so that each packet comes from another address than the one before.
  const order = addressees(tap, thief);
  const since = performance.now();
  let n = 0;
  tap.tamper = (datagram) => {
    n += 1;
    if (n % 2 === 0) return [datagram];
    thief.send(datagram, station.port);
    return [];
  };
  await delay(4000);
  const seconds = (performance.now() - since) / 1000;
  const moves = order.filter((to, at) => at > 0 && to !== order[at - 1]).length;
  expect(order).toContain('thief');
  expect(moves).toBeGreaterThan(1);
  expect(moves).toBeLessThanOrEqual(Math.ceil(seconds));

  tap.tamper = (datagram) => [datagram];
  await vi.waitUntil(() => !order.slice(-60).includes('thief'), { timeout: 10_000 });
  await tap.passed(50);
  const { frames } = await hangUp(ann);
  thief.socket.close();
  const { unauthentic, voiceIn } = await countersOf(station);
  expect(unauthentic).toBeGreaterThan(30);
  // Copies count as the voice that they are; none of what was said got lost on the way up.
  expect(voiceIn).toBe(frames.sent);
}, 60_000);

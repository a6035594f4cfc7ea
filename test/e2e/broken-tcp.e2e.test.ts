/** A call whose TCP connection is cut, and then black-holed, in the middle: voice goes on without a gap. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TcpRelay } from '../fakes/tcp-relay.ts';
import { finished, hangUp, phasesOf, startCaller, traceOf } from './calls.ts';
import { Place, type Running, type StationProcess } from './process.ts';

/** A dead path is noticed by probes in the stream, which takes up to 13 s, and longer on a busy machine. */
const NOTICED_MS = 30_000;

/** Frames at the end that may not have arrived yet. */
const LAST = 25;

let place: Place;
let station: StationProcess;
let relay: TcpRelay;

beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
  relay = await TcpRelay.start({ host: '127.0.0.1', port: station.port });
}, 30_000);

afterAll(async () => {
  await relay?.close();
  await place?.dispose();
});

const timesOnline = (process: Running): number => phasesOf(process).filter((at) => at === 'online').length;

test('voice goes on without a gap while TCP is cut and black-holed, and the caller stays the same member', async () => {
  const bob = await startCaller(place, station.target('bob'), 'bob', ['--input', 'silence']);
  const log = ['--log-level', 'debug', '--log-format', 'json'];
  const through = `ann@127.0.0.1:${relay.port}/lobby`;
  const ann = await startCaller(place, through, 'ann', ['--input', 'tone', ...log]);
  await ann.process.until((process) => timesOnline(process) === 1);

  relay.cut();
  await ann.process.until((process) => timesOnline(process) === 2);

  relay.blackHole();
  await ann.process.until((process) => phasesOf(process).at(-1) !== 'online', NOTICED_MS);
  relay.heal();
  relay.cut(); // what fell into the hole meanwhile
  await ann.process.until((process) => timesOnline(process) === 3);

  const said = await hangUp(ann);
  bob.process.child.kill('SIGINT');
  const { frames } = await finished(bob);
  const { sent } = await traceOf(ann);
  const { heard } = await traceOf(bob);
  expect(said.frames.sent).toBe(sent.length);
  expect(sent.length).toBeGreaterThan(500);
  // One speaker all the while, and of its frames not one was lost on the way; the last may have come after bob hung up.
  expect(frames.received).toBeGreaterThanOrEqual(sent.length - LAST);
  expect(new Set(heard.map(({ from }) => from)).size).toBe(1);
  const arrived = new Set(heard.filter(({ receiveNs }) => receiveNs !== null).map(({ seq }) => seq));
  const unheard = sent.slice(0, -LAST).filter(({ seq }) => !arrived.has(seq));
  // A starved machine may play a few too late: those did arrive, and are counted.
  expect(unheard.length).toBeLessThanOrEqual(frames.late + frames.dropped);
  expect(unheard.length).toBeLessThan(sent.length * 0.05);
}, 90_000);

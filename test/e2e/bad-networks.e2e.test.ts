/**
 * Calls on networks that let UDP through not at all, no more, one way only or for a while: what carries voice then, and how long the gap
 * is. Each caller speaks in the echo room through a network of its own, so that one process tells of both directions.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadNetwork } from './bad-network.ts';
import { type Caller, finished, type Report, startCaller, traceOf } from './calls.ts';
import { Place, type StationProcess } from './process.ts';

/** Frames that the echo, 1.5 s long, still has when its speaker leaves. */
const TAIL_FRAMES = 75;

let place: Place;
let station: StationProcess;
const networks: BadNetwork[] = [];

beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
}, 30_000);

afterAll(async () => {
  await Promise.all(networks.map((network) => network.close()));
  await place?.dispose();
});

let numbers = 2;

async function network(): Promise<BadNetwork> {
  const made = await BadNetwork.open(station, numbers++);
  networks.push(made);
  return made;
}

/** Speaks a tone to the echo. */
function call(through: BadNetwork, name: string, seconds: number): Promise<Caller> {
  const args = ['--input', 'tone', '--duration', String(seconds)];
  return startCaller(place, through.target(name, 'echo'), name, args);
}

/** When frames of the echo came, ms of the caller's clock. */
async function heardAt(caller: Caller): Promise<number[]> {
  const { heard } = await traceOf(caller);
  return heard.flatMap(({ receiveNs }) => (receiveNs === null ? [] : [Number(receiveNs) / 1e6]));
}

/** Longest pause between two frames that were heard, ms. */
async function longestPause(caller: Caller): Promise<number> {
  const times = (await heardAt(caller)).sort((a, b) => a - b);
  return Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? at)));
}

/** What an echo heard of a call that lasts: frames lost on either way, but for the tail that the echo still had. */
function lost({ frames }: Report): number {
  return frames.sent - TAIL_FRAMES - frames.received;
}

// The networks have addresses of their own in 127.0.0.0/8, all of which is loopback on Linux alone.
describe.runIf(process.platform === 'linux')('a call', { concurrent: true, timeout: 60_000 }, () => {
  test('on which no datagram ever gets through goes by the stream, and says so', async () => {
    const here = await network();
    here.udp({ up: 'block', down: 'block' });
    const ann = await call(here, 'never', 5);
    const report = await finished(ann);
    expect(report).toMatchObject({ carrier: 'stream', carrierUp: 'stream', carrierDown: 'stream' });
    expect(report).toMatchObject({ carrierReason: 'no UDP answer yet' });
    expect(lost(report)).toBeLessThan(10);
    expect(await longestPause(ann)).toBeLessThan(500);
  });

  test('that loses UDP in the middle is heard again within 3 s, and climbs back without a gap', async () => {
    const here = await network();
    const ann = await call(here, 'midway', 16);
    await here.carriesVoice('udp');
    here.udp({ up: 'block', down: 'block' });
    await here.carriesVoice('tcp');
    const settledAt = performance.now();
    here.udp({ up: '', down: '' });
    await here.carriesVoice('udp');
    expect(performance.now() - settledAt).toBeLessThan(8000);
    const report = await finished(ann);
    expect(report).toMatchObject({ carrierUp: 'udp', carrierDown: 'udp', carrierReason: 'UDP answers' });
    expect(await longestPause(ann)).toBeLessThan(3000);
    // One gap each way, and none at the return.
    expect(lost(report)).toBeLessThan(200);
  });

  test.each([
    ['up', { carrierUp: 'stream', carrierDown: 'udp', carrierReason: 'UDP to the station does not arrive' }],
    [
      'down',
      { carrierUp: 'udp', carrierDown: 'stream', carrierReason: 'UDP from the station does not arrive' },
    ],
  ] as const)('that loses UDP %s keeps it the other way, new sockets or not', async (way, carriers) => {
    const here = await network();
    const ann = await call(here, `one-way-${way}`, 13);
    await here.carriesVoice('udp');
    const { ports } = here;
    here.udp({ [way]: 'block' });
    const report = await finished(ann);
    expect(report).toMatchObject(carriers);
    // A ping that arrives is answered by the stream; only where none does, new sockets are worth a try.
    expect(here.ports > ports).toBe(way === 'up');
    expect(await longestPause(ann)).toBeLessThan(3000);
    expect(lost(report)).toBeLessThan(150);
  });

  test('behind a box that drops a UDP port after a while goes on, and by UDP again from another port', async () => {
    const here = await network();
    const ann = await call(here, 'box', 16);
    await here.carriesVoice('udp');
    here.dropPortsOfNow();
    await here.carriesVoice('tcp');
    await here.carriesVoice('udp');
    const report = await finished(ann);
    expect(report).toMatchObject({ carrierUp: 'udp', carrierDown: 'udp' });
    expect(here.ports).toBe(2);
    expect(await longestPause(ann)).toBeLessThan(3000);
    expect(lost(report)).toBeLessThan(200);
  });
});

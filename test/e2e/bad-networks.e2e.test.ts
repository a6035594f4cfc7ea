/**
 * Calls on networks that let UDP through not at all, no more, one way only or for a while: what carries voice then, and how long the gap
 * is. Each caller speaks in the echo room through a network of its own, so that one process tells of both directions.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Sockets, type TcpEnd } from '../net/forward/sockets.ts';
import { BadNetwork } from './bad-network.ts';
import { type Caller, hangUp, phasesOf, type Report, startCaller, traceOf } from './calls.ts';
import { Place, type StationProcess } from './process.ts';
import { leave, message, Screens, until as untilShown } from './screens.ts';

/** Frames that the echo, 1.5 s long, still has when its speaker leaves. */
const ECHO_MS = 1500;
const TAIL_FRAMES = ECHO_MS / 20;

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

let place: Place;
let station: StationProcess;
let screens: Screens;
const sockets = new Sockets();
const networks: BadNetwork[] = [];

beforeAll(async () => {
  place = await Place.make();
  screens = new Screens(place);
  station = await place.serve({ more: ['--allow-forward', '127.0.0.1:*'] });
}, 30_000);

afterAll(async () => {
  sockets.close();
  await screens?.dispose();
  await Promise.all(networks.map((network) => network.close()));
  await place?.dispose();
});

let numbers = 2;

async function network(): Promise<BadNetwork> {
  const made = await BadNetwork.open(station, numbers++);
  networks.push(made);
  return made;
}

/** Speaks a tone to the echo until it hangs up. */
function call(through: BadNetwork, name: string): Promise<Caller> {
  return startCaller(place, through.target(name, 'echo'), name, ['--input', 'tone']);
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

/** How many frames came in the last so many ms. */
async function heardInLast(ms: number, caller: Caller): Promise<number> {
  const times = await heardAt(caller);
  return times.filter((at) => at > Math.max(...times) - ms).length;
}

/** How much later than the earliest each frame came since then, ms, in order. */
async function latenessSince(since: number, caller: Caller): Promise<number[]> {
  const { heard } = await traceOf(caller);
  const came = heard.flatMap(({ receiveNs, rtpTs }) => {
    const at = Number(receiveNs) / 1e6;
    return receiveNs === null ? [] : [{ at, ms: at - rtpTs / 48 }];
  });
  const least = Math.min(...came.map(({ ms }) => ms));
  return came.flatMap(({ at, ms }) => (at > since ? [ms - least] : [])).sort((a, b) => a - b);
}

/** Sends all that it takes, without end. */
function pour({ socket }: TcpEnd): void {
  const fill = (): void => {
    while (socket.write(Buffer.alloc(65_536)));
  };
  socket.on('drain', fill);
  fill();
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
    const ann = await call(here, 'never');
    await here.carriesVoice('tcp');
    await delay(2000);
    const report = await hangUp(ann);
    expect(report).toMatchObject({ carrier: 'stream', carrierUp: 'stream', carrierDown: 'stream' });
    expect(report).toMatchObject({ carrierReason: 'no UDP answer yet' });
    expect(lost(report)).toBeLessThan(10);
    expect(await longestPause(ann)).toBeLessThan(500);
  });

  test('that loses UDP in the middle is heard again within 3 s, and climbs back without a gap', async () => {
    const here = await network();
    const ann = await call(here, 'midway');
    await here.carriesVoice('udp');
    here.udp({ up: 'block', down: 'block' });
    await here.carriesVoice('tcp');
    const settledAt = performance.now();
    here.udp({ up: '', down: '' });
    await here.carriesVoice('udp');
    expect(performance.now() - settledAt).toBeLessThan(8000);
    const report = await hangUp(ann);
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
    const ann = await call(here, `one-way-${way}`);
    await here.carriesVoice('udp');
    const { ports } = here;
    here.udp({ [way]: 'block' });
    await here.carriesVoice('tcp', way);
    // A ping that arrives is answered by the stream; only where none does, new sockets are worth a try.
    if (way === 'up') await vi.waitUntil(() => here.ports > ports, { timeout: 15_000 });
    await delay(2500); // longer than a route that is not heard on any more counts as good
    const report = await hangUp(ann);
    expect(report).toMatchObject(carriers);
    expect(here.ports > ports).toBe(way === 'up');
    expect(await longestPause(ann)).toBeLessThan(3000);
    expect(lost(report)).toBeLessThan(150);
  });

  test('behind a box that drops a UDP port after a while goes on, and by UDP again from another port', async () => {
    const here = await network();
    const ann = await call(here, 'box');
    await here.carriesVoice('udp');
    here.dropPortsOfNow();
    // By the stream meanwhile, for a second or more.
    await vi.waitUntil(() => here.ports > 1, { timeout: 30_000 });
    await here.carriesVoice('udp');
    const report = await hangUp(ann);
    expect(report).toMatchObject({ carrierUp: 'udp', carrierDown: 'udp' });
    expect(await longestPause(ann)).toBeLessThan(3000);
    expect(lost(report)).toBeLessThan(200);
  });

  test('whose machine slept for 8 s, with its UDP port lost meanwhile, goes on from a new port at once', async () => {
    const here = await network();
    const ann = await call(here, 'sleeper');
    await here.carriesVoice('udp');
    ann.process.child.kill('SIGSTOP');
    here.dropPortsOfNow();
    await delay(8000);
    const wokenAt = nowMs();
    ann.process.child.kill('SIGCONT');
    await here.carriesVoice('udp');
    await delay(2000);
    const report = await hangUp(ann);
    expect(report).toMatchObject({ carrierUp: 'udp', carrierDown: 'udp' });
    expect(here.ports).toBe(2);
    const after = (await heardAt(ann)).filter((at) => at > wokenAt);
    expect(after[0]! - wokenAt).toBeLessThan(ECHO_MS + 2000);
    expect(await heardInLast(2000, ann)).toBeGreaterThan(85);
    // What was not said while asleep is not said afterwards.
    const { sent } = await traceOf(ann);
    const spokenMs = Number(sent.at(-1)?.captureNs) / 1e6 - Number(sent[0]?.captureNs) / 1e6;
    expect(sent.length * 20).toBeLessThan(spokenMs - 7000);
    // The frames that were on their way through the process as it fell asleep are the only ones that are old when they leave.
    const old = sent.filter(({ captureNs, sendNs }) => Number(sendNs) - Number(captureNs) > 3e9);
    expect(old.length).toBeLessThan(5);
    expect(old.every(({ captureNs }) => Number(captureNs) / 1e6 < wokenAt - 7000)).toBe(true);
  });

  test('whose station stood still for 4 s goes on with the same session', async () => {
    const own = await place.serve({ more: ['--log-format', 'json'] });
    const args = ['--input', 'tone', '--log-level', 'debug', '--log-format', 'json'];
    const ann = await startCaller(place, own.target('ann', 'echo'), 'still', args);
    await delay(3500);
    own.process.child.kill('SIGSTOP');
    await delay(4000);
    own.process.child.kill('SIGCONT');
    await delay(4000);
    const report = await hangUp(ann);
    expect(report).toMatchObject({ carrierUp: 'udp', carrierDown: 'udp' });
    expect(phasesOf(ann.process)).toEqual(['connecting', 'online']);
    expect(await heardInLast(2000, ann)).toBeGreaterThan(85);
  });

  test('beside a forward that fills a slow link, with UDP blocked, is hardly late, and text passes too', async () => {
    const here = await network();
    const slow = 'rate=256kbit queue=100ms delay=20ms';
    here.udp({ up: 'block', down: 'block' });
    here.tcp({ up: slow, down: slow });
    const bulk = { arrived: 0 };
    const sink = await sockets.tcp((socket) => socket.on('data', ({ length }) => (bulk.arrived += length)));
    const bob = await startCaller(place, station.target('bob', 'slow'), 'bob', ['--input', 'silence']);
    const options = ['-L', `0:127.0.0.1:${sink}`, here.target('ann', 'slow')];
    const ann = await screens.open('ann', options, { columns: 160 });
    await untilShown(ann, 'online', /listening on port/);
    ann.send(' ');
    await untilShown(ann, 'TALKING');
    await here.carriesVoice('tcp', 'up');
    const since = nowMs();
    pour(await sockets.connect(Number(/listening on port (\d+)/.exec(ann.lines.join('\n'))?.[1])));
    await delay(7000);
    const bytesAMs = bulk.arrived / (nowMs() - since);
    ann.send('text passes too\r');
    await untilShown(ann, message('ann', 'text passes too'));
    await leave(ann);
    await hangUp(bob);
    const late = await latenessSince(since, bob);
    expect(late.length).toBeGreaterThan(300);
    expect(late[Math.floor(late.length * 0.98)]).toBeLessThan(300);
    // Voice takes a third of the link's 32 bytes a ms; much of the rest is used.
    expect(bytesAMs).toBeGreaterThan(10);
  });

  test('is no longer said to go on when the station was killed', async () => {
    const own = await place.serve();
    const ann = await screens.open('lonely', [own.target('ann')]);
    await untilShown(ann, 'online', /rtt|ms/);
    await own.process.end('SIGKILL');
    await untilShown(ann, /Offline/);
    await ann.until((text) => text.includes('Offline') && !text.includes('voice goes on'), 5000);
    await leave(ann);
  });
});

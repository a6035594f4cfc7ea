/** Whose fault it is, on real links of which two are bad: what each end of a call says of the others. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BadNetwork } from './bad-network.ts';
import { type Caller, hangUp, startCaller } from './calls.ts';
import { Place } from './process.ts';

/** Probes come every second, and a verdict is of the last seconds, ms. */
const CALL_MS = 9000;

interface Verdicts {
  readonly speakers: readonly { readonly name: string; readonly verdict: string }[];
  readonly listeners: readonly { readonly name: string; readonly verdict: string }[];
}

let place: Place;
beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.dispose());

/** What a caller says at its end of each of the others, heard or listening. */
async function verdictsOf(caller: Caller): Promise<Record<string, string>> {
  const { speakers, listeners } = (await hangUp(caller)) as unknown as Verdicts;
  return Object.fromEntries([...speakers, ...listeners].map(({ name, verdict }) => [name, verdict]));
}

test('a bad uplink and a bad downlink are told apart, at both ends', { timeout: 60_000 }, async () => {
  const station = await place.serve();
  const [up, down] = await Promise.all([BadNetwork.open(station, 2), BadNetwork.open(station, 3)]);
  try {
    up.udp({ up: 'loss=25%' });
    down.udp({ down: 'loss=25%' });
    const start = (target: string, name: string, input: string): Promise<Caller> =>
      startCaller(place, target, name, ['--input', input]);
    const [bob, eve, ann, dan] = await Promise.all([
      start(up.target('bob', 'lobby'), 'bob', 'tone'),
      start(station.target('eve'), 'eve', 'tone'),
      start(station.target('ann'), 'ann', 'silence'),
      start(down.target('dan', 'lobby'), 'dan', 'silence'),
    ]);
    await delay(CALL_MS);
    const said = await Promise.all([bob, eve, ann, dan].map(verdictsOf));
    expect(said).toMatchObject([
      { ann: 'your-uplink', dan: 'your-uplink', eve: expect.stringMatching(/none|your-uplink/) },
      { ann: 'none', dan: 'their-downlink', bob: 'their-uplink' },
      { bob: 'their-uplink', eve: 'none' },
      { bob: 'your-downlink', eve: 'your-downlink' },
    ]);
  } finally {
    await Promise.all([up.close(), down.close()]);
  }
});

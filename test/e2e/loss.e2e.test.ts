/**
 * Real speech over a network that loses a third of it, each packet by itself or in bursts: redundancy gives back what was lost, so that
 * it is understood. How late, at which other rates, and what it costs, is measured by bench/voice.ts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { understood } from '../audio/pieces.ts';
import { BadNetwork } from './bad-network.ts';
import { finished, hangUp, joined, startCaller, writeWav } from './calls.ts';
import { pathsOf, realShare, within } from './frame-paths.ts';
import { Place, ROOT, SPEECH, type StationProcess } from './process.ts';

/** From the beginning of the loss until redundancy must have come up to it, ms. */
const ADAPTATION_MS = 5000;
/** When the loss begins, and when what was on its way has come, ms. */
const CALM_MS = 1000;
const SETTLE_MS = 1000;

/** What is said, samples: four seconds of it when redundancy has come up to the loss. */
const SAID = (CALM_MS + ADAPTATION_MS + 4000) * 48;

/** So that a test that is tried again has a room of its own. */
let rooms = 0;
let place: Place;
let station: StationProcess;
let samples: Int16Array;
let spoken: string;

beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
  const [english, german] = await Promise.all([loadWav(SPEECH), loadWav(`${ROOT}assets/speech-de.wav`)]);
  samples = joined(english, german).subarray(0, SAID);
  spoken = await writeWav(place, 'spoken.wav', samples);
});

afterAll(() => place?.dispose());

describe.concurrent('with a loss of 30 %', () => {
  // Without redundancy the share is 0.7. A busy machine takes some of both, too.
  test.for([
    { name: 'packet by packet', host: 2, impairment: 'loss=30%', share: 0.92, pieces: 0.7 },
    { name: 'in bursts of 4', host: 3, impairment: 'loss=30% burst=4', share: 0.85, pieces: 0.6 },
  ])('$name', async ({ host, impairment, share, pieces }, { expect }) => {
    const network = await BadNetwork.open(station, host);
    try {
      const room = `loss-${++rooms}`;
      const listening = ['--input', 'silence'];
      const bob = await startCaller(place, station.target(`bob${host}`, room), `bob${host}`, listening);
      const ann = await startCaller(place, network.target(`ann${host}`, room), `ann${host}`, [
        '--input',
        spoken,
      ]);
      await delay(CALM_MS);
      network.udp({ up: impairment });
      const said = await finished(ann);
      await delay(SETTLE_MS);
      const heard = await hangUp(bob);
      expect(said.carrierUp).toBe('udp');
      const paths = pathsOf(ann.trace, bob.trace);
      const settled = within(paths, CALM_MS + ADAPTATION_MS);
      expect(settled.length).toBeGreaterThan(100);
      expect(realShare(settled)).toBeGreaterThan(share);
      // Redundancy did it, not luck: what was lost came as copies.
      const copies = settled.filter(({ source }) => source === 'red').length;
      expect(copies).toBeGreaterThan(0.08 * settled.length);
      expect(heard.frames.recovered).toBeGreaterThanOrEqual(copies);

      const first = paths[0]!;
      const beginMs = Number(first.captureNs) / 1e6 - first.lengthMs;
      const late = (CALM_MS + ADAPTATION_MS) * 48;
      const mouth = { samples: samples.subarray(late), beginMs: beginMs + CALM_MS + ADAPTATION_MS };
      const ear = { samples: await loadWav(bob.wav), beginMs: Number(heard.startedAtNs) / 1e6 };
      expect(understood(mouth, ear)).toBeGreaterThan(pieces);
    } finally {
      await network.close();
    }
  });
});

/** Stations that are killed, stopped and gone: what was acknowledged is there, once, in order. */
import { describe, expect } from 'vitest';
import { seededRandom } from '../../src/lab/random.ts';
import { test } from './place-test.ts';
import { aMoment, follow, history, type Line, linesOf, Poster } from './posters.ts';
import { expectSentence, type Place, parseLines, type StationProcess } from './process.ts';

/** Starting processes takes seconds on two busy cores. */
const LONG = { timeout: 90_000 };
const PATIENCE_MS = 40_000;

/** The same station again: its data, its port. */
function again(place: Place, station: StationProcess): Promise<StationProcess> {
  return place.serve({ port: station.port, data: 'station-1' });
}

function textsFrom(lines: readonly Line[], name: string): string[] {
  return lines.filter((line) => line.from === name).map((line) => line.text);
}

describe('kill -9 during a stream of posts', { concurrent: true }, () => {
  const SEED = 2026;
  const NAMES = ['ann', 'bob', 'cid'];
  const EACH = 160;
  const KILLS = 3;
  /** Lines that a poster is ahead of what was seen: there is always something on its way. */
  const AHEAD = 25;

  test(
    'loses nothing, doubles nothing, keeps the order, and tail -f sees it all',
    LONG,
    async ({ place }) => {
      const random = seededRandom(SEED);
      let station = await place.serve();
      const tail = await follow(place, station, ['--since', '1']);
      const posters = await Promise.all(NAMES.map((name) => Poster.start(place, station, name)));
      const feed = (): void => {
        const seen = linesOf(tail);
        for (const poster of posters)
          poster.feed(Math.min(EACH, textsFrom(seen, poster.name).length + AHEAD));
      };
      tail.child.stdout?.on('data', feed);
      feed();

      for (let kill = 1; kill <= KILLS; kill++) {
        const enough = Math.floor((NAMES.length * EACH * (kill - random() * 0.5)) / (KILLS + 1));
        await tail.until(({ lines }) => lines.length >= enough, PATIENCE_MS);
        await aMoment(random, 30);
        expect(linesOf(tail).length).toBeLessThan(NAMES.length * EACH);
        await station.process.end('SIGKILL');
        station = await again(place, station);
      }
      await tail.until(({ lines }) => lines.length >= NAMES.length * EACH, PATIENCE_MS);
      for (const poster of posters) {
        expect(await poster.finish()).toMatchObject({ status: 0, stdout: '' });
      }

      const kept = await history(place, station);
      for (const { name, fed } of posters) expect(textsFrom(kept, name)).toEqual(fed);
      expect(kept.map((line) => line.seq)).toEqual(kept.map((_, index) => index + 1));
      expect(new Set(kept.map((line) => line.id)).size).toBe(NAMES.length * EACH);
      expect(linesOf(tail)).toEqual(kept);
      expect(await tail.end('SIGINT')).toMatchObject({ status: 0 });
    },
  );
});

describe('tail -f', { concurrent: true }, () => {
  test('reads all that it missed, also from the first message on', LONG, async ({ place }) => {
    let station = await place.serve();
    const tail = await follow(place, station, ['--log-level', 'debug']);
    await tail.until(({ stderr }) => stderr.includes('following'));
    // While it stands still the station goes, comes back, and hears more than a page of history holds.
    tail.child.kill('SIGSTOP');
    await station.process.end('SIGKILL');
    station = await again(place, station);
    const ann = await Poster.start(place, station, 'ann');
    ann.feed(150);
    expect((await ann.finish()).status).toBe(0);
    tail.child.kill('SIGCONT');
    await tail.until(({ lines }) => lines.length >= 150, PATIENCE_MS);
    expect(linesOf(tail).map((line) => line.text)).toEqual(ann.fed);
    expect((await tail.end('SIGTERM')).status).toBe(0);
  });
});

describe('a station that is gone', { concurrent: true }, () => {
  test('say names what is not acknowledged, and only that', LONG, async ({ place }) => {
    const station = await place.serve();
    const tail = await follow(place, station, ['--since', '1']);
    const ann = await Poster.start(place, station, 'ann', ['--timeout', '2']);
    ann.feed(2);
    await tail.until(({ lines }) => lines.length >= 2, PATIENCE_MS);
    expect((await station.process.end('SIGTERM')).status).toBe(0);
    ann.feed(4);
    const outcome = await ann.finish();
    expectSentence(outcome, 1, /not acknowledged.*: "ann says 3", "ann says 4"\n$/);
    expect(outcome.stderr).toContain(`127.0.0.1 port ${station.port}`);
  });

  test('say ends in the time that it was given, with many lines', LONG, async ({ place }) => {
    const station = await place.serve();
    await station.process.end('SIGKILL');
    const input = Array.from({ length: 400 }, (_, n) => `line ${n + 1}\n`).join('');
    const startedAt = performance.now();
    const outcome = await place.run(['say', station.target('ann'), '--timeout', '1'], { home: 'ann', input });
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
    expectSentence(outcome, 1, /not acknowledged.*"line 1", "line 2".*and [0-9]+ more/);
    const text = await place.run(['say', station.target('ann'), '--timeout', '1', 'two', 'words'], {
      home: 'ann',
    });
    expectSentence(text, 1, /not acknowledged.*: "two words"\n$/);
  });

  test('say goes on once there is one', LONG, async ({ place }) => {
    const station = await place.serve();
    await station.process.end('SIGKILL');
    const ann = await Poster.start(place, station, 'ann');
    ann.feed(3);
    const back = await again(place, station);
    expect((await ann.finish()).status).toBe(0);
    expect(textsFrom(await history(place, back), 'ann')).toEqual(ann.fed);
  });
});

describe.each(['SIGTERM', 'SIGINT'] as const)(
  '%s during a stream of posts',
  { concurrent: true },
  (signal) => {
    test('drains and ends with 0, and has on disk what it acknowledged', LONG, async ({ place }) => {
      const random = seededRandom(signal === 'SIGTERM' ? 5 : 6);
      const station = await place.serve();
      const tail = await follow(place, station, ['--since', '1']);
      const ann = await Poster.start(place, station, 'ann', ['--timeout', '1']);
      const feed = (): void => ann.feed(linesOf(tail).length + 12);
      tail.child.stdout?.on('data', feed);
      feed();
      await tail.until(({ lines }) => lines.length >= 100, PATIENCE_MS);
      await aMoment(random, 20);
      const ended = await station.process.end(signal);
      tail.child.stdout?.off('data', feed);
      expect(ended).toMatchObject({ status: 0, signal: null });
      expect(parseLines(ended.stdout)).toHaveLength(1);
      expect(ended.stderr).not.toMatch(/\n\s+at /);

      ann.feed(ann.fed.length + 1);
      const said = await ann.finish();
      expect(said.status).toBe(1);
      // Named oldest first: everything before the first one was acknowledged.
      const first = ann.fed.indexOf(/: "([^"]+)"/.exec(said.stderr)?.[1] ?? '');
      expect(first).toBeGreaterThanOrEqual(90);
      const kept = textsFrom(await history(place, await again(place, station)), 'ann');
      expect(kept.length).toBeGreaterThanOrEqual(first);
      expect(kept).toEqual(ann.fed.slice(0, kept.length));
      expect(linesOf(tail).map((line) => line.text)).toEqual(kept.slice(0, linesOf(tail).length));
    });
  },
);

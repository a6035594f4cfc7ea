/** Volumes, blocks, replays and recordings as people have them: terminals, a real station, files that others can play. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { readOgg } from '../audio/ogg-read.ts';
import { understoodSomewhere } from '../audio/pieces.ts';
import { CALM, finished, hangUp, startCaller, writeWav } from './calls.ts';
import { test as inPlace } from './place-test.ts';
import { expectSentence, SPEECH } from './process.ts';
import { leave, memberRow, message, Screens, until } from './screens.ts';
import { maySmallDisks, SmallDisk } from './small-disk.ts';

const LONG = { timeout: 90_000 };
const hasFfprobe = spawnSync('ffprobe', ['-version']).status === 0;

/** What is said and recorded, samples. */
const SAID = 3 * 48_000;
/** The share of the pieces that must be heard: a busy machine conceals some of them. Other speech has 0. */
const UNDERSTOOD = 0.5;

const test = inPlace.extend<{ screens: Screens }>({
  screens: async ({ place }, use) => {
    const screens = new Screens(place);
    await use(screens);
    await screens.dispose();
  },
});

test.concurrent(
  'people are heard as the user wants, also tomorrow, and who keeps what is said is seen by all',
  LONG,
  async ({ place, screens }) => {
    const station = await place.serve();
    const ann = await screens.open('ann', [station.target('ann')]);
    await until(ann, 'online', 'Here 1');
    const bob = await startCaller(place, station.target('bob'), 'bob', ['--input', 'tone']);
    await until(ann, 'Here 2', /● bob/);

    ann.send('/volume @bob -6\r');
    await until(ann, '@bob is played at -6 dB', /bob .*-6 dB/);
    ann.send('/volume @nobody 3\r');
    await until(ann, 'nobody called nobody');

    // Somebody who comes later sees it, too.
    ann.send('/replay on\r');
    await until(ann, 'The last 30 seconds are kept');
    ann.send('/record\r');
    await until(ann, 'Recording to', 'REC you');
    const dan = await screens.open('dan', [station.target('dan')]);
    await until(dan, 'online', 'Here 3', 'REC ann');
    expect(memberRow(dan, 'ann')).toMatch(/REC.*30s/);
    ann.send('/replay 5 @bob\r');
    await until(ann, /Replaying \d\.\d s of bob/);
    ann.send('/record stop\r');
    await until(ann, 'Recorded 2 files');
    await until(dan, '@ann has stopped recording');
    const [directory] = readdirSync(join(await place.home('ann'), '.local/share/voipterm/recordings'));
    const path = join(await place.home('ann'), '.local/share/voipterm/recordings', directory!);
    expect(readdirSync(path).sort()).toEqual(['bob.ogg', 'mix.ogg']);
    for (const file of ['bob.ogg', 'mix.ogg']) {
      expect(statSync(join(path, file)).mode & 0o777).toBe(0o600);
      expect(readOgg(readFileSync(join(path, file))).packets.length).toBeGreaterThan(20);
    }

    // Blocked, bob is not read; no longer blocked, he is.
    ann.send('/block @bob\r');
    await until(ann, '@bob is blocked, voice and text');
    await place.run(['say', station.target('bob'), 'can you hear me'], { home: 'bob' });
    await until(dan, message('bob', 'can you hear me'));
    dan.send('hello ann\r');
    await until(ann, message('dan', 'hello ann'));
    expect(ann.text).not.toContain('can you hear me');
    ann.send('/unblock @bob\r');
    await until(ann, message('bob', 'can you hear me'));

    ann.send('/voice\r');
    await until(ann, /RTT \d+ ms +lost +late/, /bob +\d+%.* fine/);
    await leave(ann);
    const again = await screens.open('ann', [station.target('ann')]);
    await until(again, 'online', /bob .*-6 dB/);
    await hangUp(bob);
  },
);

test.concurrent(
  'a call is recorded as it was said, in both formats, and told by voice --json',
  LONG,
  async ({ place }) => {
    const station = await place.serve();
    const record = (name: string, format: string) =>
      startCaller(place, station.target(name), name, ['--input', 'silence', '--record', place.file(name)], {
        VOIPTERM_AUDIO_RECORD_FORMAT: format,
      });
    const [wav, ogg] = await Promise.all([record('wav', 'wav'), record('ogg', 'ogg')]);
    const said = (await loadWav(SPEECH)).subarray(0, SAID);
    const spoken = await writeWav(place, 'spoken.wav', said);
    const bob = await startCaller(place, station.target('bob'), 'bob', ['--input', spoken]);
    const { listeners } = (await finished(bob)) as unknown as { listeners: object[] };
    expect(listeners.length).toBeGreaterThan(0);
    for (const listener of listeners)
      expect(listener).toMatchObject({ name: expect.stringMatching(/wav|ogg/), verdict: expect.any(String) });
    const reports = await Promise.all([hangUp(wav), hangUp(ogg)]);
    const [asWav, asOgg] = reports.map((report) => {
      const { recording, speakers } = report as unknown as { recording: string; speakers: object[] };
      expect(speakers).toMatchObject([
        { name: 'bob', verdict: expect.any(String), rttMs: expect.any(Number) },
      ]);
      return recording;
    });
    for (const file of ['bob.wav', 'mix.wav']) {
      expect(understoodSomewhere(said, await loadWav(join(asWav!, file)))).toBeGreaterThan(UNDERSTOOD);
    }
    const lengths = ['bob.ogg', 'mix.ogg'].map((file) => {
      const { granules, preSkip, title } = readOgg(readFileSync(join(asOgg!, file)));
      expect(`${title}.ogg`).toBe(file);
      return granules.at(-1)! - preSkip;
    });
    expect(lengths[0]).toBe(lengths[1]);
    expect(lengths[0]).toBeGreaterThan(said.length);
    if (!hasFfprobe) return;
    const shown = spawnSync('ffprobe', [
      '-v',
      'warning',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      join(asOgg!, 'bob.ogg'),
    ]);
    expect(String(shown.stderr)).toBe('');
    expect(Number(shown.stdout)).toBeCloseTo(lengths[0]! / 48_000, 1);
  },
);

test.concurrent('a station may forbid it', LONG, async ({ place }) => {
  const station = await place.serve({ env: { VOIPTERM_STATION_ALLOW_RECORDING: 'false' } });
  const args = ['--input', 'silence', '--output', 'null', '--duration', '5', '--record', place.file('no')];
  const refused = await place.run(['voice', station.target('eve'), ...args], { home: 'eve', env: CALM });
  expectSentence(refused, 4, /This station does not allow to record/);
  expect(readdirSync(place.path)).not.toContain('no');
});

test.skipIf(!maySmallDisks())(
  'a full disk ends the recording, with a sentence, and not the call (needs to mount)',
  { ...LONG, concurrent: true },
  async ({ place }) => {
    const station = await place.serve();
    const disk = new SmallDisk(place.file('disk'), '128k');
    try {
      const bob = await startCaller(place, station.target('bob'), 'bob', ['--input', 'tone']);
      const caller = await place.start(
        [
          'voice',
          station.target('eve'),
          '--input',
          'silence',
          '--output',
          'null',
          '--duration',
          '3',
          '--record',
          disk.path,
        ],
        { home: 'eve', env: { ...CALM, VOIPTERM_AUDIO_RECORD_FORMAT: 'wav' } },
      );
      const { status, stdout, stderr } = await caller.exited();
      expect({ status, stderr }).toEqual({
        status: 6,
        stderr: expect.stringMatching(/^voipterm: cannot record to .*the disk is full\n$/),
      });
      expect(stdout).toMatch(/received [1-9]/);
      await hangUp(bob);
    } finally {
      disk.unmount();
    }
  },
);

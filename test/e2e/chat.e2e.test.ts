/** Text in the built programs: what survives a kill, conversations, edits, and two clients of one person. */
import { describe, expect } from 'vitest';
import type { Terminal } from '../fakes/terminal.ts';
import { parseLines, type StationProcess } from './process.ts';
import { leave, message, until } from './screens.ts';
import { test } from './screens-test.ts';

const LONG = { timeout: 90_000 };

interface Said {
  readonly id: string;
  readonly seq: number;
  readonly from: string;
  readonly text: string;
}

describe('text', { concurrent: true }, () => {
  test(
    'survives kill -9 of client and station: nothing lost, nothing doubled, in order',
    LONG,
    async ({ place, screens }) => {
      const data = 'station-1';
      let station: StationProcess = await place.serve({ data });
      const target = station.target('ann');
      let ann = await screens.open('ann', [target], { rows: 40 });
      await until(ann, 'online', 'ann (you)');
      const said: string[] = [];
      const say = (count: number): void => {
        for (let n = 0; n < count; n++) {
          said.push(`word-${said.length}.`);
          ann.send(`${said.at(-1)}\r`);
        }
      };
      const shown = (): Promise<void> => until(ann, said.at(-1) ?? '');
      const again = async (): Promise<Terminal> => {
        ann.kill('SIGKILL');
        return screens.open('ann', [target], { rows: 40 });
      };

      say(4);
      await until(ann, message('ann', 'word-0\\.'));
      // On their way, or just said, when the client dies.
      say(4);
      await shown();
      ann = await again();
      await until(ann, 'online', ...said);
      // Said while there is no station; then the client dies before it is back.
      await station.process.end('SIGKILL');
      say(4);
      await shown();
      ann = await again();
      await until(ann, ...said);
      station = await place.serve({ port: station.port, data });
      await until(ann, 'online');
      say(2);
      // On their way when the station dies.
      await shown();
      await station.process.end('SIGKILL');
      station = await place.serve({ port: station.port, data });
      const tail = await place.start(['tail', station.target('eve'), '-f', '--json', '--since', '1'], {
        home: 'eve',
      });
      await tail.until(({ lines }) => lines.length >= said.length, 40_000);
      const kept = parseLines<Said>(tail.lines.join('\n'));
      expect(kept.map(({ text }) => text)).toEqual(said);
      expect(kept.map(({ seq }) => seq)).toEqual(said.map((_, index) => index + 1));
      expect(new Set(kept.map(({ id }) => id)).size).toBe(said.length);
      await tail.end('SIGINT');
      await leave(ann);
    },
  );

  test('goes to one person, from commands and screens, with edits', LONG, async ({ place, screens }) => {
    const station = await place.serve();
    const ann = await screens.open('ann', [station.target('ann')], { rows: 30 });
    await until(ann, 'online', 'ann (you)');
    const host = station.target('bob').replace('/lobby', '');
    const run = await place.run(['say', host, '@ann', 'psst', 'ann'], { home: 'bob' });
    expect(run).toMatchObject({ status: 0, stdout: '' });
    await until(ann, '@bob');
    expect(ann.text).not.toContain('psst ann');
    ann.send('/msg bob yes?\r');
    await until(ann, message('bob', 'psst ann'), message('ann', 'yes\\?'));
    const tail = await place.start(['tail', `${host}/@ann`, '-f', '--json'], { home: 'bob' });
    await tail.until(({ lines }) => lines.length >= 2);
    ann.send('/edit yes, bob?\r');
    await tail.until(({ lines }) => lines.length >= 3);
    ann.send('/delete\r');
    await tail.until(({ lines }) => lines.length >= 4);
    expect(parseLines<Said>(tail.lines.join('\n'))).toMatchObject([
      { room: '@ann', from: 'bob', text: 'psst ann' },
      { room: '@ann', from: 'ann', text: 'yes?', seq: 2 },
      { change: 'edited', seq: 2, text: 'yes, bob?', edited: expect.any(Number) },
      { change: 'deleted', seq: 2, text: '', deleted: true },
    ]);
    await tail.end('SIGINT');
    const plain = await place.run(['tail', `${host}/@ann`], { home: 'bob' });
    expect(plain.stdout).toMatch(/<bob> psst ann\n.*<ann> \(deleted\)\n$/);
    const unknown = await place.run(['say', host, '@nobody', 'hi'], { home: 'bob' });
    expect(unknown.status).not.toBe(0);
    expect(unknown.stderr).toMatch(/nobody/);
    await leave(ann);
  });

  test('is read once by a person with two clients', LONG, async ({ place, screens }) => {
    const station = await place.serve();
    const desk = await screens.open('desk', [station.target('ann')], { rows: 30 });
    await until(desk, 'online', 'ann (you)');
    const key = `${await place.home('desk')}/.local/share/voipterm/id_ed25519`;
    const lap = await screens.open('lap', ['-i', key, station.target('ann')], { rows: 30 });
    await until(lap, 'online', 'ann (you)');
    const host = station.target('bob').replace('/lobby', '');
    for (const text of ['one', 'two'])
      expect((await place.run(['say', host, '@ann', text], { home: 'bob' })).status).toBe(0);
    const unread = (terminal: Terminal): boolean => /@bob\s+!?\+?\d/.test(terminal.text);
    await desk.until((_, at) => unread(at));
    await lap.until((_, at) => unread(at));
    desk.send('/msg bob\r');
    await until(desk, message('bob', 'one'));
    await lap.until((text, at) => text.includes('@bob') && !unread(at));
    await leave(desk);
    await leave(lap);
    // It is read for good: the next start has nothing new.
    const again = await screens.open('lap', ['-i', key, station.target('ann')], { rows: 30 });
    await until(again, 'online', '@bob');
    expect(unread(again)).toBe(false);
    await leave(again);
  });
});

/** The real interface in real terminals, on a real station: people chat, talk, resize and leave. */
import { expect } from 'vitest';
import type { Terminal } from '../fakes/terminal.ts';
import { leave, memberRow, message, until, untilTalking } from './screens.ts';
import { test } from './screens-test.ts';

const LONG = { timeout: 60_000 };

function isWhole({ lines }: Terminal, rows: number): boolean {
  return (
    lines.length === rows &&
    (lines[0] ?? '').includes('1 Chat') &&
    (lines[rows - 3] ?? '').includes('#lobby ›') &&
    (lines[rows - 2] ?? '').includes('online') &&
    (lines[rows - 1] ?? '').includes('F4 help')
  );
}

test('two people chat, see each other talk, resize and leave', LONG, async ({ place, screens }) => {
  const station = await place.serve();
  const [ann, bob] = await Promise.all([
    screens.open('ann', [station.target('ann')], { rows: 30 }),
    screens.open('bob', [station.target('bob')], { rows: 30 }),
  ]);
  await until(ann, 'online', 'ann (you)', 'bob', 'Here 2');
  await until(bob, 'online', 'bob (you)', 'ann', 'Here 2');

  ann.send('hello from ann\r');
  await until(ann, message('ann', 'hello from ann'));
  await until(bob, message('ann', 'hello from ann'));
  bob.send('grüße von bob 👋\r');
  await until(bob, message('bob', 'grüße von bob 👋'));
  await until(ann, message('bob', 'grüße von bob 👋'));

  ann.send(' ');
  await until(ann, 'TALKING');
  await untilTalking(ann, 'ann', true);
  await untilTalking(bob, 'ann', true);
  expect(memberRow(bob, 'bob')).not.toContain(')))');
  ann.send(' ');
  await untilTalking(ann, 'ann', false);
  await untilTalking(bob, 'ann', false);
  await ann.until((text) => !text.includes('TALKING'));

  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
  ] as const) {
    ann.resize(columns, rows);
    await ann.until((text) => isWhole(ann, rows) && text.includes('hello from ann'));
    expect(ann.lines.filter((line) => line.includes('1 Chat'))).toHaveLength(1);
  }

  await leave(ann);
  expect(ann.text.trim()).toBe('');
  await until(bob, 'Here 1');
  await leave(bob);
  expect((await station.process.end('SIGTERM')).status).toBe(0);
});

test('who has no microphone is told so, and writes all the same', LONG, async ({ place, screens }) => {
  const station = await place.serve();
  // No recorder is found on an empty path.
  const deaf = {
    PATH: place.file('nothing-here'),
    VOIPTERM_AUDIO_BACKEND: 'process',
    VOIPTERM_AUDIO_INPUT: 'mic',
  };
  const ann = await screens.open('ann', [station.target('ann')], { columns: 120, env: deaf });
  // The key may come before the link is up: others are told of voices, not of keys.
  await until(ann, 'Microphone missing');
  ann.send(' ');
  await until(ann, 'online', 'TALKING', 'Microphone missing');
  ann.send('only text today\r');
  await until(ann, message('ann', 'only text today'));
  // No frame flows, so nobody is shown as talking.
  expect(memberRow(ann, 'ann')).not.toContain(')))');
  await leave(ann);
});

test(
  'a station that is killed and comes back loses nothing of what was typed',
  LONG,
  async ({ place, screens }) => {
    const station = await place.serve();
    const ann = await screens.open('ann', [station.target('ann')]);
    await until(ann, 'online', 'Here 1');
    ann.send('typed before\r');
    await until(ann, message('ann', 'typed before'));
    await station.process.end('SIGKILL');
    await until(ann, 'offline');
    ann.send('typed while it was away\r');
    // Dotted until the station has it. No name: it stands under the first one's.
    await until(ann, /┊ typed while it was away/);
    await place.serve({ port: station.port, data: 'station-1' });
    await until(ann, 'online', message('ann', 'typed before'), /│ typed while it was away/);
    const [read] = await Promise.all([
      place.run(['tail', station.target('bob')], { home: 'bob' }),
      leave(ann),
    ]);
    expect(read.stdout.match(/typed before|typed while it was away/g)).toEqual([
      'typed before',
      'typed while it was away',
    ]);
  },
);

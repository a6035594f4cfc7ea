/** Screens as a person sees them, drawn without a terminal. */
import { expect, test } from 'vitest';
import { helpRows } from '../../src/ui/help-rows.ts';
import type { Tab } from '../../src/ui/key-row.ts';
import { widthOf } from '../../src/ui/text-width.ts';
import { bindingsFor } from '../fakes/bindings.ts';
import { busyState, emptyState } from '../fakes/fake-session.ts';
import { draw } from './drawn.tsx';

test('a busy room at 80x24', () => {
  const { rows } = draw(busyState());
  expect(rows().join('\n')).toMatchInlineSnapshot(`
    " voipterm  F1 Chat  F2 Settings  F3 Shell  F4 Help     ada@station.example:2222
    ────────────────────┬── #lobby ─────────────────────────────────────────────────
     Rooms              │                 │ the night?
     ▸ #lobby           │ 12:02     grace │ it did: 41 days up, 3 restarts, nothing
       #music         3 │                 │ lost
       #station-ops     │                 │ and the history is still all there
                        │──────────────── Monday, 17 November 2025 ─────────────────
     Here 4             │ 12:00 margaret… │ I read the whole log over breakfast. The
       ada (you)        │                 │ replay window never once complained,
     ● grace )))        │                 │ which is what one wants from a replay
       linus            │                 │ window, really: to be asked often and to
       margaret.hamilt… │                 │ say nothing.
                        │               · │ margaret.hamilton came in
                        │ 12:01       ada │ how is the voice over the train wifi?
                        │ 12:02     linus │ surprisingly fine, 60 ms and a bit of
                        │                 │ loss
                        │                 │ the concealment hides most of it
                        │ 12:03     grace │ 日本語も大丈夫 👍🏽 👩‍💻 naïve café
                        │ 12:04   mallory │ ha ␛[31mred␛[0m ␛]0;owned␇ gnp.exe bell␇
                        │ 12:05       ada │ nice try, mallory
                        │ 12:06           ┊ this one is still on its way
    ────────────────────┴───────────────────────────────────────────────────────────
     #lobby › Write, or press Space (Ctrl+T anywhere) to talk
     ● online  RTT 23 ms  loss ↑0% ↓1%  udp  chacha20        mic ░░░░░░  spk ░░░░░░"
  `);
});

test('the same with ASCII only', () => {
  const { rows } = draw(busyState(), { ascii: true });
  expect(rows().join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
  expect(rows().join('\n')).toContain('12:04   mallory | ha ?[31mred');
});

test.each([
  [40, 10],
  [55, 12],
  [64, 14],
  [80, 24],
  [100, 30],
])('%ix%i is filled and not overfilled, in every tab', async (columns, rows) => {
  const drawn = draw(busyState(), { columns, rows });
  for (const tab of ['\x1b1', '\x1b2', '\x1b4']) {
    drawn.type(tab);
    await expect.poll(() => drawn.rows().length).toBe(rows);
    for (const row of drawn.rows()) expect(widthOf(row)).toBeLessThanOrEqual(columns);
    expect(drawn.rows().at(-1)).toContain('online');
  }
});

test('who talks is told also where there is no side', async () => {
  const { session, rows } = draw(busyState(), { columns: 50, rows: 20 });
  expect(rows().join('\n')).toContain('grace talking');
  session.setRoom('lobby', ({ members }) => ({
    members: members.map((member) => ({ ...member, talking: false })),
  }));
  await expect.poll(() => rows().join('\n')).not.toContain('talking');
});

test('troubles stand above the input line', async () => {
  const { session, rows } = draw(busyState());
  session.set({
    link: {
      at: 'offline',
      code: 'control.unreachable',
      reason: 'The station closed the connection.',
      retryInMs: 4200,
      voice: false,
    },
  });
  await expect.poll(() => rows().join('\n')).toContain('! Offline: The station closed the connection.');
  expect(rows().at(-1)).toContain('offline, retry in 5 s');
  expect(rows()).toHaveLength(24);
});

test.each([
  [80, 24],
  [60, 15],
])('at %ix%i a failure is told to its last word, and that nobody hears', async (columns, rows_) => {
  const state = busyState();
  const reason =
    'The name ada belongs to another key here: connect with another name, or with the key that took it first.';
  const { session, rows } = draw(
    { ...state, voice: { ...state.voice, talking: true } },
    { columns, rows: rows_ },
  );
  session.set({ link: { at: 'failed', code: 'control.name-taken', reason } });
  await expect.poll(() => rows().join('\n')).toContain('NOT HEARD');
  expect(rows().join(' ').replaceAll(/\s+/g, ' ')).toContain(reason);
  expect(rows().at(-2)).toContain('Ctrl+C leaves');
  expect(rows()).toHaveLength(rows_);
});

test('levels move the meters', async () => {
  const { session, rows } = draw(busyState());
  expect(rows().at(-1)).toContain('mic ░░░░░░  spk ░░░░░░');
  session.setLevels({ mic: 33, speaker: 0 });
  await expect.poll(() => rows().at(-1)).toContain('mic ███░░░  spk ██████');
});

test('without a room it says how to get into one', () => {
  const { rows } = draw(emptyState());
  expect(rows().join('\n')).toContain('/join ROOM');
  expect(rows().at(-2)).toContain('no room ›');
});

test('the test of sound and its meters are on the first screen of the settings', async () => {
  const { session, rows, type } = draw(busyState());
  type('\x1b2');
  await expect.poll(() => rows().join('\n')).toContain('Hear yourself');
  session.setLevels({ mic: 33, speaker: 6 });
  await expect
    .poll(() => rows().join('\n'))
    .toContain('mic ███████░░░░░░░  -33 dB   speaker ██████████████   -6 dB');
  expect(rows()).toHaveLength(24);
  type('\x1b[B\x1b[B\x1b[B\x1b[C');
  await expect.poll(() => rows().join('\n')).toMatch(/▸ talk_mode +< voice +> \* +saved/);
});

test('settings tell value and source', async () => {
  const { rows, type } = draw(busyState(), { rows: 50 });
  type('\x1b2');
  await expect.poll(() => rows().join('\n')).toMatch(/bitrate +24000 +\* +environment/);
});

test('every tab is on the help screen', () => {
  const help = helpRows({ bindings: bindingsFor('ctrl+t'), style: 'auto' }, 80);
  const text = help.map(({ segments }) => segments.map((segment) => segment.text).join('')).join('\n');
  for (const tab of ['F1, Alt+1', 'F2, Alt+2', 'F3, Alt+3', 'F4, Alt+4', 'Ctrl+T', '/join ROOM'] satisfies (
    | Tab
    | string
  )[]) {
    expect(text).toContain(tab);
  }
});

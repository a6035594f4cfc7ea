/** `say` and `tail` as scripts use them. */
import { afterAll, beforeAll, test as base, describe, expect } from 'vitest';
import { type Line, linesOf } from './posters.ts';
import { expectSentence, Place, parseLines, type StationProcess } from './process.ts';

/** Local times as everywhere. */
const UTC = { TZ: 'UTC' };
const LONG = { timeout: 60_000 };

let rooms = 0;
/** Each try of a test has a room of its own: they run at the same time, and a second one finds nothing of the first. */
const test = base.extend<{ room: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  room: ({}, use) => use(`room-${++rooms}`),
});

let place: Place;
let station: StationProcess;
/** A room of 14 messages that nobody adds to. */
const ROOM = 'archive';
let kept: Line[];
beforeAll(async () => {
  place = await Place.make();
  station = await place.serve();
  const input = Array.from({ length: 14 }, (_, n) => `line ${n + 1}\n`).join('');
  await say(['ann'], input, ROOM);
  kept = parseLines<Line>((await tail(['--since', '1', '--json'])).stdout);
}, 60_000);
afterAll(() => place.dispose());

function tail(more: readonly string[], room = ROOM) {
  return place.run(['tail', station.target('eve', room), ...more], { home: 'eve', env: UTC });
}

async function say([name = '', ...words]: readonly string[], input: string, room: string): Promise<void> {
  const said = await place.run(['say', station.target(name, room), ...words], { home: name, input });
  expect(said).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
}

async function textsOf(room: string): Promise<string[]> {
  return parseLines<Line>((await tail(['--since', '1', '--json'], room)).stdout).map(({ text }) => text);
}

describe('say', { concurrent: true }, () => {
  test('takes its words as one message', LONG, async ({ room }) => {
    await say(['ann', 'two', 'words  and more'], 'this is not read\n', room);
    expect(await textsOf(room)).toEqual(['two words  and more']);
  });

  test('takes words that look like options behind --', LONG, async ({ room }) => {
    await say(['ann', '--', '--json', '-f'], '', room);
    expect(await textsOf(room)).toEqual(['--json -f']);
  });

  test(
    'takes a message a line from stdin: any line end, any script, no empty ones',
    LONG,
    async ({ room }) => {
      const euro = '\u20ac '.repeat(2000);
      await say(['bob'], `one\r\n\n  \ngrüße 👋🏽 שלום\n\ttabbed\n${euro}\nno line end`, room);
      expect(await textsOf(room)).toEqual(['one', 'grüße 👋🏽 שלום', '\ttabbed', euro, 'no line end']);
    },
  );

  test('says a line as soon as it comes', LONG, async ({ room }) => {
    const poster = await place.start(['say', station.target('cid', room)], { home: 'cid' });
    const reader = await place.start(['tail', station.target('eve', room), '-f', '--since', '1', '--json'], {
      home: 'eve',
    });
    for (const [index, text] of ['first', 'second'].entries()) {
      poster.child.stdin?.write(`${text}\n`);
      await reader.until(({ lines }) => lines.length > index);
      expect(linesOf(reader)[index]).toMatchObject({ text, seq: index + 1, from: 'cid', room });
    }
    poster.child.stdin?.end();
    expect((await poster.exited()).status).toBe(0);
    expect(await reader.end('SIGINT')).toMatchObject({ status: 0, stderr: '' });
  });

  test('with nothing to say is done at once', LONG, async ({ room }) => {
    await say(['ann'], '', room);
    await say(['ann'], '\n\n', room);
    expect(await textsOf(room)).toEqual([]);
  });

  test('names a line that is too long, and posts the others', LONG, async ({ room }) => {
    const input = `short\n${'x'.repeat(8193)}\nshort too\n`;
    const said = await place.run(['say', station.target('ann', room)], { home: 'ann', input });
    expectSentence(said, 1, /not acknowledged.*8192 bytes.*"x{30,60}.*"\n$/);
    expect(await textsOf(room)).toEqual(['short', 'short too']);
  });
});

describe('tail', { concurrent: true }, () => {
  test('prints the last 10 and ends', LONG, async () => {
    const { status, stdout, stderr } = await tail([]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const expected = kept.slice(-10).map(({ at, text }) => {
      const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
      return `${time} <ann> ${text}\n`;
    });
    expect(stdout).toBe(expected.join(''));
  });

  test('--json is a line a message with everything that the station keeps', LONG, async () => {
    expect(kept).toHaveLength(14);
    for (const [index, line] of kept.entries()) {
      expect(line).toEqual({
        room: ROOM,
        seq: index + 1,
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        from: 'ann',
        at: expect.any(Number),
        type: 'text/plain',
        text: `line ${index + 1}`,
      });
      expect(Math.abs(line.at - Date.now())).toBeLessThan(10 * 60_000);
    }
  });

  test.each<[readonly string[], number, number]>([
    [['-n', '0'], 1, 0],
    [['--since', '12'], 12, 14],
    [['--since', '1h'], 1, 14],
    [['--since', '2099-01-01T00:00:00Z'], 1, 0],
    [['--since', '3', '-n', '2'], 13, 14],
  ])('%j prints the messages %i to %i', LONG, async (options, first, last) => {
    const { status, stdout, stderr } = await tail([...options, '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parseLines<Line>(stdout)).toEqual(kept.slice(first - 1, last));
  });

  test('--since takes the very time of a message', LONG, async () => {
    const at = kept[7]!.at;
    const { stdout } = await tail(['--since', new Date(at).toISOString(), '--json']);
    expect(parseLines<Line>(stdout)).toEqual(kept.filter((line) => line.at >= at));
  });

  test('of an empty room prints nothing', LONG, async ({ room }) => {
    expect(await tail([], room)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test(
    '-f prints what is there, then what comes, and ends when nobody reads any more',
    LONG,
    async ({ room }) => {
      await say(['ann'], 'one\ntwo\nthree\n', room);
      const args = ['tail', station.target('eve', room), '-f', '-n', '2', '--json'];
      const reader = await place.start(args, { home: 'eve' });
      await reader.until(({ lines }) => lines.length === 2);
      await say(['bob'], 'four\n', room);
      await reader.until(({ lines }) => lines.length === 3);
      expect(linesOf(reader).map(({ text }) => text)).toEqual(['two', 'three', 'four']);
      reader.child.stdout?.destroy();
      await say(['bob'], 'five\n', room);
      expect(await reader.exited()).toMatchObject({ status: 0, stderr: '' });
    },
  );

  test.each(['SIGTERM', 'SIGINT'] as const)('-f ends with 0 on %s', LONG, async (signal) => {
    const reader = await place.start(['tail', station.target('eve', ROOM), '-f'], { home: 'eve', env: UTC });
    await reader.until(({ lines }) => lines.length === 10);
    expect(await reader.end(signal)).toMatchObject({ status: 0, signal: null, stderr: '' });
  });
});

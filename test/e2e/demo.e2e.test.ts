/** `demo`: speech and texts through the whole path in one process, and an honest count. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect } from 'vitest';
import { loadWav } from '../../src/audio/wav-read.ts';
import { bestCorrelation } from '../audio/correlation.ts';
import { CALM, PLAIN, type Report, writeWav } from './calls.ts';
import { test } from './place-test.ts';
import { expectSentence, SPEECH } from './process.ts';

const LONG = { timeout: 60_000 };
const SECOND = 48_000;

/** What `demo --json` prints. */
interface DemoReport {
  readonly voice: { readonly alice: Report; readonly bob: Report };
  readonly texts: { readonly sent: number; readonly arrived: number };
  readonly lost: number;
}

let clip: Int16Array;
beforeAll(async () => {
  clip = (await loadWav(SPEECH)).subarray(0, 2 * SECOND);
});

/** Loses every tenth datagram of the process: what a bad network does, without one. */
const LOSSY = `import dgram from 'node:dgram';
  const { send } = dgram.Socket.prototype;
  let sent = 0;
  dgram.Socket.prototype.send = function (...args) {
    sent += 1;
    if (sent % 10 !== 0) return send.apply(this, args);
    const done = args.at(-1);
    if (typeof done === 'function') setImmediate(done, null, args[0].length);
  };`;
const LOSS = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(LOSSY)}` };

describe('demo', { concurrent: true }, () => {
  test('speaks the bundled sample, prints a table and ends with 0', LONG, async ({ place }) => {
    const { status, stdout, stderr } = await place.run(['demo'], { env: CALM, patience: 40_000 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const frames = Math.ceil((await loadWav(SPEECH)).length / 960);
    expect(stdout).toMatch(/^ +sent +arrived\n/);
    expect(stdout).toMatch(new RegExp(`\nvoice frames +${frames} +${frames}\n`));
    expect(stdout).toMatch(/\ntexts +10 +10\n/);
    expect(stdout).toMatch(/round trip [0-9.]+ ms, .*chacha20-poly1305 over udp\n/);
    expect(stdout).toMatch(/\neverything arrived\n$/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('--json, with --input and --output: what was heard is what was said', LONG, async ({ place }) => {
    const input = await writeWav(place, 'said.wav', clip, { rate: 48_000, bits: 24, channels: 2 });
    const output = place.file('heard.wav');
    const args = ['demo', '--json', '--input', input, '--output', output];
    const { status, stdout, stderr } = await place.run(args, { env: CALM });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(2);
    const report = JSON.parse(stdout) as DemoReport;
    expect(report).toMatchObject({
      voice: { alice: { frames: { sent: 100, received: 0 } }, bob: { frames: { sent: 0, received: 100 } } },
      texts: { sent: 10, arrived: 10 },
      lost: 0,
    });
    expect(bestCorrelation(clip, await loadWav(output)).peak).toBeGreaterThan(0.9);
    const header = await readFile(output);
    // Channels, rate and bits of a WAV file's format chunk.
    expect([header.readUInt16LE(22), header.readUInt32LE(24), header.readUInt16LE(34)]).toEqual([
      1,
      SECOND,
      16,
    ]);
  });

  test('ends with 1 and says how much was lost', LONG, async ({ place }) => {
    const input = await writeWav(place, 'said.wav', clip);
    const env = { ...CALM, ...LOSS, ...PLAIN };
    const [table, json] = await Promise.all([
      place.run(['demo', '--input', input], { env }),
      place.run(['demo', '--json', '--input', input], { env }),
    ]);
    expect(table.status).toBe(1);
    const [, lost] = /\nLOST: ([0-9]+)\n$/.exec(table.stdout) ?? [];
    expect(Number(lost)).toBeGreaterThan(5);
    expect(table.stderr).toBe(`voipterm: ${lost} frames or texts did not arrive\n`);

    expect(json.status).toBe(1);
    const report = JSON.parse(json.stdout) as DemoReport;
    const { alice, bob } = report.voice;
    // Texts travel over TCP: none is lost.
    expect(report.texts).toEqual({ sent: 10, arrived: 10 });
    expect(alice.frames.sent).toBe(100);
    expect(report.lost).toBe(100 - bob.frames.received);
    expect(report.lost).toBeGreaterThan(5);
    expect(bob.frames.concealed).toBeGreaterThan(0);
  });

  test('says what is wrong with its files, with status 6', LONG, async ({ place }) => {
    expectSentence(await place.run(['demo', '--input', 'nowhere.wav']), 6, /nowhere\.wav.*no such file/);
    const args = ['demo', '--output', place.file('no/such/directory.wav')];
    expectSentence(await place.run(args), 6, /cannot write .*directory\.wav/);
  });
});

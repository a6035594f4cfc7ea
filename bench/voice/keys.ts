/** From the talk key in a terminal to another caller's ear: the first sample heard after a press, and the last after the release. */
import { loadWav } from '../../src/audio/wav-read.ts';
import { Terminal } from '../../test/fakes/terminal.ts';
import { printTable } from '../tunnel/table.ts';
import { PROGRAM } from '../tunnel/ours.ts';
import { type Calls, pause } from './call.ts';
import type { Choices } from './choices.ts';
import { quantile, tenths } from '../../test/e2e/frame-paths.ts';

/** F8 down and up, as a terminal with the kitty keyboard protocol reports them. */
const PRESS = '\x1b[19;1:1~';
const RELEASE = '\x1b[19;1:3~';
const TIMES = 15;
const HELD_MS = 700;
/** Long enough that the next press is no double one. */
const BETWEEN_MS = 1300;
/** The tone has 8192 at its top; quieter than this is silence. */
const AUDIBLE = 400;
/** A sound that follows a press by more was not caused by it, ms. */
const LONGEST_MS = 1000;

interface Moment {
  readonly pressNs: bigint;
  readonly releaseNs: bigint;
}

export async function keys(calls: Calls, _choices: Choices): Promise<void> {
  const room = 'keys';
  const listener = await calls.caller('ear', { room, input: 'silence', hears: true });
  const terminal = Terminal.start({
    command: process.execPath,
    args: [PROGRAM, calls.target('mouth', room)],
    env: calls.env('mouth', { VOIPTERM_AUDIO_INPUT: 'tone', VOIPTERM_AUDIO_OUTPUT: 'null' }),
    columns: 100,
    rows: 30,
    kitty: true,
  });
  const moments: Moment[] = [];
  try {
    await terminal.until((text) => text.includes('online') && text.includes('mouth (you)'));
    await pause(1500);
    for (let i = 0; i < TIMES; i++) {
      const pressNs = send(terminal, PRESS);
      await pause(HELD_MS);
      const releaseNs = send(terminal, RELEASE);
      moments.push({ pressNs, releaseNs });
      await pause(BETWEEN_MS);
    }
  } finally {
    await terminal.stop();
  }
  await listener.hangUp();
  const samples = await loadWav(listener.wav);
  const at = (ns: bigint): number => Math.round((Number(ns - listener.startedAtNs) * 48) / 1e6);
  const first = moments.flatMap(({ pressNs }) => {
    const from = at(pressNs);
    const found = samples.subarray(from, from + LONGEST_MS * 48).findIndex(audible);
    return found < 0 ? [] : [found / 48];
  });
  const last = moments.flatMap(({ releaseNs }) => {
    const from = at(releaseNs);
    const found = samples.subarray(from, from + LONGEST_MS * 48).findLastIndex(audible);
    return found < 0 ? [] : [(found + 1) / 48];
  });
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    `${values.length} of ${TIMES}`,
    ...[0, 0.5, 1].map((share) => tenths(quantile(values, share))),
  ];
  printTable(
    'From the talk key to the ear, ms: a terminal, a tone as microphone, and another process that listens',
    ['', 'heard', 'min', 'p50', 'max'],
    [row('press to first sample', first), row('release to silence', last)],
  );
}

function send(terminal: Terminal, key: string): bigint {
  const now = process.hrtime.bigint();
  terminal.send(key);
  return now;
}

function audible(sample: number): boolean {
  return Math.abs(sample) > AUDIBLE;
}

/** What a key, a message and idling cost on a screen before a long room, and what a start does. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Terminal } from '../../test/fakes/terminal.ts';
import { printTable } from '../tunnel/table.ts';
import { Desk, fresh, quantile } from './desk.ts';

const MESSAGES = 100_000;
const KEYS = 300;
const POSTS = 100;
const STARTS = 15;
const IDLE_S = 30;
const PATIENCE_MS = 20_000;
/** Between two keys, ms: quick hands. */
const KEY_MS = 60;
const LETTERS = 'the quick brown fox jumps over the lazy dog ';

const one = (value: number): string => value.toFixed(1);

/** Waits until the screen changed as it should, and returns how long that took, ms. */
async function timed(terminal: Terminal, act: () => void, done: (text: string) => boolean): Promise<number> {
  const begin = performance.now();
  act();
  await terminal.until(done, PATIENCE_MS);
  return performance.now() - begin;
}

/** A terminal in which nothing but the kernel answers. */
async function echo(): Promise<number[]> {
  const terminal = Terminal.start({ command: 'cat', args: [] });
  const times: number[] = [];
  let typed = '';
  for (let i = 0; i < KEYS; i++) {
    const letter = LETTERS[i % LETTERS.length] ?? '';
    if (i % LETTERS.length === 0) {
      terminal.send('\r');
      typed = '';
      await pause(20);
    }
    typed += letter;
    times.push(
      await timed(
        terminal,
        () => terminal.send(letter),
        (text) => text.includes(typed.trimEnd()),
      ),
    );
    await pause(5);
  }
  await terminal.stop();
  return times;
}

async function typing(terminal: Terminal): Promise<{ times: number[]; bytes: number }> {
  const times: number[] = [];
  let typed = '';
  const before = terminal.raw.length;
  for (let i = 0; i < KEYS; i++) {
    if (i % LETTERS.length === 0) {
      terminal.send('\x15'); // an empty line
      typed = '';
      await pause(100);
    }
    const letter = LETTERS[i % LETTERS.length] ?? '';
    typed += letter;
    const wanted = `› ${typed.trimEnd()}`;
    times.push(
      await timed(
        terminal,
        () => terminal.send(letter),
        (text) => text.includes(wanted),
      ),
    );
    await pause(KEY_MS);
  }
  const bytes = terminal.raw.length - before;
  terminal.send('\x15');
  return { times, bytes };
}

/** Lines of two screens that differ. */
function changed(before: readonly string[], after: readonly string[]): number {
  return after.filter((line, at) => line !== before[at]).length;
}

/** Bytes for each line that changed, while messages come and nothing else happens. */
async function bytesALine(reader: Terminal, writer: Terminal): Promise<{ perLine: number; perKey: number }> {
  let bytes = 0;
  let lines = 0;
  for (let i = 0; i < 20; i++) {
    const text = fresh();
    const [screen, from] = [reader.lines, reader.raw.length];
    writer.send(`${text}\r`);
    await reader.until((all) => all.includes(text), PATIENCE_MS);
    await pause(150);
    bytes += Buffer.byteLength(reader.raw.slice(from));
    lines += changed(screen, reader.lines);
  }
  let keyBytes = 0;
  for (const letter of 'abcdefghij') {
    const from = reader.raw.length;
    reader.send(letter);
    await pause(150);
    keyBytes += Buffer.byteLength(reader.raw.slice(from));
  }
  reader.send('\x15');
  return { perLine: bytes / lines, perKey: keyBytes / 10 };
}

async function posts(from: Terminal, to: Terminal): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < POSTS; i++) {
    const text = fresh();
    from.send(text);
    await from.until((all) => all.includes(`› ${text}`), PATIENCE_MS);
    times.push(
      await timed(
        to,
        () => from.send('\r'),
        (all) => all.includes(text),
      ),
    );
    await pause(50);
  }
  return times;
}

/** A process and what it started, µs of CPU time and MB. */
function cost(pid: number): { us: number; mb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { us: (Number(fields[11]) + Number(fields[12])) * 10_000, mb: (pages * 4096) / 1e6 };
}

/** Memory that is nobody else's, MB: what the machine would get back. */
function privateMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
  return kb / 1000;
}

async function idling(
  terminal: Terminal,
): Promise<{ percent: number; mb: number; own: number; threads: number }> {
  await pause(8000); // code is compiled, and history read, before that
  const before = cost(terminal.pid).us;
  await pause(IDLE_S * 1000);
  const { us, mb } = cost(terminal.pid);
  const threads = readdirSync(`/proc/${terminal.pid}/task`).length;
  return { percent: (us - before) / (IDLE_S * 10_000), mb, own: privateMb(terminal.pid), threads };
}

async function starts(desk: Desk): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const begin = performance.now();
    const terminal = desk.screen('ann');
    await terminal.until((text) => text.includes(`› `) && text.includes('F1 Chat'), PATIENCE_MS);
    times.push(performance.now() - begin);
    await pause(500);
    terminal.send('\x11'); // leaving properly keeps the compiled code, as with people
    await terminal.exited();
    await terminal.stop();
  }
  return times;
}

function bareStarts(): number[] {
  return Array.from({ length: STARTS }, () => {
    const begin = performance.now();
    execFileSync(process.execPath, ['-e', '0']);
    return performance.now() - begin;
  });
}

const row = (name: string, times: readonly number[], goal: string): string[] => [
  name,
  one(quantile(times, 0.5)),
  one(quantile(times, 0.95)),
  one(quantile(times, 0.99)),
  goal,
];

/** Prints the tables. */
export async function screen(): Promise<void> {
  const desk = await Desk.open(MESSAGES);
  try {
    desk.remember('ann');
    const bare = bareStarts();
    const cold = await starts(desk);
    const ann = await desk.online('ann');
    const idle = await idling(ann);
    const bob = await desk.online('bob');
    const delivered = await posts(bob, ann);
    const bytes = await bytesALine(ann, bob);
    const kernel = await echo();
    const quiet = await typing(ann);
    await Promise.all(['eve', 'dan', 'kim'].map((name) => desk.talker(name)));
    await ann.until((text) => (text.match(/\)\)\)/g) ?? []).length >= 3, PATIENCE_MS);
    const loud = await typing(ann);
    printTable(
      `A room of ${MESSAGES.toLocaleString('en')} messages on a screen of 120x40, ms`,
      ['', 'p50', 'p95', 'p99', 'goal'],
      [
        row('key to screen, the kernel alone (cat)', kernel, ''),
        row('key to screen, nobody talks', quiet.times, ''),
        row('key to screen, three members talk', loud.times, 'p95 < 30'),
        row("post to the other's screen", delivered, 'p50 < 10, p99 < 40'),
        row('start of Node alone', bare, ''),
        row('start to the first usable frame, the first ever', cold.slice(0, 1), ''),
        row('start to the first usable frame', cold.slice(1), '< 500'),
      ],
    );
    printTable(
      'What the screen costs',
      ['', '', 'goal'],
      [
        ['bytes for each line that changed', bytes.perLine.toFixed(0), '< 300'],
        ['bytes for a key that was typed', bytes.perKey.toFixed(0), '< 300'],
        ['CPU while nothing happens', `${idle.percent.toFixed(2)} %`, '< 1 %'],
        ['resident memory', `${idle.mb.toFixed(0)} MB`, '< 150 MB'],
        ['of which no other process has', `${idle.own.toFixed(0)} MB`, ''],
        ['threads', `${idle.threads}`, ''],
      ],
    );
  } finally {
    await desk.close();
  }
}

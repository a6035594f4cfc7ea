/**
 * Posts through a loopback station: `node bench/ui/posts.ts [MEMBERS] [SECONDS]`, 500 members and 10 s if nothing is said.
 * How long from one member's post to the other's notification, quiet and while a crowd posts; how many a second the station
 * commits. The reference is what SQLite alone takes on this disk, one by one and a hundred at a time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { printTable } from '../tunnel/table.ts';
import { LineClient, makeKey, type Where } from './line-client.ts';

const RATES = (process.env.RATES ?? '500,1000,2000,3000').split(',').map(Number);
/** Posts of the pair whose way is timed, a second: apart, so that none waits for another. */
const PAIR_PER_SECOND = 50;
const ROOM_SIZE = Number(process.env.ROOM_SIZE ?? 10);

interface Child {
  readonly process: ChildProcess;
  readonly lines: Interface;
}

interface Ran {
  readonly sent: number;
  readonly refused: number;
  readonly tookS: number;
  readonly notified: number;
  readonly delays: { readonly p50: number; readonly p99: number };
}

function start(name: string, ...args: string[]): Child {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  return { process: child, lines: createInterface({ input: child.stdout }) };
}

async function answer<T>({ lines }: Child): Promise<T> {
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line) as T;
}

/** Two members in a room of their own. */
class Pair {
  readonly #from: LineClient;
  readonly #to: LineClient;

  static async connect(where: Where): Promise<Pair> {
    const [from, to] = await Promise.all(
      ['pair-a', 'pair-b'].map((name) => LineClient.connect(where, name, makeKey())),
    );
    if (!from || !to) throw new Error('no pair');
    for (const client of [from, to]) await client.call('room.join', { room: 'pair' });
    return new Pair(from, to);
  }

  constructor(from: LineClient, to: LineClient) {
    this.#from = from;
    this.#to = to;
  }

  /** From before the post is written to when the other reads the notification, ms, sorted. */
  async delays(seconds: number): Promise<number[]> {
    const sentAt = new Map<string, number>();
    const delays: number[] = [];
    this.#to.onMessage = (id, at) => {
      const sent = sentAt.get(id);
      if (sent !== undefined) delays.push(at - sent);
    };
    for (let n = 0; n < PAIR_PER_SECOND * seconds; n++) {
      const at = performance.now();
      const id: string = this.#from.post('pair', `hello ${n}`, (error) => {
        if (error) sentAt.delete(id); // too many wait for an answer: the station is beyond what it can do
      });
      sentAt.set(id, at);
      await pause(1000 / PAIR_PER_SECOND);
    }
    while (delays.length < sentAt.size) await pause(10);
    return delays.sort((a, b) => a - b);
  }

  close(): void {
    this.#from.close();
    this.#to.close();
  }
}

const at = (sorted: readonly number[], quantile: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0).toFixed(1);

export async function posts(directory: string, members: number, seconds: number): Promise<void> {
  const station = start('station.ts', join(directory, 'data'));
  const where = await answer<Where>(station);
  const pair = await Pair.connect(where);
  const quiet = await pair.delays(seconds);
  const crowd = start('crowd.ts', where.host, String(where.port), String(members), String(ROOM_SIZE));
  await answer(crowd);
  const connected = await pair.delays(seconds);
  const rows = [
    ['two members alone', '-', '-', '-', at(quiet, 0.5), at(quiet, 0.99)],
    [`${members} quiet members beside`, '-', '-', '-', at(connected, 0.5), at(connected, 0.99)],
  ];
  for (const rate of RATES) {
    crowd.process.stdin?.write(`${rate} ${seconds}\n`);
    const [ran, delays] = await Promise.all([answer<Ran>(crowd), pair.delays(seconds)]);
    rows.push([
      `${members} members post ${rate}/s`,
      ((ran.sent - ran.refused) / ran.tookS).toFixed(0),
      (ran.notified / ran.tookS).toFixed(0),
      `${ran.delays.p50.toFixed(0)} / ${ran.delays.p99.toFixed(0)}`,
      at(delays, 0.5),
      at(delays, 0.99),
    ]);
  }
  pair.close();
  crowd.process.stdin?.end();
  station.process.stdin?.end();
  const { cpuMs } = await answer<{ cpuMs: number }>(station);
  await Promise.all([once(crowd.process, 'close'), once(station.process, 'close')]);
  printTable(
    `Posts through a station on loopback, synchronous=FULL, rooms of ${ROOM_SIZE} (CPU of the station in all: ${(cpuMs / 1000).toFixed(1)} s)`,
    ['load', 'committed/s', 'notified/s', 'ack p50/p99 ms', 'to the other p50 ms', 'p99 ms'],
    rows,
  );
  printTable(
    'Reference: SQLite alone on the same disk, synchronous=FULL',
    ['rows in one transaction', 'rows/s'],
    [1, 10, 100].map((batch) => [
      String(batch),
      rawRate(join(directory, `raw${batch}.db`), batch).toFixed(0),
    ]),
  );
}

/** Rows a second that SQLite commits, so many in a transaction. */
function rawRate(file: string, batch: number): number {
  const db = new Sqlite(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE messages (key INTEGER PRIMARY KEY, body BLOB NOT NULL)');
  const add = db.prepare('INSERT INTO messages (body) VALUES (?)');
  const body = Buffer.alloc(60, 0x61);
  const commit = db.transaction(() => {
    for (let n = 0; n < batch; n++) add.run(body);
  });
  const from = performance.now();
  let rows = 0;
  for (; performance.now() - from < 2000; rows += batch) commit.immediate();
  const rate = rows / ((performance.now() - from) / 1000);
  db.close();
  return rate;
}

if (import.meta.main) {
  const directory = mkdtempSync(join(tmpdir(), 'voipterm-posts-'));
  try {
    await posts(directory, Number(process.argv[2] ?? 500), Number(process.argv[3] ?? 10));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

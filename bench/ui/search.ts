/**
 * Full-text search in a station's store: `node bench/ui/search.ts [MESSAGES]`, a million if nothing is said. Prints a table;
 * the reference is the same question to the same file as a plain SQL scan.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { directName } from '../../src/store/direct-name.ts';
import { type Post, StationStore } from '../../src/store/station.ts';
import { PLACE } from '../../src/store/station-search.ts';
import { printTable } from '../tunnel/table.ts';
import { Corpus } from './corpus.ts';

const BATCH = 5000;
const ROOMS = 40;
const KEYS = 200;
/** Each question is asked so often; the table shows the middle and the worst. */
const ROUNDS = 20;
const PAGE = 64;

const key = (index: number): string => `SHA256:${String(index).padStart(43, 'k')}`;

/** Half of the talk in one big room, the rest in others, a tenth in conversations. */
function postOf(corpus: Corpus, serial: number): Post {
  const from = Math.floor(corpus.random() * KEYS);
  const to = (from + 1 + Math.floor(corpus.random() * 10)) % KEYS;
  const direct = corpus.random() < 0.1;
  const room = corpus.random() < 0.5 ? 'lobby' : `room${Math.floor(corpus.random() * ROOMS)}`;
  return {
    room: direct ? directName(key(from), key(to)) : room,
    to: direct ? { key: key(to), name: `n${to}` } : undefined,
    id: `id-${serial}`,
    from: `n${from}`,
    fingerprint: key(from),
    type: 'text/plain',
    body: Buffer.from(corpus.sentence()),
    at: 1_700_000_000_000 + serial * 1000,
  };
}

function fill(store: StationStore, corpus: Corpus, messages: number): number {
  const from = performance.now();
  for (let done = 0; done < messages; done += BATCH) {
    store.postAll(
      Array.from({ length: Math.min(BATCH, messages - done) }, (_, i) => postOf(corpus, done + i)),
    );
  }
  return performance.now() - from;
}

function times(work: () => unknown): { middle: number; worst: number } {
  const taken = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  }).sort((a, b) => a - b);
  return { middle: taken[ROUNDS >> 1] ?? 0, worst: taken.at(-1) ?? 0 };
}

export function search(file: string, messages: number): void {
  const corpus = new Corpus(7);
  const store = new StationStore(file);
  const fillMs = fill(store, corpus, messages);
  const roomId = (name: string): number => store.room(name)?.id ?? 0;
  const mine = store.directIds(key(3), 100).map(PLACE.direct);
  const everywhere = [PLACE.allRooms, ...mine];
  const [most = '', often = '', seldom = ''] = [0, 300, 20_000].map((rank) => corpus.words[rank] ?? '');
  const asked: [string, string, string[]][] = [
    ['the most common word, everywhere', most, everywhere],
    ['the start of many words ("ka"), everywhere', 'ka', everywhere],
    ['a start of four letters, everywhere', 'kalo', everywhere],
    ['two common words, everywhere', `${most} ${corpus.words[1]}`, everywhere],
    ['three common words, everywhere', `${most} ${corpus.words[1]} ${corpus.words[2]}`, everywhere],
    ['a usual word, everywhere', often, everywhere],
    ['a rare word, everywhere', seldom, everywhere],
    ['a common and a rare word, everywhere', `${most} ${seldom}`, everywhere],
    ['a word that nobody said', 'zyzzyva', everywhere],
    ['the most common word, in a small room', most, [PLACE.room(roomId('room7'))]],
    ['a rare word, in the big room', seldom, [PLACE.room(roomId('lobby'))]],
    ['the most common word, in conversations', most, mine],
  ];
  const rows = asked.map(([what, typed, places]) => {
    let found = 0;
    const { middle, worst } = times(() => {
      found = store.search({ typed, places, limit: PAGE, mayRead: () => true }).messages.length;
    });
    return [what, String(found), middle.toFixed(2), worst.toFixed(2)];
  });
  store.close();
  printTable(
    `Search in ${messages.toLocaleString('en')} messages (${(statSync(file).size / 2 ** 20).toFixed(0)} MiB, filled at ${Math.round(messages / (fillMs / 1000)).toLocaleString('en')}/s)`,
    ['question', 'found', 'middle ms', 'worst ms'],
    [...rows, reference(file, seldom)],
  );
}

/** The same without an index: what a store that only has the messages would do. */
function reference(file: string, word: string): string[] {
  const db = new Sqlite(file, { readonly: true });
  const scan = db.prepare(
    `SELECT key FROM messages WHERE instr(lower(CAST(body AS TEXT)), ?) ORDER BY key DESC LIMIT ${PAGE}`,
  );
  const from = performance.now();
  const found = scan.all(word).length;
  const taken = (performance.now() - from).toFixed(2);
  db.close();
  return ['reference: the rare word by a scan of all bodies', String(found), taken, taken];
}

if (import.meta.main) {
  const directory = mkdtempSync(join(tmpdir(), 'voipterm-search-'));
  try {
    search(join(directory, 'station.db'), Number(process.argv[2] ?? 1_000_000));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

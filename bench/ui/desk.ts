/** A station with a long room and people before terminals, for measuring what the interface costs. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ClientStore } from '../../src/store/client.ts';
import { StationStore } from '../../src/store/station.ts';
import { Terminal } from '../../test/fakes/terminal.ts';
import { Program } from '../tunnel/hosts.ts';
import { PROGRAM } from '../tunnel/ours.ts';
import { Corpus } from './corpus.ts';

/** The room that everybody is in. */
export const ROOM = 'lobby';
const PATIENCE_MS = 30_000;
const BATCH = 1000;
const AUTHORS = ['bob', 'eve', 'dan', 'kim'];

/** Messages that are in the room before anybody comes. */
function* talk(
  count: number,
): Generator<{ seq: number; id: string; from: string; text: string; at: number }> {
  const corpus = new Corpus(11);
  const first = Date.now() - count * 10_000;
  for (let seq = 1; seq <= count; seq++) {
    const id = uuidOf(seq);
    yield {
      seq,
      id,
      from: AUTHORS[seq % AUTHORS.length] ?? '',
      text: corpus.sentence(),
      at: first + seq * 10_000,
    };
  }
}

function uuidOf(seq: number): string {
  const hex = createHash('sha256').update(`${seq}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export class Desk {
  readonly directory: string;
  readonly station: Program;
  readonly port: number;
  readonly #fingerprint: string;
  readonly #messages: number;
  readonly #programs: Program[] = [];
  readonly #terminals: Terminal[] = [];

  private constructor(
    directory: string,
    station: Program,
    { port, fingerprint }: { readonly port: number; readonly fingerprint: string },
    messages: number,
  ) {
    this.directory = directory;
    this.station = station;
    this.port = port;
    this.#fingerprint = fingerprint;
    this.#messages = messages;
    this.#programs.push(station);
  }

  /** A station whose room has so many messages. */
  static async open(messages: number): Promise<Desk> {
    const directory = mkdtempSync(join(tmpdir(), 'voipterm-desk-'));
    const data = join(directory, 'station');
    mkdirSync(data, { mode: 0o700 });
    const store = new StationStore(join(data, 'station.db'));
    const batch = [];
    for (const { id, from, text, at } of talk(messages)) {
      const body = Buffer.from(text);
      batch.push({ room: ROOM, id, from, fingerprint: `SHA256:${from}`, type: 'text/plain', body, at });
      if (batch.length === BATCH) store.postAll(batch.splice(0));
    }
    store.postAll(batch);
    store.close();
    const args = [PROGRAM, 'serve', '--listen', '127.0.0.1:0', '--open', '--data', data];
    const station = new Program(process.execPath, args, environment(directory, 'operator'));
    return new Desk(directory, station, await station.json(PATIENCE_MS), messages);
  }

  target(user: string): string {
    return `${user}@127.0.0.1:${this.port}/${ROOM}`;
  }

  /** Somebody's own history: as long as the station's, as after years. */
  remember(user: string): void {
    const path = join(this.directory, user, '.local', 'share', 'voipterm', 'client.db');
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const store = new ClientStore(path);
    const batch = [];
    for (const { seq, id, from, text, at } of talk(this.#messages)) {
      const body = Buffer.from(text);
      batch.push({ room: ROOM, seq, id, from, at, type: 'text/plain', body, key: `SHA256:${from}` });
      if (batch.length === BATCH) store.saveMessages(this.#fingerprint, batch.splice(0));
    }
    store.saveMessages(this.#fingerprint, batch);
    const target = `${user}@127.0.0.1:${this.port}`;
    store.rememberStation({ fingerprint: this.#fingerprint, target, name: 'voipterm', at: Date.now() });
    store.setRooms(this.#fingerprint, [ROOM]);
    store.close();
  }

  /** The interface in a terminal, not waited for. */
  screen(user: string, columns = 120, rows = 40): Terminal {
    const env = environment(this.directory, user);
    mkdirSync(env.HOME ?? '', { recursive: true });
    const more = {
      VOIPTERM_AUDIO_INPUT: 'tone',
      VOIPTERM_AUDIO_OUTPUT: 'null',
      XDG_RUNTIME_DIR: this.directory,
    };
    const args = [PROGRAM, this.target(user)];
    const terminal = Terminal.start({
      ...{ command: process.execPath, args, columns, rows },
      env: { ...env, ...more, COLORTERM: 'truecolor' },
    });
    this.#terminals.push(terminal);
    return terminal;
  }

  /** The same once it is online. */
  async online(user: string): Promise<Terminal> {
    const terminal = this.screen(user);
    await terminal.until((text) => text.includes('online'), PATIENCE_MS);
    return terminal;
  }

  /** Somebody without a screen who talks all the time. */
  async talker(user: string): Promise<Program> {
    const args = ['voice', this.target(user), '--input', 'tone', '--output', 'null', '--json'];
    const program = new Program(process.execPath, [PROGRAM, ...args], environment(this.directory, user));
    this.#programs.push(program);
    await program.json(PATIENCE_MS);
    return program;
  }

  async close(): Promise<void> {
    for (const terminal of this.#terminals) await terminal.stop();
    for (const program of this.#programs.reverse()) await program.stop();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** A text that is on no screen yet. */
export function fresh(): string {
  return randomUUID().slice(0, 8);
}

function environment(directory: string, home: string): Record<string, string> {
  const path = join(directory, home);
  mkdirSync(path, { recursive: true });
  return { PATH: process.env.PATH ?? '', HOME: path, LANG: 'C.UTF-8', NODE_ENV: 'production' };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

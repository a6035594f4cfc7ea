/**
 * Whatever the order in which messages, pages of history, edits, deletions and acknowledgements meet, and whenever links
 * break between them: all clients end with what the station has, and each thing said is there once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RoomState } from '../../src/session/state.ts';
import { type FakeClient, FakeStation } from '../fakes/text-station.ts';

const NAMES = ['ann', 'bob', 'ann'];

type Step =
  | { readonly do: 'post' | 'edit' | 'delete' | 'older' | 'away' | 'look'; readonly who: number }
  | { readonly do: 'carry'; readonly who: number; readonly way: 'up' | 'down'; readonly count: number }
  | { readonly do: 'link'; readonly who: number; readonly up: boolean };

const who = fc.nat({ max: NAMES.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('post' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'edit' as const,
        'delete' as const,
        'older' as const,
        'away' as const,
        'look' as const,
      ),
      who,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('carry' as const),
      who,
      way: fc.constantFrom('up' as const, 'down' as const),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('link' as const), who, up: fc.boolean() }) },
);

/** Lets promises that were settled go on. */
async function breathe(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** Until nothing is on its way any more. */
async function arrive(clients: readonly FakeClient[]): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    let moved = false;
    for (const client of clients)
      for (const way of ['up', 'down'] as const) while (client.carry(way)) moved = true;
    await breathe();
    quiet = moved ? 0 : quiet + 1;
  }
}

class Play {
  readonly station = new FakeStation();
  readonly clients: FakeClient[];
  /** Every text that was said, whatever became of it. */
  readonly said: string[] = [];
  readonly #markers = new Map<FakeClient, number>();
  #edits = 0;

  constructor() {
    // More than a page, so that whoever is new does not have all.
    this.station.said('lobby', 'old', ...Array.from({ length: 150 }, (_, n) => `old ${n}`));
    this.clients = NAMES.map((name) => this.station.client(name, { slow: true }));
    for (const client of this.clients) void client.online();
  }

  async take(next: Step): Promise<void> {
    const client = this.clients[next.who] as FakeClient;
    if (next.do === 'carry') for (let n = 0; n < next.count && client.carry(next.way); n++) await breathe();
    else if (next.do === 'link') this.#link(client, next.up);
    else this.#act(client, next.do);
    await breathe();
    this.#check(client);
  }

  #link(client: FakeClient, up: boolean): void {
    if (up === client.linked) return;
    if (up) void client.online();
    else client.offline();
  }

  #act(client: FakeClient, what: Exclude<Step['do'], 'carry' | 'link'>): void {
    const refused = (): void => undefined;
    switch (what) {
      case 'post':
        this.said.push(`said ${this.said.length}`);
        return client.post(this.said.at(-1) ?? '');
      case 'edit':
        this.#edits++;
        return void client.do({ do: 'edit', room: 'lobby', text: `edit ${this.#edits}` }).catch(refused);
      case 'delete':
        return void client.do({ do: 'delete', room: 'lobby' }).catch(refused);
      case 'older':
        return void client.do({ do: 'older', room: 'lobby' }).catch(refused);
      case 'away':
      case 'look':
        return client.live.apply({ kind: 'text', change: { attentive: what === 'look' } });
    }
  }

  /** What holds at any time. */
  #check(client: FakeClient): void {
    const room = client.room();
    const seqs = settledSeqs(room);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
    expect(new Set(room.lines.map(({ id }) => id)).size).toBe(room.lines.length);
    expect(room.marker).toBeGreaterThanOrEqual(this.#markers.get(client) ?? 0);
    expect(room.readTo).toBeLessThanOrEqual(room.marker);
    if (room.marker >= room.lastSeq) expect(room.unread).toBe(0);
    this.#markers.set(client, room.marker);
  }

  async end(): Promise<void> {
    for (const client of this.clients) if (!client.linked) void client.online();
    await arrive(this.clients);
  }

  close(): void {
    for (const client of this.clients) client.close();
  }
}

function settledSeqs(room: RoomState): number[] {
  return room.lines.flatMap((line) => (line.kind === 'message' && line.seq !== null ? [line.seq] : []));
}

test('all end with the same lines, once each, and markers only go forward', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 70 }), async (steps) => {
      const play = new Play();
      try {
        for (const next of steps) await play.take(next);
        await play.end();
        const { messages } = play.station.place('lobby');
        const truth = messages.map(({ seq, body, deleted }) => [
          seq,
          Buffer.from(body, 'base64').toString(),
          deleted === true,
        ]);
        expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
        for (const client of play.clients) {
          const room = client.room();
          const lines = room.lines.flatMap((line) =>
            line.kind === 'message' && line.seq !== null
              ? [[line.seq, line.text, line.deleted === true]]
              : [],
          );
          expect(room.newer).toBe(false);
          expect(lines).toEqual(truth.slice(-lines.length));
          expect(lines.length).toBeGreaterThanOrEqual(64);
          expect(room.lines.filter((line) => line.kind === 'message' && line.seq === null)).toEqual([]);
          expect([client.live.now.text.unsent, client.unsent]).toEqual([0, []]);
          client.text.archive.flush();
          const kept = client.store
            .recent('SHA256:station', 'lobby', 1000)
            .map(({ seq, body, deleted }) => [seq, Buffer.from(body).toString(), deleted === true]);
          expect(kept).toEqual(truth.slice(-kept.length));
        }
      } finally {
        play.close();
      }
    }),
    { seed: 20_261_121, numRuns: 80 },
  );
}, 60_000);

/** Names belong to keys: another key under a known name is an alarm. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Logger } from '../../src/log.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { NameWatch } from '../../src/session/name-watch.ts';
import { initialState } from '../../src/session/reduce.ts';
import { ClientStore } from '../../src/store/client.ts';

const log = { info: () => undefined } as unknown as Logger;
const [OLD, NEW] = ['SHA256:old', 'SHA256:new'];

let store: ClientStore;
let live: LiveState;
let station: string | undefined;
let watch: NameWatch;

/** A new start of the client, with the same store. */
function start(): void {
  live = new LiveState(initialState('ann', 'ann@host'), log);
  watch = new NameWatch({ live, names: store.names, station: () => station });
  live.apply({ kind: 'joined', room: 'lobby', members: [] });
}

beforeEach(() => {
  store = new ClientStore(':memory:');
  station = 'SHA256:station';
  start();
});

let id = 1;
function arrives(name: string, key: string | undefined): void {
  live.apply({ kind: 'member-joined', room: 'lobby', member: { id: ++id, name, talking: false, key } });
}

function alarms(): string[] {
  const lines = live.now.rooms.flatMap((room) => room.lines);
  return lines.flatMap((line) => (line.kind === 'notice' && line.text.includes('ALARM') ? [line.text] : []));
}

describe('a name', () => {
  test('with its key is nothing to tell, over restarts', () => {
    arrives('bob', OLD);
    arrives('Bob', OLD);
    start();
    arrives('bob', OLD);
    expect(alarms()).toEqual([]);
  });

  test('with another key is an alarm that names both keys, once a start, until it is trusted', () => {
    arrives('bob', OLD);
    arrives('BOB', NEW);
    arrives('bob', NEW);
    expect(alarms()).toHaveLength(1);
    for (const text of ['@BOB', OLD, NEW, '/trust']) expect(alarms()[0]).toContain(text);
    start();
    live.apply({
      kind: 'joined',
      room: 'lobby',
      members: [{ id: 9, name: 'bob', talking: false, key: NEW }],
    });
    expect(alarms()).toHaveLength(1);
    watch.trust('@Bob');
    start();
    arrives('bob', NEW);
    expect(alarms()).toEqual([]);
    arrives('bob', OLD);
    expect(alarms()).toHaveLength(1);
  });

  test('with a third key alarms again, and the first stays the one that is known', () => {
    arrives('bob', OLD);
    arrives('bob', NEW);
    arrives('bob', 'SHA256:third');
    expect(alarms()).toHaveLength(2);
    expect(store.names.keyOf('SHA256:station', 'bob')).toBe(OLD);
  });

  test('is another matter at another station', () => {
    arrives('bob', OLD);
    station = 'SHA256:elsewhere';
    start();
    arrives('bob', NEW);
    expect(alarms()).toEqual([]);
  });

  test('without a key, or before a station is known, says nothing', () => {
    arrives('bob', undefined);
    station = undefined;
    arrives('bob', OLD);
    expect(alarms()).toEqual([]);
    expect(() => watch.trust('bob')).toThrow('another key');
  });
});

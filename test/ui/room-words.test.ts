import { describe, expect, test } from 'vitest';
import { newRoom } from '../../src/session/places.ts';
import type { RoomState, State } from '../../src/session/state.ts';
import { layoutOf } from '../../src/ui/layout.ts';
import { emptyRows, roomTitle, talkersLabel } from '../../src/ui/room-words.ts';
import { busyState, emptyState } from '../fakes/fake-session.ts';

const NOTHING = { alerts: 0, panel: 0, notes: 0, hints: false };
const WIDE = layoutOf({ columns: 80, rows: 24 }, NOTHING);
const NARROW = layoutOf({ columns: 60, rows: 15 }, NOTHING);

const room = (state: State): RoomState | undefined => state.rooms.find(({ name }) => name === state.current);
const lobby = { ...newRoom('lobby'), joined: true };
const ada = { id: 1, name: 'ada', talking: false };

function words(state: State): string {
  return emptyRows(state, room(state), 200)
    .map(({ segments }) => segments.map(({ text }) => text.trim()).join(''))
    .join(' ');
}

describe('the title', () => {
  test('tells members and unread messages where no side does', () => {
    expect(roomTitle(busyState(), WIDE)).toBe('#lobby');
    expect(roomTitle(busyState(), NARROW)).toBe('#lobby · 4 here · #music +3');
    expect(roomTitle(emptyState(), NARROW)).toBe('no room');
  });

  test('and the rule tells who talks', () => {
    expect(talkersLabel(room(busyState()), WIDE)).toBe('');
    expect(talkersLabel(room(busyState()), NARROW)).toBe('grace talking');
    expect(talkersLabel(undefined, NARROW)).toBe('');
  });
});

describe('an empty room', () => {
  test('says what to do where somebody is alone, if there is an echo room', () => {
    const alone: State = { ...busyState(), current: 'lobby', rooms: [{ ...lobby, members: [ada] }] };
    expect(words(alone)).toBe('No messages in #lobby yet.');
    const echo = { ...lobby, name: 'echo', members: [ada] };
    expect(words({ ...alone, rooms: [...alone.rooms, echo] })).toMatch(/alone here.*#echo with Ctrl\+N/);
    expect(words({ ...alone, rooms: [echo], current: 'echo' })).toMatch(/hear yourself: press Space/);
  });

  test('never writes wider than the screen', () => {
    for (const row of emptyRows(emptyState(), undefined, 40)) {
      expect(row.segments.map(({ text }) => text).join('').length).toBeLessThanOrEqual(40);
    }
  });
});

/** A place before anything is known of it, and text before anything was said. Pure. */
import type { RoomState, State } from './state.ts';
import type { TextState } from './text-state.ts';

/** What a conversation's name begins with; a room's never does. */
const DIRECT = '@';

export function isDirect(place: string): boolean {
  return place.startsWith(DIRECT);
}

/** "#lobby", or "@bob": as a person writes it. */
export function placeWords(place: string): string {
  return isDirect(place) ? place : `#${place}`;
}

/** The place that is shown; undefined before there is one. */
export function currentRoom({ rooms, current }: Pick<State, 'rooms' | 'current'>): RoomState | undefined {
  return rooms.find(({ name }) => name === current);
}

/** A place that nothing is known of yet. */
export function newRoom(name: string): RoomState {
  return {
    name,
    kind: isDirect(name) ? 'direct' : 'room',
    peer: null,
    joined: false,
    topic: '',
    members: [],
    lines: [],
    unread: 0,
    mentions: 0,
    marker: 0,
    readTo: 0,
    lastSeq: 0,
    older: false,
    newer: false,
    jump: null,
  };
}

/** Nothing hidden, nothing searched for, nothing said. */
export const DEFAULT_TEXT: TextState = {
  away: null,
  focus: null,
  quiet: false,
  highlight: [],
  search: null,
  signs: { bell: true, desktop: 'auto' },
  alert: null,
  attentive: true,
  unsent: 0,
};

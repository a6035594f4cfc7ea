/** How it stands, as it is read aloud. */
import { expect, test } from 'vitest';
import type { State } from '../../../src/session/state.ts';
import { statusWords } from '../../../src/ui/plain/status-words.ts';
import { busyState, emptyState, room } from '../../fakes/fake-session.ts';

const voice = (change: Partial<State['voice']>, state = emptyState()): State => ({
  ...state,
  voice: { ...state.voice, ...change },
});
const OFFLINE = {
  at: 'offline',
  code: 'internal',
  reason: 'the network is down',
  retryInMs: 1000,
  voice: false,
} as const;

test('all of it', () => {
  expect(statusWords(busyState())).toBe(
    'Online at ada@station.example:2222. Microphone closed. You are in #lobby with grace, linus, margaret.hamilton. grace talking. Unread: 3 in #music. Round trip 23 ms, loss out 0 %, in 1 %, by udp.',
  );
});

test.each<[string, State]>([
  ['Microphone closed.', voice({})],
  ['Microphone open.', voice({ talking: true })],
  ['Microphone muted.', voice({ talking: true, muted: true })],
  ['Microphone open when you speak.', voice({ mode: 'voice' })],
  ['Microphone open.', voice({ mode: 'continuous' })],
  ['Microphone muted, and you hear nobody.', voice({ muted: true, deafened: true })],
  ['Microphone open, but nobody hears you.', { ...voice({ talking: true }), link: OFFLINE }],
  ['There is no sound here; who talks is told.', voice({ absent: true })],
  ['There is no microphone.', voice({ input: { state: 'lost', name: 'usb', detail: '' } })],
  ['Offline: the network is down. It is tried again and again.', { ...emptyState(), link: OFFLINE }],
  ['You are in no room.', emptyState()],
])('%s', (words, state) => {
  expect(statusWords(state)).toContain(words);
});

test('a crowd is told by its number, and nothing of it reaches the terminal', () => {
  const crowd = Array.from({ length: 20 }, (_, id) => ({
    id: id + 2,
    name: `m\x1b[2J${id}`,
    talking: id === 3,
  }));
  const state = { ...emptyState(), rooms: [room('lobby', crowd, [])], current: 'lobby' };
  expect(statusWords(state)).toContain('You are in #lobby with 20 others. m␛[2J3 talking.');
});

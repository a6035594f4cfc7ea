/** States at the edge of what a screen can be given: a room of many messages, and everything that others could write to do harm. */
import type { Line, State } from '../../src/session/state.ts';
import { busyState, emptyState, message, NOON, room } from './fake-session.ts';

/** A room with so many messages, three members besides us. */
export function crowdedState(count: number): State {
  const names = ['grace', 'linus', 'margaret'];
  const members = ['ada', ...names].map((name, at) => ({ id: at + 1, name, talking: false }));
  const lines: Line[] = Array.from({ length: count }, (_, at) => ({
    ...message(
      `m${at}`,
      names[at % 3] ?? '',
      `message ${at + 1} of many, which is as long as messages are`,
      NOON + at * 1000,
    ),
    seq: at + 1,
  }));
  const lobby = room('lobby', members, lines, { lastSeq: count, older: true, readTo: count - 3 });
  return { ...emptyState(), rooms: [lobby, room('music', [], [])], current: 'lobby' };
}

/** Control sequences of every kind (C0, ESC, C1, OSC, DCS), overrides of direction, what has no width. */
export const ATTACK =
  '\x1b[2J\x1b]0;owned\x07\x1bP1$r\x1b\\\x9b31m\x9d0;owned\x9c\x07\x08\u202eevil\u2066\u200b\u2028\ufeff';

/** The attack wherever somebody else's text is drawn. */
export function hostileState(): State {
  const state = busyState();
  const name = `mal${ATTACK}lory`;
  const members = [
    { id: 1, name: 'ada', talking: false },
    { id: 2, name, talking: true, away: ATTACK, key: `SHA256:${ATTACK}` },
  ];
  const lines: Line[] = [
    { ...message('h1', name, `text ${ATTACK}`, NOON), seq: 1 },
    { ...message('h2', name, `\`\`\`${ATTACK}\ncode ${ATTACK}\n\`\`\``, NOON), seq: 2 },
    { ...message('h3', name, `https://x.example/${ATTACK}/y`, NOON), seq: 3, mention: true },
    { ...message('h4', name, ATTACK, NOON), seq: 4, action: true },
    { ...message('h5', 'ada', 'answer', NOON), seq: 5, replyTo: 1, quote: { from: name, text: ATTACK } },
    { kind: 'notice', id: 'h6', at: NOON, text: `notice ${ATTACK}` },
  ];
  const peer = { name, key: ATTACK, online: true };
  return {
    ...state,
    target: `host${ATTACK}`,
    rooms: [
      room('lobby', members, lines, { topic: `topic ${ATTACK}`, readTo: 3 }),
      room(`@${name}`, [], [], { kind: 'direct', peer, unread: 2, mentions: 2 }),
      room(`room${ATTACK}`, [], [], { unread: 1 }),
    ],
    text: {
      ...state.text,
      highlight: [ATTACK],
      search: null,
    },
  };
}

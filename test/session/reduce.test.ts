import { describe, expect, it } from 'vitest';
import type { TunnelStats } from '../../src/net/tunnel/messages.ts';
import { type Event, initialState, type MessageLine, reduce } from '../../src/session/reduce.ts';
import type { State } from '../../src/session/state.ts';

const run = (...events: Event[]): State => events.reduce(reduce, initialState('ann', 'ann@host'));
const online: Event = {
  kind: 'phase',
  phase: { at: 'online', member: 5, name: 'ann', station: 'home', fingerprint: 'SHA256:x', resumed: false },
};
const offline: Event = {
  kind: 'phase',
  phase: { at: 'offline', code: 'control.unreachable', reason: 'gone', retryInMs: 500, voice: false },
};
const message = (seq: number, from = 'bob'): MessageLine => ({
  kind: 'message',
  id: `m${seq}`,
  seq,
  from,
  at: seq,
  text: 'hi',
  state: 'sent',
});
const joined = (room: string): Event => ({
  kind: 'joined',
  room,
  members: [{ id: 5, name: 'ann', talking: false }],
});
const bob = { id: 6, name: 'bob', talking: false };
const stats = { rttMs: 3 } as TunnelStats;

describe('state', () => {
  it('shows the first room and counts what comes into others', () => {
    const state = run(online, joined('lobby'), joined('dev'), {
      kind: 'messages',
      room: 'dev',
      messages: [message(1), message(2, 'ann')],
    });
    expect(state.current).toBe('lobby');
    expect(state.rooms[1]).toMatchObject({ name: 'dev', unread: 1, lastSeq: 2 });
    const shown = reduce(state, { kind: 'shown', room: 'dev' });
    expect(shown.rooms[1]?.unread).toBe(0);
    expect(shown.current).toBe('dev');
  });

  it('does not count the same message twice, nor old pages of history', () => {
    const heard: Event = { kind: 'messages', room: 'dev', messages: [message(3)] };
    const state = run(online, joined('lobby'), joined('dev'), heard, heard, {
      kind: 'messages',
      room: 'dev',
      messages: [message(1), message(2)],
      older: false,
    });
    expect(state.rooms[1]).toMatchObject({ unread: 1, lastSeq: 3, older: false });
    expect(state.rooms[1]?.lines).toHaveLength(3);
  });

  it('forgets members and figures with the link, and keeps what was said', () => {
    const heard: Event = { kind: 'messages', room: 'lobby', messages: [message(1)] };
    const state = run(online, joined('lobby'), heard, { kind: 'stats', stats }, offline);
    expect(state.link).toEqual({
      at: 'offline',
      code: 'control.unreachable',
      reason: 'gone',
      retryInMs: 500,
      voice: false,
    });
    expect(state.rooms[0]).toMatchObject({ joined: false, members: [] });
    expect(state.rooms[0]?.lines).toHaveLength(1);
    expect(state.stats).toBeNull();
    expect(state.self.member).toBeNull();
  });

  it('keeps members and figures while voice goes on without the link', () => {
    const on = { ...offline, phase: { ...offline.phase, voice: true } } as Event;
    const state = run(online, joined('lobby'), { kind: 'stats', stats }, on);
    expect(state.link).toMatchObject({ at: 'offline', voice: true });
    expect(state.rooms[0]).toMatchObject({ joined: false });
    expect(state.rooms[0]?.members).not.toEqual([]);
    expect(state.stats).not.toBeNull();
    const again = run(online, joined('lobby'), on, {
      kind: 'phase',
      phase: { at: 'connecting', voice: false },
    });
    expect(again.rooms[0]?.members).toEqual([]);
  });

  it('learns that voice goes on no more, and takes it for nothing while online', () => {
    const on = { ...offline, phase: { ...offline.phase, voice: true } } as Event;
    const gone = run(online, joined('lobby'), on, { kind: 'link-voice', goesOn: false });
    expect(gone.link).toMatchObject({ at: 'offline', reason: 'gone', voice: false });
    expect(gone.rooms[0]?.members).toEqual([]);
    expect(reduce(gone, { kind: 'link-voice', goesOn: true }).link).toMatchObject({ voice: true });
    const well = run(online, joined('lobby'));
    expect(reduce(well, { kind: 'link-voice', goesOn: false })).toBe(well);
  });

  it('follows members: who comes, talks and goes', () => {
    const state = run(
      online,
      joined('lobby'),
      { kind: 'member-joined', room: 'lobby', member: bob },
      {
        kind: 'member-talking',
        room: 'lobby',
        id: 6,
        talking: true,
      },
    );
    expect(state.rooms[0]?.members).toEqual([
      { id: 5, name: 'ann', talking: false },
      { ...bob, talking: true },
    ]);
    const left = reduce(state, { kind: 'member-left', room: 'lobby', id: 6 });
    expect(left.rooms[0]?.members).toHaveLength(1);
  });

  it('ignores what comes late about a room that was left', () => {
    const state = run(online, joined('lobby'), joined('dev'), { kind: 'left', room: 'dev' });
    expect(reduce(state, { kind: 'member-joined', room: 'dev', member: bob }).rooms).toHaveLength(1);
  });

  it('shows another room when the one shown is left', () => {
    const state = run(
      online,
      joined('lobby'),
      joined('dev'),
      { kind: 'shown', room: 'dev' },
      { kind: 'left', room: 'dev' },
    );
    expect(state.current).toBe('lobby');
  });

  it('replaces a waiting message by the acknowledged one', () => {
    const waiting: MessageLine = { ...message(0), id: 'p', seq: null, from: 'ann', state: 'pending' };
    const state = run(
      online,
      joined('lobby'),
      { kind: 'posted', room: 'lobby', line: waiting },
      {
        kind: 'posted',
        room: 'lobby',
        line: { ...waiting, seq: 1, state: 'sent' },
      },
    );
    expect(state.rooms[0]?.lines).toEqual([{ ...waiting, seq: 1, state: 'sent' }]);
  });

  it('keeps the same objects for rooms that did not change', () => {
    const before = run(online, joined('lobby'), joined('dev'));
    const after = reduce(before, { kind: 'messages', room: 'dev', messages: [message(1)] });
    expect(after.rooms[0]).toBe(before.rooms[0]);
  });
});

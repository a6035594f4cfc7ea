/** How each event changes the state. Pure: no clock, no socket, no SQL. */
import type { DeviceState } from '../audio/messages.ts';
import { assertNever, type WireError } from '../errors.ts';
import type { Phase, TunnelStats } from '../net/tunnel/messages.ts';
import { type FilesState, NO_FILES } from './file-state.ts';
import { DEFAULT_TEXT } from './places.ts';
import { reduceText, shown, type TextEvent, withRoom } from './reduce-text.ts';
import { withNewLine } from './room-window.ts';
import { NO_SETTINGS, type SettingsState } from './settings-model.ts';
import { NO_SHELLS, type ShellsState } from './shell-state.ts';
import type { Line, Link, ListeningState, MemberState, SoundState, State, VoiceState } from './state.ts';

export type { MessageLine } from './lines.ts';

export type Event =
  | { readonly kind: 'phase'; readonly phase: Phase }
  /** Without a link: voice goes on meanwhile, or does so no more. */
  | { readonly kind: 'link-voice'; readonly goesOn: boolean }
  | { readonly kind: 'joined'; readonly room: string; readonly members: readonly MemberState[] }
  | { readonly kind: 'left'; readonly room: string }
  /** The station does not let us be there; we go on looking at it. */
  | { readonly kind: 'put-out'; readonly room: string; readonly refusal: WireError }
  | { readonly kind: 'shown'; readonly room: string }
  | TextEvent
  | { readonly kind: 'member-joined'; readonly room: string; readonly member: MemberState }
  | { readonly kind: 'member-left'; readonly room: string; readonly id: number }
  | { readonly kind: 'member-talking'; readonly room: string; readonly id: number; readonly talking: boolean }
  /** Members of this key, or the one with this id, go by another name, or are away (null: no more). */
  | {
      readonly kind: 'members-changed';
      readonly who: { readonly id: number } | { readonly key: string };
      readonly change: { readonly name?: string; readonly away?: string | null };
    }
  | {
      readonly kind: 'member-keeps';
      readonly room: string;
      readonly id: number;
      readonly what: 'recording' | 'replay';
      readonly on: boolean;
    }
  | { readonly kind: 'listening'; readonly change: Partial<ListeningState> }
  | { readonly kind: 'shells'; readonly change: Partial<ShellsState> }
  | { readonly kind: 'files'; readonly change: Partial<FilesState> }
  /** A sentence for the user: in the place that it is about, else where they look. */
  | {
      readonly kind: 'notice';
      readonly id: string;
      readonly at: number;
      readonly text: string;
      readonly room?: string;
      readonly about?: 'presence';
    }
  | { readonly kind: 'voice'; readonly change: Partial<VoiceState> }
  | { readonly kind: 'sound'; readonly change: Partial<SoundState> }
  | { readonly kind: 'settings'; readonly change: Partial<SettingsState> }
  | { readonly kind: 'device'; readonly which: 'input' | 'output'; readonly device: DeviceState }
  | { readonly kind: 'stats'; readonly stats: TunnelStats };

const noDevice: DeviceState = { state: 'off', name: '', detail: '' };
const noVoice: VoiceState = {
  mode: 'push',
  talking: false,
  latched: false,
  sending: false,
  muted: false,
  mutedSpeech: false,
  deafened: false,
  input: noDevice,
  output: noDevice,
};

/** The state before anything happened. */
export function initialState(name: string, target: string): State {
  return {
    self: { name, member: null },
    target,
    link: { at: 'connecting', voice: false },
    rooms: [],
    current: null,
    voiceRoom: null,
    voice: noVoice,
    sound: {
      devices: { inputs: [], outputs: [] },
      loopback: 'off',
      loopbackMs: null,
    },
    listening: {
      people: {},
      recording: null,
      recordingFailure: null,
      replay: false,
      health: [],
      redundancy: null,
    },
    shells: NO_SHELLS,
    files: NO_FILES,
    text: DEFAULT_TEXT,
    settings: NO_SETTINGS,
    stats: null,
  };
}

export function reduce(state: State, event: Event): State {
  switch (event.kind) {
    case 'phase':
      return withPhase(state, event.phase);
    case 'link-voice':
      return withLinkVoice(state, event.goesOn);
    case 'joined':
      return withRoom(withOwnKey(state, event.members), event.room, (room) => ({
        ...room,
        joined: true,
        members: event.members,
      }));
    case 'put-out':
      return withRoom(state, event.room, (room) => ({ ...room, joined: false, members: [] }));
    case 'left':
      return withoutRoom(state, event.room);
    case 'shown':
      return shown(state, event.room);
    case 'member-joined':
      return withMembers(state, event.room, (all) => [
        ...all.filter((m) => m.id !== event.member.id),
        event.member,
      ]);
    case 'member-left':
      return withMembers(state, event.room, (all) => all.filter((m) => m.id !== event.id));
    case 'member-talking':
      return withMembers(state, event.room, (all) =>
        all.map((m) => (m.id === event.id ? { ...m, talking: event.talking } : m)),
      );
    case 'member-keeps':
      return withMembers(state, event.room, (all) =>
        all.map((m) => (m.id === event.id ? { ...m, [event.what]: event.on } : m)),
      );
    case 'members-changed':
      return withChangedMembers(state, event);
    case 'listening':
      return { ...state, listening: { ...state.listening, ...event.change } };
    case 'files':
      return { ...state, files: { ...state.files, ...event.change } };
    case 'shells':
      return { ...state, shells: { ...state.shells, ...event.change } };
    case 'notice':
      return withNotice(state, noticeOf(event), event.room);
    case 'voice':
      return { ...state, voice: { ...state.voice, ...event.change } };
    case 'sound':
      return { ...state, sound: { ...state.sound, ...event.change } };
    case 'settings':
      return { ...state, settings: { ...state.settings, ...event.change } };
    case 'device':
      return { ...state, voice: { ...state.voice, [event.which]: event.device } };
    case 'stats':
      return { ...state, stats: event.stats };
    default:
      return reduceText(state, event);
  }
}

function withPhase(state: State, phase: Phase): State {
  const link = linkOf(phase);
  if (phase.at === 'online') {
    const rooms = state.rooms.map((room) => (room.kind === 'direct' ? { ...room, joined: true } : room));
    return { ...state, link, rooms, self: { ...state.self, name: phase.name, member: phase.member } };
  }
  // What was said stays on the screen; who is in a room is unknown until we are back, except to those who hear them.
  const voice = phase.at !== 'failed' && phase.voice;
  if (voice) return { ...state, link, rooms: state.rooms.map((room) => ({ ...room, joined: false })) };
  const rooms = state.rooms.map((room) => ({ ...room, joined: false, members: [] }));
  return { ...state, link, rooms, stats: null, self: { ...state.self, member: null } };
}

function withLinkVoice(state: State, voice: boolean): State {
  const { link } = state;
  return link.at === 'connecting' || link.at === 'offline' ? withPhase(state, { ...link, voice }) : state;
}

function linkOf(phase: Phase): Link {
  switch (phase.at) {
    case 'online':
      return { at: 'online', station: phase.station };
    case 'connecting':
    case 'offline':
    case 'failed':
      return phase;
    default:
      return assertNever(phase);
  }
}

function withoutRoom(state: State, name: string): State {
  const rooms = state.rooms.filter((room) => room.name !== name);
  const first = rooms.find(({ kind }) => kind === 'room')?.name ?? null;
  return {
    ...state,
    rooms,
    current: state.current === name ? (first ?? rooms[0]?.name ?? null) : state.current,
    voiceRoom: state.voiceRoom === name ? first : state.voiceRoom,
  };
}

/** Which of the members we are tells our key. */
function withOwnKey(state: State, members: readonly MemberState[]): State {
  const key = members.find(({ id }) => id === state.self.member)?.key;
  return key === undefined || key === state.self.key ? state : { ...state, self: { ...state.self, key } };
}

type MembersChanged = Extract<Event, { kind: 'members-changed' }>;

function withChangedMembers(state: State, { who, change }: MembersChanged): State {
  const meant = (member: MemberState): boolean =>
    'id' in who ? member.id === who.id : member.key === who.key;
  const rooms = state.rooms.map((room) =>
    room.members.some(meant)
      ? {
          ...room,
          members: room.members.map((member) => (meant(member) ? memberWith(member, change) : member)),
        }
      : room,
  );
  const isSelf = 'id' in who ? who.id === state.self.member : who.key === state.self.key;
  const name = (isSelf ? change.name : undefined) ?? state.self.name;
  return { ...state, rooms, self: { ...state.self, name } };
}

function memberWith(member: MemberState, { name, away }: MembersChanged['change']): MemberState {
  const { away: before, ...rest } = member;
  const now = away === undefined ? before : (away ?? undefined);
  return { ...rest, ...(name === undefined ? {} : { name }), ...(now === undefined ? {} : { away: now }) };
}

/** A change to the members of a room that we are in; a late notification about another is ignored. */
function withMembers(
  state: State,
  name: string,
  change: (all: readonly MemberState[]) => readonly MemberState[],
): State {
  if (!state.rooms.some((room) => room.name === name)) return state;
  return withRoom(state, name, (room) => ({ ...room, members: change(room.members) }));
}

function noticeOf({ id, at, text, about }: Extract<Event, { kind: 'notice' }>): Line {
  return { kind: 'notice', id, at, text, ...(about === undefined ? {} : { about }) };
}

/** Notices go where the user looks. */
function withNotice(state: State, line: Line, room: string | undefined): State {
  const name = room ?? state.current;
  if (name === null || !state.rooms.some((one) => one.name === name)) return state;
  return withRoom(state, name, (one) => withNewLine(one, line));
}

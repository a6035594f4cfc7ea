/** How each event changes the state. Pure: no clock, no socket, no SQL. */
import type { DeviceState } from '../audio/messages.ts';
import { assertNever } from '../errors.ts';
import type { Phase, TunnelStats } from '../net/tunnel/messages.ts';
import { withLine, withMessages } from './lines.ts';
import { isHidden } from './people.ts';
import { DEFAULT_TEXT, newRoom } from './places.ts';
import { DEFAULT_SOUND } from './sound-settings.ts';
import type {
  Line,
  Link,
  ListeningState,
  MemberState,
  RoomState,
  SoundState,
  State,
  VoiceState,
} from './state.ts';

export type MessageLine = Extract<Line, { kind: 'message' }>;

export type Event =
  | { readonly kind: 'phase'; readonly phase: Phase }
  /** Without a link: voice goes on meanwhile, or does so no more. */
  | { readonly kind: 'link-voice'; readonly goesOn: boolean }
  | { readonly kind: 'joined'; readonly room: string; readonly members: readonly MemberState[] }
  | { readonly kind: 'left'; readonly room: string }
  | { readonly kind: 'shown'; readonly room: string }
  /** Messages with their place in the room. `older` says whether more exist before the first of them. */
  | {
      readonly kind: 'messages';
      readonly room: string;
      readonly messages: readonly MessageLine[];
      readonly older?: boolean;
    }
  /** A message of ours, waiting or acknowledged. */
  | { readonly kind: 'posted'; readonly room: string; readonly line: MessageLine }
  | { readonly kind: 'unposted'; readonly room: string; readonly id: string }
  | { readonly kind: 'member-joined'; readonly room: string; readonly member: MemberState }
  | { readonly kind: 'member-left'; readonly room: string; readonly id: number }
  | { readonly kind: 'member-talking'; readonly room: string; readonly id: number; readonly talking: boolean }
  | {
      readonly kind: 'member-keeps';
      readonly room: string;
      readonly id: number;
      readonly what: 'recording' | 'replay';
      readonly on: boolean;
    }
  | { readonly kind: 'listening'; readonly change: Partial<ListeningState> }
  | { readonly kind: 'notice'; readonly id: string; readonly at: number; readonly text: string }
  | { readonly kind: 'voice'; readonly change: Partial<VoiceState> }
  | { readonly kind: 'sound'; readonly change: Partial<SoundState> }
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
      settings: DEFAULT_SOUND,
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
    text: DEFAULT_TEXT,
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
      return withRoom(state, event.room, (room) => ({ ...room, joined: true, members: event.members }));
    case 'left':
      return withoutRoom(state, event.room);
    case 'shown':
      return { ...withRoom(state, event.room, (room) => ({ ...room, unread: 0 })), current: event.room };
    case 'messages':
      return withRoom(state, event.room, (room) => received(room, event, state));
    case 'posted':
      return withRoom(state, event.room, (room) => posted(room, event.line));
    case 'unposted':
      return withRoom(state, event.room, (room) => ({
        ...room,
        lines: room.lines.filter((l) => l.id !== event.id),
      }));
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
    case 'listening':
      return { ...state, listening: { ...state.listening, ...event.change } };
    case 'notice':
      return withNotice(state, { kind: 'notice', id: event.id, at: event.at, text: event.text });
    case 'voice':
      return { ...state, voice: { ...state.voice, ...event.change } };
    case 'sound':
      return { ...state, sound: { ...state.sound, ...event.change } };
    case 'device':
      return { ...state, voice: { ...state.voice, [event.which]: event.device } };
    case 'stats':
      return { ...state, stats: event.stats };
    default:
      return assertNever(event);
  }
}

function withPhase(state: State, phase: Phase): State {
  const link = linkOf(phase);
  if (phase.at === 'online') return { ...state, link, self: { name: phase.name, member: phase.member } };
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

/** Changes one room, which is made if it is new. The first room is the one shown. */
function withRoom(state: State, name: string, change: (room: RoomState) => RoomState): State {
  const known = state.rooms.some((room) => room.name === name);
  const rooms = known ? state.rooms : [...state.rooms, newRoom(name)];
  return {
    ...state,
    rooms: rooms.map((room) => (room.name === name ? change(room) : room)),
    current: state.current ?? name,
  };
}

function withoutRoom(state: State, name: string): State {
  const rooms = state.rooms.filter((room) => room.name !== name);
  return { ...state, rooms, current: state.current === name ? (rooms[0]?.name ?? null) : state.current };
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

function received(room: RoomState, event: Extract<Event, { kind: 'messages' }>, state: State): RoomState {
  const fresh = event.messages.filter(
    (m) => (m.seq ?? 0) > room.lastSeq && m.from !== state.self.name && !isHidden(m, room, state),
  );
  const lines = withMessages(room.lines, event.messages);
  return {
    ...room,
    lines,
    lastSeq: Math.max(room.lastSeq, ...event.messages.map((m) => m.seq ?? 0)),
    unread: state.current === room.name ? 0 : room.unread + fresh.length,
    older: event.older ?? room.older,
  };
}

function posted(room: RoomState, line: MessageLine): RoomState {
  return { ...room, lines: withLine(room.lines, line), lastSeq: Math.max(room.lastSeq, line.seq ?? 0) };
}

/** Notices go where the user looks. */
function withNotice(state: State, line: Line): State {
  const name = state.current;
  if (name === null) return state;
  return withRoom(state, name, (room) => ({ ...room, lines: withLine(room.lines, line) }));
}

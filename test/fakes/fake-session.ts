/** A session without a network, for tests of the user interface and for looking at it: content in memory, commands recorded. */
import { loadConfig } from '../../src/cli/config-load.ts';
import { settingRows } from '../../src/cli/setting-rows.ts';
import type { Command } from '../../src/session/commands.ts';
import { NO_FILES } from '../../src/session/file-state.ts';
import type { SessionHandle } from '../../src/session/handle.ts';
import { DEFAULT_TEXT, newRoom } from '../../src/session/places.ts';
import { NO_SETTINGS, type SettingRow } from '../../src/session/settings-model.ts';
import { NO_SHELLS } from '../../src/session/shell-state.ts';
import type { Levels, Line, RoomState, State } from '../../src/session/state.ts';

/** 12:00 local time on a fixed day, so that screens look the same everywhere. */
export const NOON = new Date(2025, 10, 17, 12, 0).getTime();
const MINUTE = 60_000;

export class FakeSession implements SessionHandle {
  state: State;
  /** Every command in order, for tests. */
  readonly commands: Command[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #levelListeners = new Set<() => void>();
  #levels: Levels = { mic: 127, speaker: 127 };
  #ids = 0;

  constructor(state: State, settings: readonly SettingRow[] = []) {
    this.state = { ...state, settings: { ...state.settings, rows: settings } };
  }

  readonly levels = {
    get: (): Levels => this.#levels,
    subscribe: (listener: () => void): (() => void) => {
      this.#levelListeners.add(listener);
      return () => this.#levelListeners.delete(listener);
    },
  };

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces parts of the state and tells everybody. */
  set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }

  setLevels(levels: Levels): void {
    this.#levels = levels;
    for (const listener of this.#levelListeners) listener();
  }

  /** Another value of a key, saved. */
  setSetting(path: string, text: string | null): void {
    const { settings } = this.state;
    const rows = settings.rows.map((row): SettingRow => {
      if (row.path !== path) return row;
      const now = text ?? row.file ?? row.default;
      return { ...row, text: now, value: now, saved: text, source: text === null ? 'default' : 'saved' };
    });
    this.set({ settings: { ...settings, rows } });
  }

  /** Here "bad" can be no value. */
  #check(path: string, text: string): void {
    const problem = text.includes('bad') ? 'must be good' : null;
    this.set({ settings: { ...this.state.settings, check: { path, text, problem } } });
  }

  setRoom(name: string, change: (room: RoomState) => Partial<RoomState>): void {
    this.set({
      rooms: this.state.rooms.map((room) => (room.name === name ? { ...room, ...change(room) } : room)),
    });
  }

  /** Somebody else's message. */
  say(room: string, from: string, text: string, at = Date.now()): void {
    this.#add(room, { ...message(this.#id(), from, text, at), seq: this.#ids });
  }

  do(command: Command): void {
    this.commands.push(command);
    switch (command.do) {
      case 'post':
        this.#add(command.room, message(this.#id(), this.state.self.name, command.text, Date.now()));
        break;
      case 'join':
        this.#join(command.room);
        break;
      case 'leave':
        this.#leave(command.room);
        break;
      case 'show':
        this.set({ current: command.room });
        this.setRoom(command.room, () => ({ unread: 0 }));
        break;
      case 'older':
        this.#older(command.room);
        break;
      case 'rooms':
      case 'who':
        this.#notice(this.state.rooms.map(({ name, members }) => `#${name} (${members.length})`).join(', '));
        break;
      case 'talk':
        this.#talk(command.on, command.latched ?? true);
        break;
      case 'mute':
        this.set({ voice: { ...this.state.voice, muted: command.on } });
        break;
      case 'setting':
        this.setSetting(command.path, command.text);
        break;
      case 'setting-check':
        this.#check(command.path, command.text);
        break;
      case 'loopback':
        this.set({ sound: { ...this.state.sound, loopback: command.mode } });
        break;
      case 'deafen':
        this.set({ voice: { ...this.state.voice, deafened: command.on } });
        break;
      case 'notice':
        this.#notice(command.text);
        break;
    }
  }

  #join(name: string): void {
    if (!this.state.rooms.some((room) => room.name === name)) {
      const self = { id: this.state.self.member ?? 0, name: this.state.self.name, talking: false };
      this.set({ rooms: [...this.state.rooms, room(name, [self], [])] });
    }
    this.set({ current: name });
  }

  #leave(name: string): void {
    const rooms = this.state.rooms.filter((room) => room.name !== name);
    this.set({ rooms, current: rooms[0]?.name ?? null });
  }

  #older(name: string): void {
    this.setRoom(name, ({ lines }) => {
      const first = lines[0]?.at ?? NOON;
      const page = Array.from({ length: 64 }, (_, index) =>
        message(this.#id(), 'archive', `older line ${index + 1}`, first - (64 - index) * MINUTE),
      );
      return { lines: [...page, ...lines], older: false };
    });
  }

  #talk(on: boolean, latched: boolean): void {
    this.set({ voice: { ...this.state.voice, talking: on, latched: on && latched } });
    for (const { name } of this.state.rooms) {
      this.setRoom(name, ({ members }) => ({
        members: members.map((member) =>
          member.id === this.state.self.member ? { ...member, talking: on } : member,
        ),
      }));
    }
  }

  #notice(text: string): void {
    const { current } = this.state;
    if (current !== null) this.#add(current, { kind: 'notice', id: this.#id(), at: Date.now(), text });
  }

  #add(name: string, line: Line): void {
    this.setRoom(name, (room) => ({
      lines: [...room.lines, line],
      unread: name === this.state.current ? 0 : room.unread + 1,
    }));
  }

  #id(): string {
    this.#ids++;
    return `fake-${this.#ids}`;
  }
}

export function message(
  id: string,
  from: string,
  text: string,
  at: number,
  state: 'pending' | 'sent' = 'sent',
) {
  return { kind: 'message' as const, id, seq: null, from, at, text, state };
}

export function room(
  name: string,
  members: RoomState['members'],
  lines: readonly Line[],
  rest: Partial<RoomState> = {},
): RoomState {
  return { ...newRoom(name), joined: true, members, lines, lastSeq: lines.length, ...rest };
}

/** Nobody connected, no room, nothing said. */
export function emptyState(): State {
  return {
    self: { name: 'ada', member: 1 },
    target: 'ada@station.example:2222',
    link: { at: 'online', station: 'station' },
    rooms: [],
    current: null,
    voiceRoom: null,
    shells: NO_SHELLS,
    files: NO_FILES,
    text: DEFAULT_TEXT,
    voice: {
      mode: 'push',
      talking: false,
      latched: false,
      sending: false,
      muted: false,
      mutedSpeech: false,
      deafened: false,
      input: { state: 'ok', name: '@audio/mic (miniaudio)', detail: '' },
      output: { state: 'ok', name: '@audio/speaker (miniaudio)', detail: '' },
    },
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
    settings: NO_SETTINGS,
    stats: {
      carrier: 'udp',
      carrierUp: 'udp',
      carrierDown: 'udp',
      carrierReason: 'UDP answers',
      cipher: 'chacha20-poly1305',
      rttMs: 23.4,
      lossUp: 0,
      lossDown: 0.012,
      heardAgoMs: 120,
      acknowledgedAgoMs: 300,
      carriers: [{ carrier: 'udp', up: true, down: true, rttMs: 23.4, mtu: 1200 }],
      mtu: 1200,
      rekeys: 0,
      silent: false,
      datagramsSent: 5120,
      datagramsReceived: 5044,
      dropped: { malformed: 0, unauthentic: 0, replayed: 0, unroutable: 0, tooLarge: 0, stale: 0 },
    },
  };
}

/** A lively evening: two days, a long message, wide characters, a hostile one, a pending one. */
export function busyState(): State {
  const members = [
    { id: 1, name: 'ada', talking: false },
    { id: 2, name: 'grace', talking: true },
    { id: 3, name: 'linus', talking: false },
    { id: 4, name: 'margaret.hamilton', talking: false },
  ];
  return {
    ...emptyState(),
    rooms: [
      room('lobby', members, busyLines(), { older: true }),
      room('music', members.slice(0, 2), [message('m1', 'linus', 'listen to this', NOON)], { unread: 3 }),
      room('station-ops', members.slice(0, 1), [], { joined: false }),
    ],
    current: 'lobby',
  };
}

function busyLines(): Line[] {
  const yesterday = NOON - 24 * 60 * MINUTE;
  const said: readonly (readonly [string, string, number])[] = [
    ['grace', 'evening all', yesterday],
    ['linus', 'hi grace! did the new station survive the night?', yesterday + MINUTE],
    ['grace', 'it did: 41 days up, 3 restarts, nothing lost', yesterday + 2 * MINUTE],
    ['grace', 'and the history is still all there', yesterday + 2 * MINUTE],
    [
      'margaret.hamilton',
      'I read the whole log over breakfast. The replay window never once complained, which is what one wants from a replay window, really: to be asked often and to say nothing.',
      NOON,
    ],
    ['ada', 'how is the voice over the train wifi?', NOON + MINUTE],
    [
      'linus',
      'surprisingly fine, 60 ms and a bit of loss\nthe concealment hides most of it',
      NOON + 2 * MINUTE,
    ],
    ['grace', '日本語も大丈夫 👍🏽 👩‍💻 naïve café', NOON + 3 * MINUTE],
    ['mallory', 'ha \x1b[31mred\x1b[0m \x1b]0;owned\x07 \u202Egnp.exe\u202C bell\x07', NOON + 4 * MINUTE],
    ['ada', 'nice try, mallory', NOON + 5 * MINUTE],
  ];
  const lines: Line[] = said.map(([from, text, at], index) => message(`b${index}`, from, text, at));
  lines.splice(5, 0, { kind: 'notice', id: 'n1', at: NOON, text: 'margaret.hamilton came in' });
  return [...lines, message('p1', 'ada', 'this one is still on its way', NOON + 6 * MINUTE, 'pending')];
}

/** Every key of the program as somebody has it who has changed a few. */
export const FAKE_SETTINGS: readonly SettingRow[] = fakeSettings();

function fakeSettings(): readonly SettingRow[] {
  const saved = new Map([['ui.timestamps', 'datetime']]);
  const env = { XDG_CONFIG_HOME: '/nonexistent', VOIPTERM_AUDIO_BITRATE: '24000' };
  const loaded = loadConfig({ env, saved });
  return settingRows({ loaded, saved }).map((row) => ({ ...row, waits: null }));
}

/** Listening and keeping as a session does them: what is remembered, what the audio thread and the station are told. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { RecordingEnd } from '../../src/audio/messages.ts';
import { VoiptermError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Caller } from '../../src/session/history.ts';
import { Keeping } from '../../src/session/keeping.ts';
import { Listening } from '../../src/session/listening.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { initialState } from '../../src/session/reduce.ts';
import { ClientStore } from '../../src/store/client.ts';

let live: LiveState;
let store: ClientStore;
let forbidden: boolean;
let said: [string, object][];
const audio = {
  voices: vi.fn(async () => undefined),
  tone: vi.fn(async () => undefined),
  keep: vi.fn(async () => undefined),
  replay: vi.fn(async () => 2.5),
  record: vi.fn(async () => undefined),
  recordStop: vi.fn(
    async (): Promise<RecordingEnd | null> => ({ directory: '/r', files: ['mix.ogg'], failure: null }),
  ),
};
let sound: typeof audio | undefined;

const call: Caller = async (method, ask) => {
  said.push([method, ask]);
  if (forbidden && Object.values(ask).includes(true))
    throw new VoiptermError('control.forbidden', 'not here');
  return {} as never;
};
const settings = { replay: false, recordings: '/recordings', format: 'ogg' as const };
const keepingOf = (more: Partial<typeof settings> = {}) =>
  new Keeping({ ...settings, ...more, live, call, audio: () => sound });

beforeEach(() => {
  vi.clearAllMocks();
  live = new LiveState(initialState('ann', 't'), silentLog);
  store = new ClientStore(':memory:');
  forbidden = false;
  said = [];
  sound = audio;
  const online = {
    at: 'online',
    member: 1,
    name: 'ann',
    station: 's',
    fingerprint: 'f',
    resumed: false,
  } as const;
  live.apply({ kind: 'phase', phase: online });
  const members = [
    { id: 1, name: 'ann', talking: false, key: 'KA' },
    { id: 2, name: 'bob', talking: false, key: 'KB' },
    { id: 3, name: 'eve', talking: false },
  ];
  live.apply({ kind: 'joined', room: 'lobby', members });
});

const notices = (): string[] =>
  (live.now.rooms[0]?.lines ?? []).flatMap((line) => (line.kind === 'notice' ? [line.text] : []));

test('what is wanted of a person is remembered by key, told at once, and forgotten when nothing is left', () => {
  const listening = new Listening({ live, store, audio: () => sound });
  listening.do({ do: 'volume', name: '@BOB', db: -6 });
  listening.do({ do: 'hear', name: 'eve', what: 'muted', on: true });
  expect(store.people()).toEqual([
    { key: 'KB', name: 'bob', db: -6, muted: false, blocked: false, ignored: false, priority: false },
  ]);
  expect(notices().at(-1)).toContain('tells no keys');
  expect(audio.voices).toHaveBeenLastCalledWith([
    { ssrc: 2, name: 'bob', gainDb: -6, priority: false },
    { ssrc: 3, name: 'eve', gainDb: null, priority: false },
  ]);
  listening.do({ do: 'people' });
  expect(notices().at(-1)).toMatch(/@bob: -6 dB\n@eve: muted/);
  // Another day, on another station.
  const later = new LiveState(initialState('ann', 't2'), silentLog);
  new Listening({ live: later, store, audio: () => sound });
  expect(later.now.listening.people.KB).toMatchObject({ db: -6 });
  listening.do({ do: 'volume', name: 'bob', db: 0 });
  expect(store.people()).toEqual([]);
});

test('nobody is told twice, and nobody is oneself', () => {
  const listening = new Listening({ live, store, audio: () => sound });
  live.notice('something else');
  const told = audio.voices.mock.calls.length;
  live.notice('and again');
  expect(audio.voices.mock.calls.length).toBe(told);
  expect(() => listening.do({ do: 'hear', name: 'ann', what: 'muted', on: true })).toThrow(/that is you/);
  expect(() => listening.do({ do: 'hear', name: 'nobody', what: 'muted', on: true })).toThrow(
    /nobody called nobody/,
  );
});

test('a store that cannot be written does not keep anybody from being quiet', () => {
  const listening = new Listening({
    live,
    store: {
      ...store,
      people: () => [],
      forgetPerson: () => undefined,
      savePerson: () => {
        throw new Error('disk full');
      },
    },
    audio: () => sound,
  });
  listening.do({ do: 'hear', name: 'bob', what: 'blocked', on: true });
  expect(live.now.listening.people.KB?.blocked).toBe(true);
  expect(notices().at(-1)).toMatch(/not remembered: disk full/);
});

test('others who come and go are heard, we and the blocked are not', () => {
  const listening = new Listening({ live, store, audio: () => sound });
  const member = { id: 4, name: 'dan', talking: false, key: 'KD' };
  listening.notified({ method: 'room.joined', params: { room: 'lobby', member } });
  listening.notified({ method: 'room.left', params: { room: 'lobby', id: 2, name: 'bob' } });
  listening.notified({ method: 'room.joined', params: { room: 'den', member } });
  listening.notified({ method: 'room.left', params: { room: 'lobby', id: 1, name: 'ann' } });
  listening.do({ do: 'hear', name: 'bob', what: 'blocked', on: true });
  listening.notified({ method: 'room.left', params: { room: 'lobby', id: 2, name: 'bob' } });
  expect(audio.tone.mock.calls).toEqual([['join'], ['leave']]);
});

test('the room is told before anything is recorded, and again when it is over', async () => {
  const keeping = keepingOf();
  await keeping.do({ do: 'record', format: null, directory: null });
  expect(said).toEqual([['voice.recording', { recording: true }]]);
  expect(audio.record).toHaveBeenCalledWith({
    directory: expect.stringMatching(/^\/recordings\/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d-lobby$/),
    format: 'ogg',
    self: 'ann',
  });
  expect(live.now.listening.recording).toMatch(/-lobby$/);
  await expect(keeping.do({ do: 'record', format: null, directory: null })).rejects.toThrow(/runs already/);
  await keeping.do({ do: 'record-stop' });
  expect(said.at(-1)).toEqual(['voice.recording', { recording: false }]);
  expect(live.now.listening.recording).toBeNull();
  await expect(keeping.do({ do: 'record-stop' })).rejects.toThrow(/nothing is being recorded/);
});

test('where it is forbidden, or the station is too old to tell the room, nothing is kept', async () => {
  const keeping = keepingOf();
  forbidden = true;
  await expect(keeping.do({ do: 'record', format: 'wav', directory: '/x' })).rejects.toThrow('not here');
  await expect(keeping.do({ do: 'keep', on: true })).rejects.toThrow('not here');
  const old = new Keeping({
    ...settings,
    live,
    call: () => Promise.reject(new VoiptermError('control.protocol', 'Method not found')),
    audio: () => sound,
  });
  await expect(old.do({ do: 'record', format: 'wav', directory: '/x' })).rejects.toMatchObject({
    code: 'control.forbidden',
  });
  expect(audio.record).not.toHaveBeenCalled();
  expect(audio.keep).not.toHaveBeenCalled();
});

test('files that cannot be made are told to the room as no recording', async () => {
  audio.record.mockRejectedValueOnce(new VoiptermError('audio.file', 'no room'));
  await expect(keepingOf().do({ do: 'record', format: null, directory: null })).rejects.toThrow('no room');
  expect(said).toEqual([
    ['voice.recording', { recording: true }],
    ['voice.recording', { recording: false }],
  ]);
  expect(live.now.listening.recording).toBeNull();
});

test('another connection hears of it anew, and may end it', async () => {
  const keeping = keepingOf();
  await keeping.do({ do: 'record', format: null, directory: null });
  await keeping.do({ do: 'keep', on: true });
  said = [];
  await keeping.online();
  expect(said).toEqual([
    ['voice.recording', { recording: true }],
    ['voice.replay', { replay: true }],
  ]);
  forbidden = true;
  await keeping.online();
  expect(audio.recordStop).toHaveBeenCalledTimes(1);
  expect(audio.keep).toHaveBeenLastCalledWith(false);
  expect(live.now.listening).toMatchObject({ recording: null, replay: false });
});

test('a failure of the disk is told here and to the room', async () => {
  const keeping = keepingOf();
  await keeping.do({ do: 'record', format: null, directory: null });
  keeping.recordingEnded({ directory: '/r', files: ['mix.ogg', 'bob.ogg'], failure: 'the disk is full' });
  await vi.waitFor(() => expect(said.at(-1)).toEqual(['voice.recording', { recording: false }]));
  expect(notices().at(-1)).toMatch(/the disk is full; what was recorded is kept, 2 files in \/r/);
  expect(live.now.listening).toMatchObject({ recording: null, recordingFailure: 'the disk is full' });
});

test('the last seconds are kept from the start where that is set, once there is sound, and are gone with it', async () => {
  sound = undefined;
  keepingOf({ replay: true });
  live.notice('still no sound');
  expect(said).toEqual([]);
  sound = audio;
  live.notice('sound');
  await vi.waitFor(() => expect(live.now.listening.replay).toBe(true));
  expect(said).toEqual([['voice.replay', { replay: true }]]);
  sound = undefined;
  live.notice('the sound died');
  expect(live.now.listening.replay).toBe(false);
  expect(said.at(-1)).toEqual(['voice.replay', { replay: false }]);
});

test('a replay is of the one who was named, and says what there was', async () => {
  const keeping = keepingOf();
  await keeping.do({ do: 'replay', seconds: 10, name: '@bob' });
  expect(audio.replay).toHaveBeenLastCalledWith(10, 2);
  expect(notices().at(-1)).toBe('replaying 2.5 s of bob');
  await expect(keeping.do({ do: 'replay', seconds: 10, name: 'zoe' })).rejects.toThrow(/nobody called zoe/);
  audio.replay.mockResolvedValueOnce(0);
  await keeping.do({ do: 'replay', seconds: 5, name: null });
  expect(notices().at(-1)).toBe('nothing was heard in the last 5 s');
});

test('others who keep what is said show on their row, and in words where we are', () => {
  const keeping = keepingOf();
  keeping.notified({
    method: 'voice.recording',
    params: { room: 'lobby', id: 2, name: 'bob', recording: true },
  });
  keeping.notified({ method: 'voice.replay', params: { room: 'lobby', id: 2, name: 'bob', replay: true } });
  expect(live.now.rooms[0]?.members[1]).toMatchObject({ recording: true, replay: true });
  expect(notices()).toEqual([
    '@bob records what is said here',
    '@bob keeps the last 30 seconds of what is said here',
  ]);
});

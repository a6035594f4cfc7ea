/**
 * The control protocol's part about terminals: sharing one with others, and what a key may do with a shell. Pure.
 *
 * A shared terminal goes from its owner to the watchers as frames: opaque bytes, each the whole screen or the rows that
 * changed since the one before. Nothing of them is kept at the station. A watcher who reads too slowly misses frames,
 * notices the gap by the serial, and asks for a whole screen.
 */
import { z } from 'zod';
import { keyFingerprint, memberName, placeName, uint32 } from './schema-fields.ts';

/** What is asked for in an SSH session channel with a terminal, to have a shell on the station's host. */
export const STATION_SHELL_COMMAND = 'station-shell';
/** Largest frame, bytes: the whole of a 200x60 screen in which each cell has a colour of its own, deflated. */
export const MAX_FRAME_BYTES = 192 * 1024;
/** Longest input that a watcher sends at once, bytes: a pasted page. */
export const MAX_SHELL_INPUT_BYTES = 8 * 1024;
/** Keys that may type in one shared terminal. */
export const MAX_SHELL_WRITERS = 64;
export const MAX_SHELL_TITLE = 64;

const base64 = (bytes: number): z.ZodBase64 => z.base64().max(Math.ceil(bytes / 3) * 4);
const share = uint32;
/** Frames of a share count 1, 2, 3...; `base` is the one that this changes, 0 if it stands for itself. */
const frame = { share, base: uint32, serial: uint32.min(1), data: base64(MAX_FRAME_BYTES) };
const title = z.string().max(MAX_SHELL_TITLE);
const writers = z.array(keyFingerprint).max(MAX_SHELL_WRITERS);
const none = z.object({});

export const shellRequests = {
  /** What the asker's key may do: reach anything through the station, have a shell on its host. */
  'shell.rights': { ask: none, answer: z.object({ tunnel: z.boolean(), station: z.boolean() }) },
  /** Offers a terminal to a room or a person. Keys in `writers` may type; others look on. Ends with the connection. */
  'shell.share': { ask: z.object({ to: placeName, title, writers }), answer: z.object({ share }) },
  /** Who may type from now on. */
  'shell.grant': { ask: z.object({ share, writers }), answer: none },
  'shell.unshare': { ask: z.object({ share }), answer: none },
  /** From the owner. Answered once it was passed on. */
  'shell.frame': { ask: z.object(frame), answer: none },
  /** Looks on; a whole screen comes. `write` says that this key may type. */
  'shell.watch': {
    ask: z.object({ share }),
    answer: z.object({ from: memberName, key: keyFingerprint, title, write: z.boolean() }),
  },
  'shell.unwatch': { ask: z.object({ share }), answer: none },
  /** From a watcher who missed a frame. */
  'shell.refresh': { ask: z.object({ share }), answer: none },
  /** From a watcher who may type: UTF-8. */
  'shell.input': { ask: z.object({ share, data: base64(MAX_SHELL_INPUT_BYTES) }), answer: none },
} as const;

export const shellNotifications = {
  /** Somebody offers a terminal to us, or who may type there has changed. */
  'shell.offered': z.object({
    share,
    /** As the receiver calls it. */
    place: placeName,
    from: memberName,
    key: keyFingerprint,
    title,
    write: z.boolean(),
  }),
  /** It is over: `reason` is a sentence. */
  'shell.ended': z.object({ share, reason: z.string().max(200) }),
  'shell.frame': z.object(frame),
  /** To the owner: who looks on, or does no more. */
  'shell.watching': z.object({
    share,
    id: uint32,
    name: memberName,
    key: keyFingerprint,
    watching: z.boolean(),
  }),
  /** To the owner: somebody needs a whole screen. */
  'shell.refresh': z.object({ share }),
  /** To the owner: typed by a watcher, with the key that it proved. */
  'shell.input': z.object({
    share,
    name: memberName,
    key: keyFingerprint,
    data: base64(MAX_SHELL_INPUT_BYTES),
  }),
} as const;

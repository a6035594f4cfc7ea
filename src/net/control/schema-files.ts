/**
 * The control protocol's part about files: from one member to others, through the station and never onto its disk. Pure.
 *
 * A file is offered to a room or a person; each who takes it gets a stream of its own, from the byte that it does not
 * have yet, so that a broken transfer goes on where it ended. No more goes out than was acknowledged plus a window,
 * which the station sees to.
 */
import { z } from 'zod';
import { keyFingerprint, memberName, placeName, uint32 } from './schema-fields.ts';

/** Bytes of a file in one line: few enough that a chat line behind it hardly waits. */
export const MAX_CHUNK_BYTES = 16 * 1024;
/** Bytes that may be on their way to one who takes a file: full speed at 50 ms and 10 Mbit/s. */
export const FILE_WINDOW_BYTES = 64 * 1024;
/** Longest name of a file, UTF-16 units. */
export const MAX_FILE_NAME = 255;

/** Made by the sender; the same again after a break. */
const file = z.uuid();
const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const offset = size;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileName = z.string().min(1).max(MAX_FILE_NAME);
const reason = z.string().max(200);
const data = z.base64().max(Math.ceil(MAX_CHUNK_BYTES / 3) * 4);
const none = z.object({});
/** The member id of the one at the other end. */
const peer = uint32;

export const fileRequests = {
  /** Offers a file; `members` is to how many connections that was told. The same file may be offered again. */
  'file.offer': {
    ask: z.object({ file, to: placeName, name: fileName, size, sha256 }),
    answer: z.object({ members: z.number().int().min(0) }),
  },
  /** The sender takes the offer back and ends what is under way. */
  'file.withdraw': { ask: z.object({ file, reason }), answer: none },
  /** Takes a file from a member's offer, from a byte on. */
  'file.take': { ask: z.object({ file, from: peer, offset }), answer: none },
  /** Does not take it, or no more of it. */
  'file.refuse': { ask: z.object({ file, from: peer, reason }), answer: none },
  /** From the sender to one who takes the file. Answered once it was passed on. */
  'file.data': { ask: z.object({ file, to: peer, offset, data }), answer: none },
  /** From who takes it: so many bytes are written, from the file's first on. */
  'file.ack': { ask: z.object({ file, from: peer, received: size }), answer: none },
} as const;

export const fileNotifications = {
  'file.offered': z.object({
    file,
    from: peer,
    name: memberName,
    key: keyFingerprint,
    /** As the receiver calls it. */
    place: placeName,
    fileName,
    size,
    sha256,
  }),
  /** `lost`: the sender may be back, and offers it again then. */
  'file.withdrawn': z.object({ file, from: peer, reason, lost: z.boolean() }),
  /** To the sender. */
  'file.taken': z.object({ file, by: peer, name: memberName, key: keyFingerprint, offset }),
  /** To the sender. `lost`: who took it may be back, and takes it again then. */
  'file.refused': z.object({ file, by: peer, name: memberName, reason, lost: z.boolean() }),
  'file.data': z.object({ file, from: peer, offset, data }),
  'file.ack': z.object({ file, by: peer, received: size }),
} as const;

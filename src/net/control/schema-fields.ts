/** The small parts that the control protocol's methods are made of: names, numbers, ids. Pure. */
import { z } from 'zod';

/** Longest message body in bytes (UTF-8): a pasted page fits, a file does not. */
export const MAX_BODY_BYTES = 8 * 1024;

/** Room names, without the '#': what a person can type and a path can hold. */
export const roomName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,31}$/,
    'a room name is 1 to 32 of a-z 0-9 . _ - and starts with a letter or digit',
  );
/** Member names: as room names, but capitals are kept. They compare without case. */
export const memberName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/,
    'a name is 1 to 32 of A-Z a-z 0-9 . _ - and starts with a letter or digit',
  );
/** Where text goes: a room, or "@" and the name of the other, for the conversation between the asker and that name's key. */
export const placeName = z
  .string()
  .regex(
    /^(?:[a-z0-9][a-z0-9._-]{0,31}|@[A-Za-z0-9][A-Za-z0-9._-]{0,31})$/,
    'a place is a room name, or @ and the name of a member',
  );

export const uint16 = z.number().int().min(0).max(0xffff);
export const port = z.number().int().min(1).max(0xffff);
export const uint32 = z.number().int().min(0).max(0xffffffff);
/** A count of something within a place: its messages (1, 2, 3...) or its changes. */
export const seq = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Milliseconds since 1970 on the station's clock. */
export const millis = z.number().int().min(0);
/** A client-made message id (UUID): posting the same id again is harmless. */
export const messageId = z.uuid();
export const body = z
  .base64()
  .max(Math.ceil(MAX_BODY_BYTES / 3) * 4, `a message has at most ${MAX_BODY_BYTES} bytes: send it in parts`);
export const bodyType = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\x21-\x7e ]+$/);
/** A member's SSH key, by its fingerprint as OpenSSH writes it ("SHA256:..."); a client only compares it. */
export const keyFingerprint = z.string().regex(/^[\x21-\x7e]{1,128}$/);

/**
 * The exit statuses, as a table from error codes. Pure. A script may depend on them:
 *
 *     0  done                                   4  refused: key, host key, name, protocol version
 *     1  failed in another way                  5  storage: full or read-only disk, database in use or newer
 *     2  command line, configuration, identity  6  sound: a file or device that was asked for
 *     3  station or client not reached, or lost 7  station cannot listen on this address
 */
import { type ErrorCode, VoiptermError } from '../errors.ts';

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  storage: 5,
  audio: 6,
  listen: 7,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

const STATUS: Readonly<Record<ErrorCode, ExitStatus>> = {
  'usage.invalid': EXIT.usage,
  'config.invalid': EXIT.usage,
  'identity.unreadable': EXIT.usage,
  'control.unreachable': EXIT.unreachable,
  'control.timeout': EXIT.unreachable,
  'control.closing': EXIT.unreachable,
  'control.auth-refused': EXIT.refused,
  'control.proxy-refused': EXIT.refused,
  'control.host-key-changed': EXIT.refused,
  'control.host-key-unknown': EXIT.refused,
  'control.version': EXIT.refused,
  'control.name-taken': EXIT.refused,
  'control.protocol': EXIT.failure,
  'control.invalid-params': EXIT.failure,
  'control.not-in-room': EXIT.failure,
  'control.not-found': EXIT.failure,
  'control.forbidden': EXIT.refused,
  'control.kicked': EXIT.refused,
  'control.banned': EXIT.refused,
  'control.limit': EXIT.failure,
  'control.storage': EXIT.storage,
  'tunnel.died': EXIT.failure,
  'tunnel.closed': EXIT.failure,
  'tunnel.too-large': EXIT.failure,
  'tunnel.dropped': EXIT.failure,
  'forward.refused': EXIT.refused,
  'forward.unreachable': EXIT.unreachable,
  'forward.in-use': EXIT.listen,
  'audio.unavailable': EXIT.audio,
  'audio.file': EXIT.audio,
  'audio.died': EXIT.failure,
  'store.newer': EXIT.storage,
  'store.locked': EXIT.storage,
  'store.unwritable': EXIT.storage,
  'station.port-in-use': EXIT.listen,
  'station.address': EXIT.listen,
  'station.none': EXIT.unreachable,
  'messages.unacknowledged': EXIT.failure,
  'client.none': EXIT.unreachable,
  'file.unusable': EXIT.usage,
  'file.damaged': EXIT.failure,
  'file.refused': EXIT.refused,
  'demo.lost': EXIT.failure,
  internal: EXIT.failure,
};

/** The status with which the process ends because of this error. */
export function exitStatus(error: unknown): ExitStatus {
  return error instanceof VoiptermError ? STATUS[error.code] : EXIT.failure;
}

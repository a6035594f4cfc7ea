/**
 * The one error class of the program and the closed list of its codes.
 *
 * Every error that a person can act on carries a stable code and one sentence that says what happened and
 * what to do. A code crosses threads and the control channel; prose is never matched.
 */

/** Stable, dotted codes. The part before the dot says which side of the program found it. */
export const ERROR_CODES = [
  'usage.invalid', // a command line that makes no sense
  'config.invalid', // a config file, environment variable or setting with a bad value
  'identity.unreadable', // the user's key is missing, encrypted or not Ed25519
  'control.unreachable', // no TCP connection, or it was lost
  'control.auth-refused', // the station does not admit this key
  'control.proxy-refused', // the proxy on the way wants other credentials
  'control.host-key-changed',
  'control.host-key-unknown', // strict checking, and the key is not in known_hosts
  'control.version', // no common protocol version
  'control.protocol', // the peer broke the control protocol
  'control.name-taken', // the name belongs to another key
  'control.invalid-params',
  'control.not-in-room',
  'control.not-found', // no such member, message or conversation
  'control.forbidden', // the station's operator does not allow it
  'control.kicked', // a moderator sent this member away
  'control.banned', // this key or address may not come in
  'control.limit', // a documented bound was reached
  'control.storage', // the station could not commit to disk
  'control.timeout',
  'control.closing', // the station is shutting down
  'tunnel.died', // the worker thread went away
  'tunnel.closed',
  'tunnel.too-large', // a datagram over what the tunnel carries now
  'tunnel.dropped', // a datagram that could not go out now
  'forward.refused', // the station does not allow this forward; the sentence says what its operator must list
  'forward.unreachable', // a destination that does not resolve or does not answer
  'forward.in-use', // a port to listen on that is taken or not to be had
  'audio.unavailable', // no device, or no program or package to reach one
  'audio.file', // a WAV file that cannot be read or written
  'audio.died',
  'store.newer', // a database that a newer version wrote
  'store.locked', // another process uses it
  'store.unwritable', // full disk, read-only directory, no permission
  'station.port-in-use',
  'station.address',
  'station.none', // no running station to talk to
  'messages.unacknowledged',
  'client.none', // no running client to talk to
  'file.unusable', // a file to send or to keep cannot be read or written
  'file.damaged', // what came is not what was offered
  'file.refused', // nobody took a file
  'demo.lost',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** A failure with a code to branch on and a sentence to show. */
export class VoiptermError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'VoiptermError';
    this.code = code;
  }
}

/** An error as plain data: Error subclasses lose their class and code in a structured clone. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What anything thrown says. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reduces anything thrown to a code and a sentence. */
export function toWireError(error: unknown): WireError {
  if (error instanceof VoiptermError) return { code: error.code, message: error.message };
  return { code: 'internal', message: sentenceOf(error) };
}

/** Rebuilds an error from its plain form. */
export function fromWireError(wire: WireError): VoiptermError {
  return new VoiptermError(wire.code, wire.message);
}

/** The errno name ("ENOSPC") of a Node system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** Ends the compile when a union gained a member that a switch does not handle. */
export function assertNever(value: never): never {
  throw new VoiptermError('internal', `unexpected value ${JSON.stringify(value)}`);
}

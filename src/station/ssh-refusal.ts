/**
 * Refuses an SSH channel with a sentence, which every SSH client shows to its user (RFC 4254, 5.1).
 *
 * The SSH library refuses without a word: it calls its protocol object's channelOpenFail with an empty description. That
 * object is not part of its documented surface, so if it ever looks different the refusal is merely wordless again.
 */
import type { Connection } from 'ssh2';

/** RFC 4254, 5.1. */
export const REFUSAL_REASON = { prohibited: 1, connectFailed: 2, shortage: 4 } as const;
export type RefusalReason = (typeof REFUSAL_REASON)[keyof typeof REFUSAL_REASON];

type OpenFail = (recipient: number, reason: number, description: string) => void;

/** Calls the library's `reject` so that it says `sentence` and `reason`. */
export function rejectWith(
  client: Connection,
  reject: () => void,
  reason: RefusalReason,
  sentence: string,
): void {
  const protocol: unknown = Reflect.get(client, '_protocol');
  if (!hasOpenFail(protocol)) return reject();
  const own = protocol.channelOpenFail;
  protocol.channelOpenFail = (recipient) => own.call(protocol, recipient, reason, sentence);
  try {
    reject();
  } finally {
    protocol.channelOpenFail = own;
  }
}

function hasOpenFail(protocol: unknown): protocol is { channelOpenFail: OpenFail } {
  return (
    typeof protocol === 'object' &&
    protocol !== null &&
    'channelOpenFail' in protocol &&
    typeof protocol.channelOpenFail === 'function'
  );
}

/**
 * An invitation as one line to paste. Pure.
 *
 *     voipterm://[name@]host:port[/room]?key=FINGERPRINT#TOKEN
 *
 * FINGERPRINT is the SHA-256 of the station's host key (43 characters of base64url), TOKEN opens the door once (24). The token
 * stands behind "#", which no program that knows URLs sends anywhere.
 */
import { VoiptermError } from '../../errors.ts';

/** What a line carries besides the target. */
export interface InviteParts {
  /** The station's host key, "SHA256:..." as OpenSSH writes it. */
  readonly fingerprint: string;
  readonly token: string;
}

const INVITE = /\?key=([A-Za-z0-9_-]{43})#([A-Za-z0-9_-]{24})$/;

/**
 * Takes the invitation off a target's end.
 * @throws VoiptermError 'usage.invalid' for one that lost a part on its way.
 */
export function takeInvite(text: string): {
  readonly target: string;
  readonly invite: InviteParts | undefined;
} {
  const [all, key = '', token = ''] = INVITE.exec(text) ?? [];
  if (all !== undefined) {
    const fingerprint = `SHA256:${key.replaceAll('-', '+').replaceAll('_', '/')}`;
    return { target: text.slice(0, -all.length), invite: { fingerprint, token } };
  }
  if (!text.includes('?')) return { target: text, invite: undefined };
  throw new VoiptermError(
    'usage.invalid',
    'the invitation is not whole: it ends in ?key=... and #..., so copy all of the line and put it in single quotes',
  );
}

/** The line for a target ("host:port/room", without a scheme). */
export function formatInvite(target: string, { fingerprint, token }: InviteParts): string {
  const key = fingerprint
    .replace(/^SHA256:/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  return `voipterm://${target}?key=${key}#${token}`;
}

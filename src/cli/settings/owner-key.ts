/** A key that somebody names as an owner: its fingerprint, or the line that "voipterm keygen" prints. Pure. */
import { parseAuthorizedKeys } from '../../store/authorized-keys.ts';

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** "SHA256:..."; undefined for what is no key. */
export function ownerKey(text: string): string | undefined {
  if (FINGERPRINT.test(text)) return text;
  const [fingerprint] = parseAuthorizedKeys(text).keys.keys();
  return fingerprint;
}

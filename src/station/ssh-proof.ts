/** What an SSH connection has shown before it may open anything: a key that it holds, and perhaps an invitation. */
import type { AuthContext, PasswordAuthContext, PublicKeyAuthContext } from 'ssh2';
import { fingerprintOf } from '../store/identity.ts';
import { isEd25519, isSignedBy } from './ssh-auth.ts';

/** Keys that a client may offer; an agent may hold several. */
const MAX_AUTH_ATTEMPTS = 10;

/** Who may come in, and how far. */
export interface Door {
  /** Whether a key (SSH wire form, known to be Ed25519) is admitted. */
  admits(blob: Uint8Array): boolean;
  /** Whether a text is the token of an invitation: then a key that is not admitted comes as far as hello. */
  knowsInvite(token: string, address: string): boolean;
  /** Whether an admitted key is banned: it comes as far as hello, which tells it. */
  isBanned(fingerprint: string, address: string): boolean;
}

export class SshProof {
  user = '';
  /** "SHA256:..."; undefined until the key is proved. */
  fingerprint: string | undefined;
  /** The same key as authorized_keys has it. */
  key = '';
  /** Token of an invitation. */
  invite: string | undefined;
  /** The key is one that the station admits. */
  admitted = false;
  readonly #door: Door;
  readonly #address: string;
  #attempts = 0;

  constructor(door: Door, address: string) {
    this.#door = door;
    this.#address = address;
  }

  /** Takes one attempt; false if there were too many and the connection must go. */
  take(context: AuthContext): boolean {
    this.#attempts += 1;
    if (this.#attempts > MAX_AUTH_ATTEMPTS) return false;
    if (context.method === 'publickey' && this.#isGood(context)) context.accept();
    // The key is still to be proved.
    else if (context.method === 'password' && this.#isInvite(context)) context.reject(['publickey'], true);
    // The password is not listed: nobody is asked for one, and scanners see nothing to try.
    else context.reject(['publickey']);
    return true;
  }

  #isInvite({ password }: PasswordAuthContext): boolean {
    if (!this.#door.knowsInvite(password, this.#address)) return false;
    this.invite = password;
    return true;
  }

  /** A first question without a signature only asks whether the key is worth signing with. */
  #isGood(context: PublicKeyAuthContext): boolean {
    const { algo, data } = context.key;
    if (!isEd25519(algo, data)) return false;
    const admitted = this.#door.admits(data);
    if (!admitted && this.invite === undefined) return false;
    if (!context.signature) return true;
    if (!context.blob || !isSignedBy(data, context.blob, context.signature)) return false;
    this.fingerprint = fingerprintOf(data);
    this.key = `${algo} ${data.toString('base64')}`;
    this.user = context.username;
    this.admitted = admitted;
    return true;
  }

  /** Whether it may do what members may, and not only say hello. */
  get inside(): boolean {
    const { admitted, fingerprint } = this;
    return admitted && fingerprint !== undefined && !this.#door.isBanned(fingerprint, this.#address);
  }
}

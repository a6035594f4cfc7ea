/** A station's door: which keys come in, by authorized_keys, by an invitation or because it is open, and who is banned. */
import type { AuthorizedKeys } from '../store/authorized-keys.ts';
import { fingerprintOf } from '../store/identity.ts';
import type { Lobby } from './lobby.ts';
import { banOf } from './reception.ts';
import type { Door } from './ssh-proof.ts';

export class StationDoor implements Door {
  /** Any key comes in. */
  open = false;
  readonly #lobby: Lobby;
  readonly #keys: AuthorizedKeys;

  constructor(lobby: Lobby, keys: AuthorizedKeys) {
    this.#lobby = lobby;
    this.#keys = keys;
  }

  admits(blob: Uint8Array): boolean {
    return this.open || this.#keys.admits(blob) || this.#lobby.roles.isAdmitted(fingerprintOf(blob));
  }

  /** Whether somebody named this key: in authorized_keys, by an import or an invitation, or as an owner. */
  names(key: string): boolean {
    const { roles } = this.#lobby;
    return (
      this.#keys.permissionsOf(key) !== undefined ||
      roles.isAdmitted(key) ||
      roles.options.owners.includes(key)
    );
  }

  knowsInvite(token: string, address: string): boolean {
    return this.#lobby.storage(() => this.#lobby.invites.knows(token, address, Date.now()));
  }

  isBanned(fingerprint: string, address: string): boolean {
    return banOf(this.#lobby, fingerprint, address) !== undefined;
  }
}

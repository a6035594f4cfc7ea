/** A station's door: which keys come in, by authorized_keys, by an invitation or because it is open, and who is banned. */
import type { AuthorizedKeys } from '../store/authorized-keys.ts';
import { fingerprintOf } from '../store/identity.ts';
import type { Lobby } from './lobby.ts';
import { banOf } from './reception.ts';
import type { Door } from './ssh-proof.ts';

/** How often the file of keys is looked at for keys that were removed, ms. */
const KEYS_CHECK_MS = 2_000;

export class StationDoor implements Door {
  /** Any key comes in. */
  open = false;
  readonly #lobby: Lobby;
  readonly #keys: AuthorizedKeys;

  readonly #check: NodeJS.Timeout;
  /** The file of keys as it was at the last two looks: who edits it may have it empty for a moment. */
  #versions: readonly (string | undefined)[] = [];

  constructor(lobby: Lobby, keys: AuthorizedKeys, checkMs = KEYS_CHECK_MS) {
    this.#lobby = lobby;
    this.#keys = keys;
    this.#check = setInterval(() => this.#look(), checkMs).unref();
  }

  close(): void {
    clearInterval(this.#check);
  }

  /** A changed file counts for those who are in once it has been the same for two looks. */
  #look(): void {
    const { version } = this.#keys;
    const [before, last] = this.#versions;
    this.#versions = [last, version];
    if (version !== undefined && version === last && version !== before) this.sendAwayStrangers();
  }

  /** Ends the connections of keys that are admitted no more. */
  sendAwayStrangers(): void {
    if (this.open) return;
    const text = 'Your key was removed from this station.';
    const gone = this.#lobby.moderation.sendAway((key) => !this.names(key), text);
    if (gone > 0) this.#lobby.options.log.info('ended connections of removed keys', { connections: gone });
  }

  admits(blob: Uint8Array): boolean {
    return this.open || this.names(fingerprintOf(blob));
  }

  /** Whether a key is only in because the door is open. Asked for each post: the file is not looked at. */
  isStranger(key: string): boolean {
    const { roles } = this.#lobby;
    return this.open && !this.#keys.named(key) && !roles.isAdmitted(key);
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

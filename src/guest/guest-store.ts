/** What a guest's session keeps, in memory and bounded: the station has all of it, and gives it again when asked. */
import { isDirect } from '../session/places.ts';
import { type ClientMessage, ClientStore } from '../store/client.ts';

/** Bodies of messages that are kept, bytes: a long evening of paging back. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
/** What a row costs besides its body, bytes. */
const ROW_BYTES = 300;

export class GuestStore extends ClientStore {
  #kept = 0;
  /** The rooms that the guest is in, without conversations; undefined before it was in any. */
  entered: readonly string[] | undefined;

  constructor() {
    super(':memory:');
  }

  override setRooms(station: string, rooms: readonly string[]): void {
    super.setRooms(station, rooms);
    this.entered = rooms.filter((place) => !isDirect(place));
  }

  /** Once it is full, nothing more is kept; a message of the guest's own leaves the outbox all the same. */
  override saveMessages(station: string, messages: readonly ClientMessage[]): void {
    for (const { body } of messages) this.#kept += body.length + ROW_BYTES;
    if (this.#kept <= MAX_KEPT_BYTES) super.saveMessages(station, messages);
    else for (const { id } of messages) this.outboxRemove(id);
  }
}

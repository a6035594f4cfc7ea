/** Choosing a message of the room shown, and what can be done with it: answer, change, delete. */
import { currentRoom } from '../session/places.ts';
import type { SessionHandle } from '../session/handle.ts';
import type { MessageLine } from '../session/lines.ts';
import type { RoomState } from '../session/state.ts';
import type { Composer } from './composer.ts';
import type { Scrolling } from './scrolling.ts';
import { shownLines } from './shown-lines.ts';
import type { LiveView } from './view.ts';

export interface PickingOptions {
  readonly view: LiveView;
  readonly session: SessionHandle;
  readonly scrolling: Scrolling;
  readonly composer: Composer;
}

export class Picking {
  #options: PickingOptions;
  /** The message that will be deleted if it is asked for once more. */
  #doomed: string | null = null;

  constructor(options: PickingOptions) {
    this.#options = options;
  }

  get active(): boolean {
    return this.#line() !== undefined;
  }

  /** The newest message, or the one with that line id. */
  start(id?: string): void {
    const lines = this.#messages();
    this.#choose(id === undefined ? lines.at(-1) : lines.find((line) => line.id === id));
  }

  stop(): void {
    this.#choose(undefined);
  }

  step(step: 1 | -1): void {
    const lines = this.#messages();
    const at = lines.findIndex(({ id }) => id === this.#options.view.now.picked);
    const next = lines[at + step];
    if (next) this.#choose(next);
    if (at + step <= 0) this.#options.scrolling.older();
    else if (!next) this.stop();
  }

  reply(): void {
    const [line, room] = [this.#line(), this.#room()];
    if (!line || !room || line.seq === null) return;
    this.stop();
    this.#options.scrolling.toNewest();
    const { seq, from, text } = line;
    this.#options.composer.aim({ kind: 'reply', room: room.name, seq, from, text });
  }

  edit(): void {
    this.#edit(this.#line());
  }

  /** The last message of our own. */
  editLast(): void {
    const { name } = this.#options.session.state.self;
    this.#edit(this.#messages().findLast(({ from, deleted }) => from === name && !deleted));
  }

  delete(): void {
    const { view, session } = this.#options;
    const [line, room] = [this.#line(), this.#room()];
    if (!line || !room || line.seq === null) return;
    if (this.#doomed !== line.id) {
      this.#doomed = line.id;
      view.set({ flash: 'Once more deletes this message for everybody; Esc leaves it' });
      return;
    }
    this.stop();
    session.do({ do: 'delete', room: room.name, which: { seq: line.seq } });
  }

  #edit(line: MessageLine | undefined): void {
    const { view, session, composer } = this.#options;
    const room = this.#room();
    if (!room) return;
    if (!line || line.from !== session.state.self.name || line.seq === null) {
      view.set({ flash: 'Only your own messages can be changed' });
      return;
    }
    this.stop();
    composer.aim({ kind: 'edit', room: room.name, seq: line.seq, from: line.from, text: line.text });
  }

  #choose(line: MessageLine | undefined): void {
    const { view, scrolling } = this.#options;
    this.#doomed = null;
    view.set({ picked: line?.id ?? null, flash: null });
    if (line) scrolling.reveal(line.id);
  }

  #line(): MessageLine | undefined {
    const { picked } = this.#options.view.now;
    return picked === null ? undefined : this.#messages().find(({ id }) => id === picked);
  }

  #room(): RoomState | undefined {
    return currentRoom(this.#options.session.state);
  }

  /** Those that the station has: only they can be answered. */
  #messages(): readonly MessageLine[] {
    const room = this.#room();
    if (!room) return [];
    return shownLines(room, this.#options.session.state).filter(
      (line): line is MessageLine => line.kind === 'message' && line.seq !== null,
    );
  }
}

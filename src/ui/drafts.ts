/** What is being written in each place: the line with its undo, what was sent from there, and what it answers. */
import { EMPTY_EDITOR, type Editor } from './editing.ts';
import { EMPTY_HISTORY, type History } from './line-editor.ts';

/** The message that the line answers or changes. */
export interface Target {
  readonly kind: 'reply' | 'edit';
  readonly room: string;
  readonly seq: number;
  readonly from: string;
  /** As it was written: whoever draws it must clean it. */
  readonly text: string;
}

export interface Draft {
  readonly editor: Editor;
  readonly history: History;
  readonly target: Target | null;
}

const EMPTY_DRAFT: Draft = { editor: EMPTY_EDITOR, history: EMPTY_HISTORY, target: null };

/** Places whose drafts are kept; more than one connection can be in. */
const MAX_DRAFTS = 256;

export class Drafts {
  #place: string | null;
  #drafts = new Map<string | null, Draft>();

  constructor(place: string | null) {
    this.#place = place;
  }

  /** The place shown; null for none. */
  get place(): string | null {
    return this.#place;
  }

  get now(): Draft {
    return this.at(this.#place);
  }

  at(place: string | null): Draft {
    return this.#drafts.get(place) ?? EMPTY_DRAFT;
  }

  /** Another place. What was cut in the one before can be put back there. */
  go(place: string | null): void {
    const { kills } = this.now.editor;
    // What is written in no place is no place's: it goes along.
    const carried = this.#place === null && !this.#drafts.has(place) ? this.now : this.at(place);
    this.#place = place;
    this.change(place, { ...carried, editor: { ...carried.editor, kills } });
  }

  change(place: string | null, change: Partial<Draft>): void {
    const draft = { ...this.at(place), ...change };
    this.#drafts.delete(place);
    this.#drafts.set(place, draft);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > MAX_DRAFTS && oldest !== undefined) this.#drafts.delete(oldest);
  }
}

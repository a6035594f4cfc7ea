/** The input line at work: typing, pasting, completing, going back to what was sent, and sending. */
import type { SessionHandle } from '../session/handle.ts';
import { complete, type Entered, parseEntered } from './commands.ts';
import type { InputCommand } from './key-row.ts';
import { applyEdit, EMPTY_LINE, insert, recall, remember } from './line-editor.ts';
import type { LiveView } from './view.ts';

/** What was sent and is not the composer's to carry out. */
export type Sent = Extract<Entered, { kind: 'command' | 'help' | 'voices' | 'quit' }>;

export class Composer {
  #view: LiveView;
  #session: SessionHandle;
  #onSent: (sent: Sent) => void;

  constructor(view: LiveView, session: SessionHandle, onSent: (sent: Sent) => void) {
    this.#view = view;
    this.#session = session;
    this.#onSent = onSent;
  }

  type(text: string): void {
    this.#view.set({ line: insert(this.#view.now.line, text) });
  }

  /** Line breaks of a paste stay in the message; one at its end would only be in the way. */
  paste(text: string): void {
    this.type(text.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, ''));
  }

  run(command: InputCommand): void {
    const { line, history } = this.#view.now;
    switch (command.do) {
      case 'edit':
        return this.#view.set({ line: applyEdit(line, command.edit) });
      case 'newline':
        return this.type('\n');
      case 'history':
        return this.#view.set(recall(history, line, command.step));
      case 'complete':
        return this.#complete();
      case 'send':
        return this.#send();
    }
  }

  #complete(): void {
    const { text, cursor } = this.#view.now.line;
    const { rooms, current } = this.#session.state;
    const members = rooms.find(({ name }) => name === current)?.members ?? [];
    const names = [...members, ...rooms].map(({ name }) => name);
    const before = complete(text.slice(0, cursor), names);
    if (before !== undefined)
      this.#view.set({ line: { text: before + text.slice(cursor), cursor: before.length } });
  }

  #send(): void {
    const { line, history } = this.#view.now;
    const entered = parseEntered(line.text, this.#session.state);
    if (entered.kind === 'nothing') return this.#view.set({ flash: null });
    // An error leaves the line as it is, to be mended.
    if (entered.kind === 'error') return this.#tell(entered.text);
    this.#view.set({ line: EMPTY_LINE, history: remember(history, line.text), flash: null });
    this.#onSent(entered);
  }

  #tell(text: string): void {
    if (this.#session.state.current === null) this.#view.set({ flash: text });
    else this.#session.do({ do: 'notice', text });
  }
}

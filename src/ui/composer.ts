/**
 * The input line at work: typing, pasting, completing, going back to what was sent, and sending. Each place has a line of
 * its own, so that what was begun for one never goes to another.
 */
import { sentenceOf } from '../errors.ts';
import type { SessionHandle } from '../session/handle.ts';
import { type Entered, parseEntered } from './commands.ts';
import { type CompletionSources, type Cycle, complete, cycled } from './completion.ts';
import { type Draft, Drafts, type Target } from './drafts.ts';
import { changed, edited, started, typed } from './editing.ts';
import { withEmoji } from './emoji.ts';
import type { InputCommand } from './key-row.ts';
import { EMPTY_LINE, moveRow, recall, remember } from './line-editor.ts';
import { VI, type Vi, type ViStep, viEscape, viInsertEdited, viKey, viType } from './vi.ts';
import type { LiveView } from './view.ts';

/** What was sent and is not the composer's to carry out. */
export type Sent = Extract<Entered, { kind: 'command' | 'help' | 'voices' | 'status' | 'older' | 'quit' }>;

export interface ComposerOptions {
  readonly view: LiveView;
  readonly session: SessionHandle;
  readonly sources: () => CompletionSources;
  readonly onSent: (sent: Sent) => void;
  /** Opens $EDITOR on a text; resolves with what it became. Undefined where there is none to open. */
  readonly editText: ((text: string) => Promise<string>) | undefined;
}

/** Commands whose arguments are prose. */
const PROSE = /^\/(?:\/|(?:me|msg|reply|edit|topic|away)\s)/;

export class Composer {
  #options: ComposerOptions;
  #drafts: Drafts;
  #vi: Vi | null = null;
  #cycle: Cycle | null = null;

  constructor(options: ComposerOptions) {
    this.#options = options;
    this.#drafts = new Drafts(options.session.state.current);
  }

  /** Vi's keys or readline's; changes at once. */
  setMode(mode: 'readline' | 'vi'): void {
    if ((this.#vi !== null) === (mode === 'vi')) return;
    this.#vi = mode === 'vi' ? VI : null;
    this.#show({});
  }

  /** Another place may be shown now: its own line comes. */
  follow(): void {
    const { current } = this.#options.session.state;
    if (current === this.#drafts.place) return;
    this.#drafts.go(current);
    if (this.#vi) this.#vi = { ...this.#vi, mode: 'insert', keys: '' };
    this.#show({});
  }

  type(text: string): void {
    const { editor } = this.#drafts.now;
    if (!this.#vi) this.#show({ editor: typed(editor, text) });
    else if (this.#vi.mode === 'insert') this.#step(viType(this.#vi, editor, text));
    else for (const character of text) this.#viCommand(character);
  }

  /** Line breaks of a paste stay in the message; one at its end would only be in the way. */
  paste(text: string): void {
    const lines = text.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, '');
    const { editor } = this.#drafts.now;
    if (this.#vi?.mode === 'insert') this.#step(viType(this.#vi, editor, lines));
    else this.#show({ editor: typed({ ...editor, last: 'other' }, lines, true) });
  }

  run(command: InputCommand): void {
    if (command.do === 'complete') return this.#complete(command.step);
    const { editor } = this.#drafts.now;
    switch (command.do) {
      case 'edit':
        if (this.#vi) this.#vi = viInsertEdited(this.#vi, command.edit);
        return this.#show({ editor: edited(editor, command.edit) });
      case 'newline':
        return this.#show({ editor: typed(editor, '\n') });
      case 'history':
        return this.#history(command.step);
      case 'editor':
        return this.#openEditor();
      case 'send':
        return this.#send();
    }
  }

  /** Esc: one step out of what is open. False if nothing is. */
  back(): boolean {
    const { editor, target } = this.#drafts.now;
    if (this.#cycle) this.#show({ editor: { ...editor, line: this.#cycle.line } });
    else if (this.#vi && (this.#vi.mode === 'insert' || this.#vi.keys !== ''))
      this.#step(viEscape(this.#vi, editor));
    else if (target) this.aim(null);
    else return false;
    return true;
  }

  /** The next message answers or changes another one; null for none. What is changed comes into the line. */
  aim(target: Target | null): void {
    const { editor, target: before } = this.#drafts.now;
    const text = target?.kind === 'edit' ? target.text : '';
    const replaces = target?.kind === 'edit' || (target === null && before?.kind === 'edit');
    const line = replaces ? { text, cursor: text.length } : editor.line;
    this.#show({ target, editor: changed(editor, line) });
  }

  #viCommand(character: string): void {
    if (this.#vi) this.#step(viKey(this.#vi, this.#drafts.now.editor, character));
  }

  #step({ vi, editor, ask }: ViStep): void {
    this.#vi = vi;
    this.#show({ editor });
    if (ask === 'editor') this.#openEditor();
    else if (ask !== undefined) this.#history(ask === 'history-back' ? -1 : 1);
  }

  /** Up and down: through the rows of a long message, then through what was sent from here. */
  #history(step: 1 | -1): void {
    const { editor, history } = this.#drafts.now;
    const moved = moveRow(editor.line, step);
    if (moved) return this.#show({ editor: { ...editor, line: moved, last: 'other' } });
    const recalled = recall(history, editor.line, step);
    this.#show({ history: recalled.history, editor: started(editor, recalled.line) });
  }

  #complete(step: 1 | -1): void {
    const { editor } = this.#drafts.now;
    const done = this.#cycle ? cycled(this.#cycle, step) : complete(editor.line, this.#options.sources());
    if (!done) return;
    this.#show({ editor: changed(editor, done.line) }, done.cycle);
  }

  #openEditor(): void {
    const { editText, session } = this.#options;
    if (!editText) return this.#tell('There is no editor to open here');
    const place = this.#drafts.place;
    editText(this.#drafts.now.editor.line.text).then(
      (text) => {
        this.follow();
        const { editor } = this.#drafts.at(place);
        this.#drafts.change(place, { editor: changed(editor, { text, cursor: text.length }) });
        this.#show({});
      },
      (error: unknown) => {
        session.do({ do: 'notice', text: sentenceOf(error) });
      },
    );
  }

  #send(): void {
    const { editor, history, target } = this.#drafts.now;
    const { line } = editor;
    const prose = !line.text.startsWith('/') || PROSE.test(line.text);
    const entered = this.#aimed(prose ? withEmoji(line.text) : line.text, target);
    if (entered.kind === 'nothing') return this.#options.view.set({ flash: null });
    // An error leaves the line as it is, to be mended.
    if (entered.kind === 'error') return this.#tell(entered.text);
    if (this.#vi) this.#vi = { ...this.#vi, mode: 'insert', keys: '', open: null };
    this.#show({ editor: started(editor, EMPTY_LINE), history: remember(history, line.text), target: null });
    this.#options.view.set({ flash: null });
    this.#options.onSent(entered);
  }

  /** What is sent while an answer or a change is being written, unless it is a command. */
  #aimed(text: string, target: Target | null): Entered {
    const { state } = this.#options.session;
    const command = text.startsWith('/') && !text.startsWith('//');
    if (!target || command || text.trim() === '') return parseEntered(text, state);
    const said = text.replace(/^\/\//, '/');
    const which = { seq: target.seq };
    const { kind, room } = target;
    return { kind: 'command', command: { do: kind, room, text: said, which } };
  }

  #tell(text: string): void {
    const { view, session } = this.#options;
    if (session.state.current === null) view.set({ flash: text });
    else session.do({ do: 'notice', text });
  }

  /** Takes a change of the draft over and shows it; a list of candidates stays only if it is given again. */
  #show(change: Partial<Draft>, cycle: Cycle | null = null): void {
    this.#drafts.change(this.#drafts.place, change);
    this.#cycle = cycle;
    const { editor, target } = this.#drafts.now;
    this.#options.view.set({
      line: editor.line,
      target,
      vi: this.#vi && { mode: this.#vi.mode, keys: this.#vi.keys },
      completion: cycle && { shown: cycle.candidates.map(({ shown }) => shown), at: cycle.at },
    });
  }
}

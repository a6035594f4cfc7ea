/** The keyboard of the plain interface: a line that is written with the usual keys, and the talk key. */
import type { SessionHandle } from '../../session/handle.ts';
import { choicesFor, type CompletionSources, withCandidate } from '../completion.ts';
import { changed, type Editor, EMPTY_EDITOR, edited, started, typed } from '../editing.ts';
import type { Found, KeyBindings } from '../key-bindings.ts';
import type { KeyEvent, KeyPress } from '../key-event.ts';
import type { UiCommand } from '../key-row.ts';
import { EMPTY_HISTORY, EMPTY_LINE, type EditLine, type History, recall, remember } from '../line-editor.ts';
import type { TalkKeyStyle } from '../talk-key.ts';
import { Talking } from '../talking.ts';

export interface PlainInputOptions {
  readonly session: SessionHandle;
  readonly bindings: KeyBindings;
  readonly talkKeyStyle: TalkKeyStyle;
  readonly sources: () => CompletionSources;
  /** A line was sent. False if it stays, to be mended. */
  readonly onLine: (text: string) => boolean;
  /** What works everywhere and is not the line's. */
  readonly onCommand: (command: UiCommand) => void;
  /** Something to say that is no event. */
  readonly say: (text: string) => void;
}

export class PlainInput {
  #options: PlainInputOptions;
  #editor: Editor = EMPTY_EDITOR;
  #history: History = EMPTY_HISTORY;
  #talking: Talking;
  #waiting = '';

  constructor(options: PlainInputOptions) {
    this.#options = options;
    this.#talking = new Talking(options.session, options.talkKeyStyle);
  }

  /** Other keys, from the next one on. */
  configure(bindings: KeyBindings, talkKeyStyle: TalkKeyStyle): void {
    if (talkKeyStyle !== this.#options.talkKeyStyle) this.#talking.setStyle(talkKeyStyle);
    this.#options = { ...this.#options, bindings, talkKeyStyle };
    this.#waiting = '';
  }

  get line(): EditLine {
    return this.#editor.line;
  }

  /** One event of the keyboard; `now` in ms. */
  handle(event: KeyEvent, now: number): void {
    if (event.kind === 'key') this.#key(event, now);
    else if (event.kind === 'paste') this.#paste(event.text);
  }

  /** When `tick` is due, ms; Infinity for never. */
  nextDeadline(): number {
    return this.#talking.nextDeadline();
  }

  tick(now: number): void {
    this.#talking.tick(now);
  }

  #key(key: KeyPress, now: number): void {
    const place = { scopes: ['input', 'chat'] as const, empty: this.line.text === '' };
    const found = this.#options.bindings.lookUp(key, place, this.#waiting);
    const second = this.#waiting !== '';
    this.#waiting = found.kind === 'waits' ? found.prefix : '';
    if (found.kind === 'command' && found.row.command.do === 'talk') return this.#talking.key(key, now);
    this.#talking.otherKey();
    this.#found(found, key, second);
  }

  #found(found: Found, key: KeyPress, second: boolean): void {
    if (found.kind === 'command') this.#run(found.row.command);
    else if (found.kind === 'nothing' && !second && key.text !== '')
      this.#editor = typed(this.#editor, key.text);
  }

  #run(command: UiCommand): void {
    switch (command.do) {
      case 'edit':
        this.#editor = edited(this.#editor, command.edit);
        return;
      case 'newline':
        this.#editor = typed(this.#editor, '\n');
        return;
      case 'history': {
        const { history, line } = recall(this.#history, this.line, command.step);
        this.#history = history;
        this.#editor = started(this.#editor, line);
        return;
      }
      case 'complete':
        return this.#complete();
      case 'send':
        return this.#send();
      case 'back':
        this.#editor = started(this.#editor, EMPTY_LINE);
        return;
      default:
        this.#options.onCommand(command);
    }
  }

  /** Line breaks of a paste stay in the message. */
  #paste(text: string): void {
    this.#editor = typed(this.#editor, text.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, ''), true);
  }

  #send(): void {
    const { text } = this.line;
    if (!this.#options.onLine(text)) return;
    if (text.trim() !== '') this.#history = remember(this.#history, text);
    this.#editor = started(this.#editor, EMPTY_LINE);
  }

  /** One candidate is taken; several are told, and what they have in common is. */
  #complete(): void {
    const { line } = this;
    const { from, candidates } = choicesFor(line, this.#options.sources());
    const [only] = candidates;
    if (!only) return;
    const common = commonBegin(candidates.map(({ text }) => text));
    const word = candidates.length === 1 ? only.text + only.end : common;
    if (candidates.length > 1) this.#options.say(candidates.map(({ shown }) => shown).join(', '));
    if (word.length < line.cursor - from) return;
    this.#editor = changed(this.#editor, withCandidate(line, from, word));
  }
}

function commonBegin(texts: readonly string[]): string {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  // Never half a character.
  return first.slice(0, length).toWellFormed() === first.slice(0, length) ? first.slice(0, length) : '';
}

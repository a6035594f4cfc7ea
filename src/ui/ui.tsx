/** The user interface at work: wires keyboard, controller, Ink and terminal together. */
import { PassThrough } from 'node:stream';
import { type Instance, render } from 'ink';
import { toWireError, VoiptermError } from '../errors.ts';
import type { SessionHandle } from '../session/handle.ts';
import { App } from './app.tsx';
import type { Rgb } from './colors.ts';
import { Controller } from './controller.ts';
import { followCursorShape } from './cursor-shape.ts';
import { loadEmoji } from './emoji.ts';
import { helpRows } from './help-rows.ts';
import type { KeyBindings } from './key-bindings.ts';
import { ESCAPE_WAIT_MS, KeyParser, PASTE_WAIT_MS } from './key-parser.ts';
import { type FollowedSettings, followSettings } from './live-settings.ts';
import { tellLooking } from './looking.ts';
import { Looks } from './looks.ts';
import { paced } from './pace.ts';
import type { UiOptions } from './run.tsx';
import { Screen, sizeOf } from './screen.ts';
import { giveSigns } from './signs.ts';
import { THEME_NAMES } from './schemes.ts';
import { TerminalOwner } from './terminal.ts';
import type { Theme } from './theme.ts';

/** What keys change may be drawn so many times as often as what others do: it never waits for the next frame of theirs. */
const KEY_SPEED = 3;

export class Ui {
  #options: Required<UiOptions>;
  #terminal: TerminalOwner;
  #screen: Screen;
  #looks: Looks;
  #parser = new KeyParser();
  #controller: Controller;
  #paced: SessionHandle;
  #ink: Instance | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #talkTimer: NodeJS.Timeout | undefined;
  #undo: (() => void)[] = [];
  #links: boolean;
  /** The looks and whether addresses can be clicked, as one value as long as neither changes. */
  #linked: { readonly theme: Theme; readonly links: boolean; readonly both: Theme } | undefined;
  #closed = false;
  #detach: () => void = () => undefined;
  #end: (error?: unknown) => void = () => undefined;

  constructor(options: Required<UiOptions>, bindings: KeyBindings) {
    this.#options = options;
    this.#links = options.links;
    this.#paced = paced(options.session, 1000 / options.maxFps);
    const screen = new Screen(options.stdout, () => this.#resize());
    this.#screen = screen;
    this.#terminal = new TerminalOwner(options.stdin, options.stdout, () => screen.shut());
    const { session, shell, talkKeyStyle, timestamps, hints } = options;
    const { ascii, noColor, theme, looks } = options;
    this.#looks = new Looks({ ...theme, ascii, noColor, terminal: looks });
    this.#controller = new Controller({
      ...{ session, shell, bindings, talkKeyStyle, timestamps, hints, editMode: options.editMode },
      candidates: { paths: options.paths, themes: THEME_NAMES },
      editText:
        options.editor && ((text) => this.#lend(() => options.editor?.(text) ?? Promise.resolve(text))),
      glyphs: this.#looks.theme.glyphs,
      size: sizeOf(options.stdout),
      paneRows: (pane, columns) => this.#rowsOf(pane, columns).length,
      onQuit: () => this.#end(),
      onRedraw: () => this.#resize(),
    });
  }

  async run(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(asOneSentence(error)));
    });
    try {
      this.#listen();
      this.#detach = this.#options.host.attach({
        end: (error) => this.#end(error),
        giveBack: () => this.#terminal.leave(),
      });
      this.#terminal.setMouse(this.#options.mouse);
      this.#terminal.enter(this.#looks.ask());
      this.#draw();
      this.#looks.drawn(performance.now());
      // Names are known a moment after the first screen.
      loadEmoji().catch(() => undefined);
      await ended;
    } finally {
      this.#close();
    }
  }

  #rowsOf = (_pane: 'help', columns: number) => {
    const { talkKeyStyle } = this.#options;
    return helpRows({ bindings: this.#controller.bindings, style: talkKeyStyle }, columns);
  };

  #app() {
    return (
      <App
        session={this.#paced}
        shell={this.#options.shell}
        controller={this.#controller}
        theme={this.#theme}
        rowsOf={this.#rowsOf}
      />
    );
  }

  get #theme(): Theme {
    const { theme } = this.#looks;
    if (this.#linked?.theme !== theme || this.#linked.links !== this.#links)
      this.#linked = { theme, links: this.#links, both: { ...theme, links: this.#links } };
    return this.#linked.both;
  }

  #draw(): void {
    this.#ink = render(this.#app(), {
      stdout: this.#screen as unknown as NodeJS.WriteStream,
      // Ink reads nothing: the keyboard is ours.
      stdin: new PassThrough() as unknown as NodeJS.ReadStream,
      interactive: true,
      incrementalRendering: true,
      maxFps: this.#options.maxFps * KEY_SPEED,
      exitOnCtrlC: false,
      patchConsole: false,
    });
    this.#ink.waitUntilExit().then(() => this.#end(), this.#end);
  }

  /** Draws everything anew as the settings have it by now. */
  #follow({ bindings, theme, ascii, mouse, links, ...rest }: FollowedSettings): void {
    this.#terminal.setMouse(mouse ?? false);
    this.#links = links ?? false;
    this.#looks.choose(theme ?? this.#options.theme, ascii);
    this.#controller.configure({
      bindings: bindings ?? this.#controller.bindings,
      ...{ ...rest, glyphs: this.#looks.theme.glyphs },
    });
    this.#resize();
  }

  #listen(): void {
    const { stdin, stdout, session, follow } = this.#options;
    if (follow) this.#undo.push(followSettings(session, follow, (now) => this.#follow(now)));
    this.#undo.push(
      followCursorShape(this.#options.shell, this.#controller, (shape) =>
        this.#terminal.setCursorShape(shape),
      ),
    );
    this.#undo.push(tellLooking(this.#options.session, this.#controller));
    this.#undo.push(giveSigns(this.#options.session, stdout, this.#options.notes));
    this.#on(stdin, 'data', (bytes: Buffer) => this.#input(bytes));
    this.#on(stdin, 'end', () => this.#end());
    this.#on(stdin, 'error', () => this.#end());
    this.#on(stdout, 'error', () => this.#end());
    this.#on(stdout, 'resize', () => this.#resize());
    stdin.ref?.();
    stdin.resume();
  }

  // biome-ignore lint/suspicious/noExplicitAny: listeners of any event
  #on(emitter: NodeJS.EventEmitter, event: string, listener: (...values: any[]) => void): void {
    emitter.on(event, listener);
    this.#undo.push(() => emitter.off(event, listener));
  }

  #input(bytes: Buffer): void {
    clearTimeout(this.#flushTimer);
    this.#handle(this.#parser.push(bytes));
    const { waiting } = this.#parser;
    if (waiting === 'nothing') return;
    const wait = waiting === 'escape' ? ESCAPE_WAIT_MS : PASTE_WAIT_MS;
    this.#flushTimer = setTimeout(() => this.#handle(this.#parser.flush()), wait);
  }

  #handle(events: ReturnType<KeyParser['flush']>): void {
    for (const event of events) {
      if (event.kind === 'answer' && event.to === 'kitty') this.#enableKitty();
      else if (event.kind === 'answer' && event.to === 'background') this.#backgroundIs(event.color);
      else if (event.kind === 'answer') this.#looks.settled();
      else this.#controller.handle(event, performance.now());
    }
    this.#armTalkTimer();
  }

  #backgroundIs(color: Rgb): void {
    if (this.#looks.answer(color, performance.now())) this.#ink?.rerender(this.#app());
  }

  #enableKitty(): void {
    this.#parser.enableKitty();
    this.#terminal.enableKitty();
    this.#controller.setReleases();
  }

  #armTalkTimer(): void {
    clearTimeout(this.#talkTimer);
    const deadline = this.#controller.nextDeadline();
    if (deadline === Number.POSITIVE_INFINITY) return;
    this.#talkTimer = setTimeout(
      () => {
        this.#controller.tick(performance.now());
        this.#armTalkTimer();
      },
      Math.max(0, deadline - performance.now()),
    );
  }

  /** The tree gets its new size unseen, then Ink hears of it and draws the whole screen once; see screen.ts. */
  #resize(): void {
    const size = sizeOf(this.#options.stdout);
    this.#screen.mute(() => {
      this.#screen.setSize(size);
      this.#controller.setSize(size);
      this.#ink?.rerender(this.#app());
      // Ink forgets what it believes to be on the screen.
      this.#ink?.clear();
    });
    this.#terminal.clear();
    this.#screen.resized();
  }

  /** Another program has the terminal until it ends. */
  async #lend<T>(use: () => Promise<T>): Promise<T> {
    const { stdin } = this.#options;
    this.#screen.hold(true);
    this.#terminal.suspend();
    stdin.pause();
    try {
      return await use();
    } finally {
      if (!this.#closed) {
        this.#terminal.enter();
        this.#screen.hold(false);
        stdin.resume();
        this.#resize();
      }
    }
  }

  #close(): void {
    this.#closed = true;
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#talkTimer);
    for (const undo of this.#undo.splice(0)) undo();
    this.#terminal.leave();
    this.#detach();
    this.#ink?.unmount();
    this.#options.stdin.pause();
    this.#controller.close();
    this.#options.shell.close();
  }
}

function asOneSentence(error: unknown): VoiptermError {
  if (error instanceof VoiptermError) return error;
  const { message } = toWireError(error);
  const [first = ''] = message.split('\n');
  return new VoiptermError('internal', `The screen broke and was closed (${first}); please report this.`, {
    cause: error,
  });
}

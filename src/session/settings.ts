/**
 * The settings while the client runs: saves what the user changes, has it count where it can at once, says what the rest
 * waits for, takes changes back, and follows config.toml.
 */
import { sentenceOf, VoiptermError } from '../errors.ts';
import { audioChange } from './audio-change.ts';
import type { Keeping } from './keeping.ts';
import type { LiveState } from './live-state.ts';
import type { SettingsCommand } from './settings-commands.ts';
import type { HomeRow, SettingsHome, SettingsInForce } from './settings-home.ts';
import type { SettingChange, SettingRow, SettingsState, SettingsTold } from './settings-model.ts';
import { NO_UNDO, remembered, takenBack, type UndoStack } from './settings-undo.ts';
import { changedWords, countWords, notSavedWords } from './settings-words.ts';
import type { Text } from './text.ts';
import type { VoiceLink } from './voice.ts';

export interface SettingsOptions {
  readonly live: LiveState;
  /** Where they live; without one there is nothing to change. */
  readonly home: SettingsHome | undefined;
  readonly voice: Pick<VoiceLink, 'configure' | 'setTalkLimits'>;
  readonly keeping: () => Pick<Keeping, 'configure'>;
  readonly text: () => Pick<Text, 'configure'>;
  /** Connects anew with the settings in force; undefined where that cannot be. */
  readonly reconnect: () => Promise<unknown> | undefined;
  readonly testPath: () => Promise<void>;
}

export class Settings {
  readonly #options: SettingsOptions;
  #undo: UndoStack = NO_UNDO;
  /** What each key was when it last began to count: at the start, or with a connection. */
  readonly #counting: Map<string, string>;
  readonly #stopWatching: () => void;

  constructor(options: SettingsOptions) {
    const { home, live } = options;
    this.#options = options;
    this.#counting = new Map(home?.rows().map(({ path, text }) => [path, text]));
    this.#stopWatching = home?.watch(() => this.#fileChanged()) ?? (() => undefined);
    if (home) live.apply({ kind: 'settings', change: { rows: this.#rows(home), file: home.file } });
  }

  /** Carries a command out; what comes of it is told in the state, and as a notice if the command says so. */
  async do(command: SettingsCommand): Promise<void> {
    if (command.do === 'path-test') return this.#options.testPath();
    if (command.do === 'setting-check') return this.#check(command.path, command.text);
    const told = await this.#carryOut(command);
    this.#set({ told });
    if (command.say) this.#options.live.notice(told.text);
  }

  close(): void {
    this.#stopWatching();
  }

  async #carryOut(
    command: Exclude<SettingsCommand, { readonly do: 'path-test' | 'setting-check' }>,
  ): Promise<SettingsTold> {
    try {
      switch (command.do) {
        case 'setting':
          return await this.#change({ path: command.path, text: command.text });
        case 'settings-undo':
          return await this.#takeBack();
        case 'settings-reload':
          return await this.#reload();
        case 'settings-export': {
          const { file, count } = this.#home.exportTo(command.file);
          return { text: `wrote ${countWords(count)} to ${file}`, tone: 'good' };
        }
        case 'settings-import':
          return await this.#import(command.file);
        case 'reconnect':
          return await this.#reconnect();
      }
    } catch (error) {
      return { text: notSavedWords(command.do, sentenceOf(error)), tone: 'bad' };
    }
  }

  async #change(change: SettingChange): Promise<SettingsTold> {
    const before = this.#row(change.path);
    const failed = await this.#save([change], change.path);
    const row = this.#row(change.path);
    return changedWords(row, before, change.text === null, failed);
  }

  async #takeBack(): Promise<SettingsTold> {
    const taken = takenBack(this.#undo);
    if (!taken) throw new VoiptermError('usage.invalid', 'nothing was changed that could be taken back');
    const { entry, changes, rest } = taken;
    const failed = await this.#save(changes, undefined);
    this.#undo = rest;
    this.#set({ undo: rest.at(-1)?.what ?? null });
    return { text: `took back: ${entry.what}${failed}`, tone: failed === '' ? 'good' : 'warning' };
  }

  async #import(path: string): Promise<SettingsTold> {
    const { file, changes } = this.#home.readImport(path);
    const failed = await this.#save(changes, `import of ${countWords(changes.length)}`);
    const text = `took ${countWords(changes.length)} from ${file}, and saved them${failed}`;
    return { text, tone: failed === '' ? 'good' : 'warning' };
  }

  async #reload(): Promise<SettingsTold> {
    const before = this.#state.rows;
    const failed = await this.#adopt((home) => home.reload());
    this.#set({ fileProblem: null });
    const changed = this.#state.rows.filter((row, at) => row.text !== before[at]?.text);
    const text = `read ${this.#home.file}: ${changed.length === 0 ? 'nothing has changed' : `${countWords(changed.length)} changed`}${failed}`;
    return { text, tone: failed === '' ? 'good' : 'warning' };
  }

  async #reconnect(): Promise<SettingsTold> {
    const connecting = this.#options.reconnect();
    if (!connecting)
      throw new VoiptermError('usage.invalid', 'this connection cannot be made anew from here');
    await connecting;
    for (const { path, text, applies } of this.#state.rows) {
      if (applies === 'reconnect') this.#counting.set(path, text);
    }
    this.#set({ rows: this.#rows(this.#home) });
    return { text: 'connecting anew', tone: 'good' };
  }

  #check(path: string, text: string): void {
    this.#set({ check: { path, text, problem: this.#home.check(path, text) ?? null } });
  }

  /**
   * Saves, remembers how to take it back, and has it count.
   * @param what words for the undo; undefined for what is not to be remembered.
   * @returns why it does not count although it could, or ''.
   */
  async #save(changes: readonly SettingChange[], what: string | undefined): Promise<string> {
    const steps = changes.map(({ path, text }) => ({
      path,
      before: this.#state.rows.find((row) => row.path === path)?.saved ?? null,
      after: text,
    }));
    const failed = await this.#adopt((home) => home.save(changes));
    if (what !== undefined) {
      this.#undo = remembered(this.#undo, { what, steps });
      this.#set({ undo: this.#undo.at(-1)?.what ?? null });
    }
    return failed;
  }

  /** Has `work` change what is in force, shows it, and has it count; returns why it does not, or ''. */
  async #adopt(work: (home: SettingsHome) => void): Promise<string> {
    const home = this.#home;
    const before = home.inForce();
    work(home);
    this.#set({ rows: this.#rows(home) });
    try {
      await this.#apply(before, home.inForce());
      return '';
    } catch (error) {
      return `; it does not count yet: ${sentenceOf(error)}`;
    }
  }

  async #apply(before: SettingsInForce, after: SettingsInForce): Promise<void> {
    const { voice, keeping, text } = this.#options;
    voice.setTalkLimits(after.talkLimits);
    text().configure(after.text);
    const change = audioChange(before.audio, after.audio);
    const done = await Promise.allSettled([
      Object.keys(change).length > 0 ? voice.configure(change) : undefined,
      keeping().configure(after.keeping),
    ]);
    const failed = done.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #fileChanged(): void {
    this.#reload().then(
      (told) => this.#set({ told }),
      (error: unknown) => {
        const text = `${sentenceOf(error)}; what was in force stays`;
        this.#set({ fileProblem: text });
        this.#options.live.notice(text);
      },
    );
  }

  #rows(home: SettingsHome): readonly SettingRow[] {
    return home.rows().map((row) => ({ ...row, waits: this.#waits(row) }));
  }

  #waits({ path, text, applies }: HomeRow): SettingRow['waits'] {
    if (applies !== 'reconnect' && applies !== 'restart') return null;
    return this.#counting.get(path) === text ? null : applies;
  }

  #row(path: string): SettingRow {
    const row = this.#state.rows.find((candidate) => candidate.path === path);
    if (row) return row;
    // The home says what is meant; without one there is nothing that could be.
    this.#home.save([{ path, text: null }]);
    throw new VoiptermError('config.invalid', `there is no setting ${path}`);
  }

  get #home(): SettingsHome {
    if (this.#options.home) return this.#options.home;
    throw new VoiptermError('usage.invalid', 'there are no settings to change here');
  }

  get #state(): SettingsState {
    return this.#options.live.now.settings;
  }

  #set(change: Partial<SettingsState>): void {
    this.#options.live.apply({ kind: 'settings', change });
  }
}

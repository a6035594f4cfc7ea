/** Terminals with the built interface in them, for end-to-end tests: what a person at one of them sees. */
import { expect } from 'vitest';
import { Terminal, type TerminalOptions } from '../fakes/terminal.ts';
import { type Place, PROGRAM } from './process.ts';

/** A tone instead of a microphone, so that frames flow on a machine without sound. */
export const TONE = { VOIPTERM_AUDIO_INPUT: 'tone', VOIPTERM_AUDIO_OUTPUT: 'null' };
/** Longest wait for something to appear, ms: cold starts on two busy cores take seconds. */
const PATIENCE_MS = 20_000;

/** The terminals of one test. */
export class Screens {
  #place: Place;
  #terminals: Terminal[] = [];

  constructor(place: Place) {
    this.#place = place;
  }

  /** The interface in a terminal of its own. */
  open(home: string, args: readonly string[], options: Partial<TerminalOptions> = {}): Promise<Terminal> {
    return this.start(home, process.execPath, [PROGRAM, ...args], options);
  }

  /** Any program in a terminal of its own, in the home of a user. */
  async start(
    home: string,
    command: string,
    args: readonly string[],
    { env = {}, columns = 100, ...more }: Partial<TerminalOptions> = {},
  ): Promise<Terminal> {
    const terminal = Terminal.start({
      command,
      args,
      cwd: this.#place.path,
      env: await this.#place.env(home, { ...TONE, ...env }),
      columns,
      ...more,
    });
    this.#terminals.push(terminal);
    return terminal;
  }

  async dispose(): Promise<void> {
    for (const terminal of this.#terminals.splice(0)) await terminal.stop();
  }
}

/** Waits until all of it is on the screen at once. */
export function until(terminal: Terminal, ...shown: readonly (string | RegExp)[]): Promise<void> {
  return terminal.until(
    (text) => shown.every((part) => (typeof part === 'string' ? text.includes(part) : part.test(text))),
    PATIENCE_MS,
  );
}

/** A message that the station has on disk: a solid bar before the text, dotted until then. */
export function message(from: string, text: string): RegExp {
  return new RegExp(`\\b${from} │ ${text}`);
}

/** The member's row at the side: name, and waves while they talk. */
export function memberRow(terminal: Terminal, name: string): string {
  return terminal.lines.find((line) => new RegExp(`^[ ●]+${name}\\b`).test(line)) ?? '';
}

/** Waits until the side shows somebody talking, or silent. */
export function untilTalking(terminal: Terminal, name: string, talking: boolean): Promise<void> {
  return terminal.until((_, at) => memberRow(at, name).includes(')))') === talking, PATIENCE_MS);
}

/** Leaves with Ctrl+C: status 0, and the terminal as it was. */
export async function leave(terminal: Terminal): Promise<void> {
  terminal.send('\x03');
  expect(await terminal.exited()).toMatchObject({ exitCode: 0 });
  expectRestored(terminal);
}

/** All that the interface switched on is off again. */
export function expectRestored(terminal: Terminal): void {
  expect(terminal.alternateScreen).toBe(false);
  expect(terminal.modes).toEqual({
    cursorShown: true,
    bracketedPaste: false,
    focusReports: false,
    wrap: true,
    kittyFlags: 0,
  });
}

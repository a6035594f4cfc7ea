/**
 * The first start: three questions, each with a default, for whoever has a terminal and has set nothing up. What is answered
 * is saved as the settings pane saves it; then the usual way begins, with a line about the keys to know.
 */
import { createInterface, type Interface } from 'node:readline/promises';
import { userInfo } from 'node:os';
import { sentenceOf } from '../errors.ts';
import { memberName } from '../net/control/schema.ts';
import { parseTarget } from '../net/control/target.ts';
import type { SessionHandle } from '../session/handle.ts';
import { ClientStore } from '../store/client.ts';
import { firstKeys } from '../ui/hint-words.ts';
import type { KeyBindings } from '../ui/key-bindings.ts';
import { audioOptions } from './audio-options.ts';
import type { ClientOptions } from './client.ts';
import { type Context, openContext } from './context.ts';
import { escapeControls } from './escape.ts';

/** Tries of one question: who cannot answer it gets the default. */
const MAX_TRIES = 5;

export interface FirstRun {
  /** Where to go; undefined for what would be without a question. */
  readonly target: string | undefined;
  /** The questions were asked: whoever sits here is new. */
  readonly isNew: boolean;
}

/** Asks where it is the first run, else only says where to go. Undefined if the user left (Ctrl+C, Ctrl+D). */
export async function firstRun(
  target: string | undefined,
  options: ClientOptions,
): Promise<FirstRun | undefined> {
  const known: FirstRun = { target, isNew: false };
  if (target !== undefined || options.local || !process.stdin.isTTY || !process.stdout.isTTY) return known;
  const context = openContext(options);
  const store = new ClientStore(context.paths.clientDatabase);
  try {
    if (isConfigured(context, store)) return known;
    const { input, output } = { input: process.stdin, output: process.stdout };
    const lines = createInterface({ input, output });
    try {
      const answers = await ask(lines, (line) => output.write(`${line}\n`), {
        name: defaultName(),
        testSound: () => soundWords(context),
      });
      if (!answers) return undefined;
      store.setSettings(new Map([['client.name', answers.name]]));
      return { target: answers.target, isNew: true };
    } finally {
      lines.close();
    }
  } finally {
    store.close();
  }
}

function isConfigured({ loaded, config }: Context, store: ClientStore): boolean {
  const set = Object.values(loaded.sources).some((source) => source === 'file' || source === 'saved');
  const named = config.client.name !== '' || config.client.target !== '';
  return set || named || store.settings().size > 0 || store.lastTarget() !== undefined;
}

/** The operating system's name for the user, if it can be a name in a room. */
function defaultName(): string {
  const { username } = userInfo();
  return memberName.safeParse(username).success ? username : 'guest';
}

// The questions ------------------------------------------------------------------------------------------

export interface Answers {
  readonly name: string;
  /** Undefined for a station of one's own. */
  readonly target: string | undefined;
}

export interface Defaults {
  readonly name: string;
  /** Tries the sound; a sentence for each thing that was found. */
  readonly testSound: () => Promise<readonly string[]>;
}

/** Asks on any streams. Undefined if these end, or the user leaves. */
export async function ask(
  lines: Interface,
  tell: (line: string) => void,
  defaults: Defaults,
): Promise<Answers | undefined> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  lines.on('SIGINT', leave);
  lines.on('close', leave);
  const question = (text: string): Promise<string> =>
    lines.question(text, { signal: left.signal }).then((answer) => answer.trim());
  try {
    tell('Welcome to voipterm. Three questions; Enter takes what stands in brackets.');
    const name = await askUntil(
      () => question(`1. Your name in rooms [${defaults.name}]: `),
      nameProblem,
      tell,
    );
    const target = await askUntil(
      () =>
        question(
          '2. Where to: [user@]host[:port], or an invitation (voipterm://...) [a station of your own, on this machine]: ',
        ),
      targetProblem,
      tell,
    );
    const test = await question('3. Try microphone and speaker now? [Y/n]: ');
    if (!/^no?$/i.test(test)) for (const line of await defaults.testSound()) tell(`   ${line}`);
    return { name: name || defaults.name, target: target === '' ? undefined : target };
  } catch (error) {
    if (left.signal.aborted) return undefined;
    throw error;
  } finally {
    lines.off('SIGINT', leave);
    lines.off('close', leave);
  }
}

/** Until an answer makes sense; "" is the default. */
async function askUntil(
  question: () => Promise<string>,
  problem: (answer: string) => string | undefined,
  tell: (line: string) => void,
): Promise<string> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const answer = await question();
    const wrong = answer === '' ? undefined : problem(answer);
    if (wrong === undefined) return answer;
    tell(`   ${escapeControls(wrong)}`);
  }
  return '';
}

function nameProblem(answer: string): string | undefined {
  if (memberName.safeParse(answer).success) return undefined;
  return 'A name has 1 to 32 letters, digits, ".", "_" and "-", and begins with a letter or digit.';
}

function targetProblem(answer: string): string | undefined {
  try {
    parseTarget(answer);
    return undefined;
  } catch (error) {
    return sentenceOf(error);
  }
}

/** Opens microphone and speaker as a call would, and says what came of it. */
async function soundWords(context: Context): Promise<readonly string[]> {
  const { checkSound } = await import('../doctor/sound.ts');
  const checks = await checkSound(audioOptions(context, null));
  return checks
    .filter(({ id }) => id !== 'sound.packages')
    .map(
      ({ id, text }) => `${id === 'sound.microphone' ? 'Microphone' : 'Speaker'}: ${escapeControls(text)}.`,
    );
}

// Afterwards ---------------------------------------------------------------------------------------------

/** Tells the keys to know, once there is a room to tell them in. */
export function welcome(session: SessionHandle, bindings: KeyBindings): void {
  const tell = (): boolean => {
    if (session.state.current === null) return false;
    session.do({ do: 'notice', text: firstKeys(bindings) });
    return true;
  };
  if (tell()) return;
  const stop = session.subscribe(() => {
    if (session.state.current === null) return;
    stop();
    tell();
  });
}

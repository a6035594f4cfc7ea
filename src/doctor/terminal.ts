/** Asks the terminal what it can do, and leaves it as it was. */
import type { ReadStream } from 'node:tty';
import { KeyParser } from '../ui/key-parser.ts';
import type { TerminalFacts } from './terminal-words.ts';

/** Kitty keyboard protocol? And the device attributes, which every terminal tells and which so end the wait. */
const QUESTION = '\x1b[?u\x1b[c';
/** A terminal at the other end of a slow SSH link; one that answers nothing costs this much. */
const ANSWER_MS = 1_500;
const CTRL_C = 0x03;

type Answer = NonNullable<TerminalFacts['answer']>;

/** The answer to the question about the keyboard; null where there is nobody to ask. */
export function askTerminal(stdin: ReadStream, stdout: NodeJS.WriteStream): Promise<Answer | null> {
  if (!stdin.isTTY || !stdout.isTTY) return Promise.resolve(null);
  const question = new Question();
  const wasRaw = stdin.isRaw;
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      stdin.off('data', onData);
      stdin.pause();
      stdin.setRawMode(wasRaw);
      resolve(answer);
    };
    const onData = (bytes: Buffer): void => {
      if (question.hear(bytes)) end(question.answer);
      else if (bytes.includes(CTRL_C)) {
        end('nothing');
        process.kill(process.pid, 'SIGINT'); // in raw mode the terminal does not do it
      }
    };
    const timer = setTimeout(() => end(question.answer), ANSWER_MS);
    stdin.setRawMode(true);
    stdin.on('data', onData);
    stdin.resume();
    stdout.write(QUESTION);
  });
}

/** What was answered so far. Keys that are pressed meanwhile are passed over. */
class Question {
  answer: Answer = 'nothing';
  readonly #parser = new KeyParser();

  /** True once nothing more is to come. */
  hear(bytes: Uint8Array): boolean {
    for (const event of this.#parser.push(bytes)) {
      if (event.kind !== 'answer') continue;
      if (event.to === 'kitty') this.answer = 'kitty';
      else {
        if (this.answer === 'nothing') this.answer = 'plain';
        return true;
      }
    }
    return false;
  }
}

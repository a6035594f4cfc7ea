/** What happens to a whole process while the user interface owns its terminal: signals, crashes, the end, warnings. */
import { HeldStderr } from './held-stderr.ts';

/** A user interface at work, as its surroundings see it. */
export interface RunningUi {
  /** Ends it; with what went wrong, if something did. */
  end(error?: unknown): void;
  /** Gives the terminal back at once: the process ends. */
  giveBack(): void;
}

/**
 * Where a user interface runs. A process has one that is its own; where one process draws many screens, none of
 * them may take its signals or its end for itself.
 */
export interface UiHost {
  /** The interface is about to take the terminal. Returns what is called once the terminal is given back. */
  attach(ui: RunningUi): () => void;
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
const FAILURES = ['uncaughtException', 'unhandledRejection'] as const;

/** For a process with one user interface. */
export const processHost: UiHost = {
  attach(ui) {
    const stderr = new HeldStderr();
    const onSignal = (): void => ui.end();
    const onFailure = (error: unknown): void => ui.end(error);
    const onExit = (): void => {
      ui.giveBack();
      stderr.release();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    for (const failure of FAILURES) process.on(failure, onFailure);
    process.on('exit', onExit);
    stderr.hold();
    return () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      for (const failure of FAILURES) process.off(failure, onFailure);
      process.off('exit', onExit);
      stderr.release();
    };
  },
};

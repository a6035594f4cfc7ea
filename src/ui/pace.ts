/** A session that tells of its changes no more often than a screen can show them. */
import type { SessionHandle } from '../session/handle.ts';

type Subscribe = (listener: () => void) => () => void;

/** Between two movements of a meter, ms: ten a second read as smooth. */
const LEVELS_INTERVAL_MS = 100;

/**
 * The same session; bursts of changes (a page of history, a room that all enter at once) become one.
 * @param intervalMs between two updates of the screen, ms: no more of them than frames.
 */
export function paced(session: SessionHandle, intervalMs: number): SessionHandle {
  const { levels } = session;
  return {
    get state() {
      return session.state;
    },
    subscribe: pacedSubscribe((listener) => session.subscribe(listener), intervalMs),
    levels: {
      get: () => levels.get(),
      subscribe: pacedSubscribe((listener) => levels.subscribe(listener), LEVELS_INTERVAL_MS),
    },
    do: (command) => session.do(command),
  };
}

/** The first call after a rest comes at once, the last one of a burst always comes. */
export function pacedSubscribe(subscribe: Subscribe, intervalMs: number): Subscribe {
  return (listener) => {
    let timer: NodeJS.Timeout | undefined;
    let missed = false;
    const rest = (): void => {
      timer = undefined;
      if (missed) tell();
    };
    const tell = (): void => {
      missed = false;
      timer = setTimeout(rest, intervalMs);
      listener();
    };
    const stop = subscribe(() => {
      if (timer) missed = true;
      else tell();
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  };
}

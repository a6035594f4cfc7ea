/** A session in memory behind a local socket, for tests of what attaches to it. */
import type { Served } from '../../src/engine/link.ts';
import { silentLog } from '../../src/log.ts';
import type { Command } from '../../src/session/commands.ts';
import { LiveState } from '../../src/session/live-state.ts';
import { initialState } from '../../src/session/reduce.ts';
import type { Levels } from '../../src/session/state.ts';

export class MemorySession {
  readonly live = new LiveState(initialState('ann', 'ann@host:2222'), silentLog);
  readonly commands: Command[] = [];
  /** What the next command fails with. */
  failure: Error | undefined;
  #levels: Levels = { mic: 127, speaker: 127 };
  readonly #levelListeners = new Set<() => void>();

  readonly session: Served['session'] = this.#handle();

  setLevels(levels: Levels): void {
    this.#levels = levels;
    for (const listener of this.#levelListeners) listener();
  }

  #handle(): Served['session'] {
    const { live, commands } = this;
    const act = async (command: Command): Promise<void> => {
      if (this.failure) throw this.failure;
      commands.push(command);
    };
    return {
      get state() {
        return live.now;
      },
      subscribe: (listener) => live.subscribe(listener),
      observe: (listener) => live.observe(listener),
      levels: {
        get: () => this.#levels,
        subscribe: (listener) => {
          this.#levelListeners.add(listener);
          return () => this.#levelListeners.delete(listener);
        },
      },
      do: (command) => void act(command).catch(() => undefined),
      act,
    };
  }
}

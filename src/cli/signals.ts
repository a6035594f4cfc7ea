/** Ending on request: the first SIGINT, SIGTERM or SIGHUP, or of those that are named, resolves, a second one of them ends at once as usual. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopRequest {
  readonly requested: Promise<void>;
  /** Stops listening: signals do what they usually do again. */
  dispose(): void;
}

export function onStopSignal(signals: readonly NodeJS.Signals[] = SIGNALS): StopRequest {
  let dispose = (): void => undefined;
  const requested = new Promise<void>((resolve) => {
    const stop = (): void => {
      dispose();
      resolve();
    };
    dispose = () => {
      for (const signal of signals) process.off(signal, stop);
    };
    for (const signal of signals) process.on(signal, stop);
  });
  return { requested, dispose: () => dispose() };
}

/** A bound on how long a step may take: the doctor never hangs. */
import { VoiptermError } from '../errors.ts';

/**
 * Runs a step; its signal is aborted when the time is over, and whatever it comes to after that is nobody's business.
 * @throws VoiptermError 'control.timeout' that names `what`, or what the step throws.
 */
export async function bounded<T>(
  ms: number,
  what: string,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new VoiptermError('control.timeout', `${what} took longer than ${ms / 1000} s`)),
      ms,
    );
  });
  try {
    return await Promise.race([step(stop.signal), late]);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

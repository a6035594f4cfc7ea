/** Starting and ending a worker thread behind a typed port: "failed to start" and "died later" are different outcomes. */
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { type ErrorCode, sentenceOf, VoiptermError } from './errors.ts';
import { PortClient, type RequestMap } from './port.ts';

/** Loading the libraries of a thread takes well under a second; a machine that swaps gets more. */
const START_TIMEOUT_MS = 15_000;

export interface ThreadOptions<E> {
  readonly file: URL;
  /** What people call it, for errors: "tunnel". */
  readonly name: string;
  /** The code of pending requests' errors once the thread is gone. */
  readonly diedCode: ErrorCode;
  readonly onEvent: (event: E) => void;
  /** The thread ended without being asked to. */
  readonly onDied: (error: VoiptermError) => void;
  /** Its environment and bounds, where they are not this process's. */
  readonly worker?: Pick<WorkerOptions, 'env' | 'resourceLimits'>;
}

export interface WorkerThread<R extends RequestMap, E> {
  readonly port: PortClient<R, E>;
  /** Ends the thread; pending requests are rejected. */
  close(): Promise<void>;
}

/** Resolves once the worker said 'ready'; rejects if it exits before or does not say it in time. */
export function startWorkerThread<R extends RequestMap, E extends { event: string }>(
  options: ThreadOptions<E>,
): Promise<WorkerThread<R, E>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(options.file, { stdin: false, ...options.worker });
    let ready = false;
    let closing = false;
    const gone = (why: string): void => {
      clearTimeout(timer);
      const error = new VoiptermError(options.diedCode, `the ${options.name} thread ${why}`);
      port.fail(error);
      if (!ready) reject(error);
      else if (!closing) options.onDied(error);
    };
    const timer = setTimeout(() => {
      gone('did not start in time');
      void worker.terminate();
    }, START_TIMEOUT_MS);
    let lastError: string | undefined;
    worker.on('error', (error) => {
      lastError = sentenceOf(error);
    });
    worker.on('exit', () => gone(lastError === undefined ? 'ended' : `died: ${lastError}`));
    const close = async (): Promise<void> => {
      closing = true;
      await worker.terminate();
    };
    const port = new PortClient<R, E>(worker, (event) => {
      if (event.event !== 'ready') return options.onEvent(event);
      ready = true;
      clearTimeout(timer);
      resolve({ port, close });
    });
  });
}

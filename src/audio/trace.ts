/** The frame trace: one line of JSON for each voice frame that was sent or played (`--trace`). */
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf, VoiptermError } from '../errors.ts';

/** A line of the trace. Times are process.hrtime.bigint() nanoseconds; they are written as strings. */
export type TraceLine =
  | {
      readonly dir: 'sent';
      readonly seq: number;
      readonly rtpTs: number;
      readonly captureNs: bigint;
      readonly sendNs: bigint;
    }
  | {
      readonly dir: 'heard';
      readonly from: number;
      readonly seq: number;
      readonly rtpTs: number;
      /** Null for a concealment: nothing was received. */
      readonly receiveNs: bigint | null;
      readonly playoutNs: bigint;
      readonly source: 'packet' | 'red' | 'concealed';
    };

/** Lines that wait for the disk, characters: 5 minutes of a busy room. Beyond it lines are dropped and counted. */
const MAX_PENDING_CHARS = 8 * 1024 * 1024;
/** Lines are written in lumps of this size, characters, or when the trace is closed. */
const FLUSH_CHARS = 32 * 1024;

/** JSON with bigints as strings. */
function formatTraceLine(line: TraceLine): string {
  return `${JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}\n`;
}

export class TraceWriter {
  readonly #file: FileHandle;
  #pending = '';
  #writing: Promise<void> | undefined;
  #dropped = 0;
  #failure: string | undefined;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Creates or empties the file. Rejects with 'audio.file' if that is not possible. */
  static async create(path: string): Promise<TraceWriter> {
    try {
      return new TraceWriter(await open(path, 'w'));
    } catch (error) {
      const why = errnoOf(error) ?? String(error);
      throw new VoiptermError('audio.file', `cannot write the trace ${path} (${why}): choose another path`, {
        cause: error,
      });
    }
  }

  /** Lines that were dropped because the disk did not keep up or failed. */
  get dropped(): number {
    return this.#dropped;
  }

  write(line: TraceLine): void {
    if (this.#failure !== undefined || this.#pending.length > MAX_PENDING_CHARS) {
      this.#dropped++;
      return;
    }
    this.#pending += formatTraceLine(line);
    if (this.#pending.length >= FLUSH_CHARS) this.#flush();
  }

  /** Writes what is left and closes the file. Rejects with 'audio.file' if the trace is not complete. */
  async close(): Promise<void> {
    await this.#writing;
    this.#flush();
    await this.#writing;
    await this.#file.close().catch((error: unknown) => {
      this.#failure ??= errnoOf(error) ?? String(error);
    });
    if (this.#failure !== undefined)
      throw new VoiptermError(
        'audio.file',
        `the trace is not complete (${this.#failure}): is the disk full?`,
      );
  }

  /** One write at a time, so that lines keep their order. */
  #flush(): void {
    if (this.#writing || this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    this.#writing = this.#file
      .appendFile(text)
      .catch((error: unknown) => {
        this.#failure ??= errnoOf(error) ?? String(error);
      })
      .finally(() => {
        this.#writing = undefined;
        if (this.#pending.length >= FLUSH_CHARS) this.#flush();
      });
  }
}

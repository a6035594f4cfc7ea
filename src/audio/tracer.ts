/** Joins what the pipeline knows of a sent frame with when the tunnel sent it, and writes the trace. */
import type { SpokenFrame } from './packet-stream.ts';
import { type TraceLine, TraceWriter } from './trace.ts';

/** Sent frames that may wait for the tunnel's word, 10 s: while it is away none comes. */
const MAX_UNSENT = 500;

export class FrameTracer {
  #writer: TraceWriter;
  /** By sequence number, oldest first. */
  #unsent = new Map<number, SpokenFrame>();

  private constructor(writer: TraceWriter) {
    this.#writer = writer;
  }

  /** Rejects with 'audio.file' if the file cannot be made. */
  static async create(path: string): Promise<FrameTracer> {
    return new FrameTracer(await TraceWriter.create(path));
  }

  write(line: TraceLine): void {
    this.#writer.write(line);
  }

  /** A frame goes to the tunnel in the packet of this number. */
  sending(seq: number, frame: SpokenFrame): void {
    const oldest = this.#unsent.keys().next();
    if (this.#unsent.size >= MAX_UNSENT && !oldest.done) this.#unsent.delete(oldest.value);
    this.#unsent.set(seq, frame);
  }

  /** The tunnel gave it to the socket. */
  sent(seq: number, sendNs: bigint): void {
    const frame = this.#unsent.get(seq);
    this.#unsent.delete(seq);
    if (!frame) return;
    const { timestamp, captureNs } = frame;
    this.#writer.write({ dir: 'sent', seq, rtpTs: timestamp, captureNs, sendNs });
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}

/** The files of a call, all opened before anything else begins. */
import type { AudioOptions } from './options.ts';
import { FrameTracer } from './tracer.ts';
import { loadWav } from './wav-read.ts';
import { WavWriter } from './wav-write.ts';

/** What is there once every file could be opened. */
export interface OpenedFiles {
  readonly tracer: FrameTracer | undefined;
  readonly wav: WavWriter | undefined;
  /** What is spoken, `channels` interleaved. */
  readonly spoken: Int16Array | undefined;
}

/**
 * Opens every file that the options name, read and written with `channels`, or none: one that cannot be opened
 * ('audio.file') closes the others.
 */
export async function openFiles(options: AudioOptions, channels: 1 | 2): Promise<OpenedFiles> {
  const { input, output, trace } = options;
  const spoken = input.kind === 'file' ? await loadWav(input.path, channels) : undefined;
  const wav = output.kind === 'file' ? await WavWriter.create(output.path, channels) : undefined;
  try {
    const tracer = trace === null ? undefined : await FrameTracer.create(trace);
    return { spoken, wav, tracer };
  } catch (error) {
    await wav?.close();
    throw error;
  }
}

/**
 * Chooses how to reach the sound devices.
 *
 * 'auto' takes the way with the lower measured delay that works here. Through PulseAudio null sinks, from mouth to
 * ear through the whole pipeline at 60 ms of playout delay: miniaudio 164 ms, mic and speaker 530 ms.
 */
import { VoiptermError } from '../../errors.ts';
import type { AudioBackend } from '../messages.ts';
import type { Input, Output } from './device.ts';
import { openMiniaudioInput, openMiniaudioOutput } from './miniaudio.ts';
import { openProcessInput, openProcessOutput } from './process.ts';

type Way = Exclude<AudioBackend, 'auto'>;

/** Fastest first. */
const WAYS: readonly Way[] = ['miniaudio', 'process'];
const INPUTS: { readonly [W in Way]: () => Promise<Input> } = {
  miniaudio: openMiniaudioInput,
  process: openProcessInput,
};
const OUTPUTS: { readonly [W in Way]: () => Promise<Output> } = {
  miniaudio: openMiniaudioOutput,
  process: openProcessOutput,
};

/** Opens the default microphone. Rejects with 'audio.unavailable': what is missing for each way that was tried. */
export function openInput(backend: AudioBackend): Promise<Input> {
  return firstThatWorks(backend, INPUTS);
}

/** Opens the default speaker. Rejects with 'audio.unavailable': what is missing for each way that was tried. */
export function openOutput(backend: AudioBackend): Promise<Output> {
  return firstThatWorks(backend, OUTPUTS);
}

async function firstThatWorks<D>(
  backend: AudioBackend,
  openers: { readonly [W in Way]: () => Promise<D> },
): Promise<D> {
  const reasons: string[] = [];
  for (const way of backend === 'auto' ? WAYS : [backend]) {
    try {
      return await openers[way]();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!reasons.includes(reason)) reasons.push(reason);
    }
  }
  throw new VoiptermError('audio.unavailable', reasons.join('; or: '));
}

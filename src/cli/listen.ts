/** `voipterm listen`: hears a room and says nothing; prints who talks. */
import { type VoiceOptions, voice } from './voice.ts';

export type ListenOptions = Omit<VoiceOptions, 'input' | 'ptt' | 'talkers'>;

/** Ends as `voipterm voice` does. */
export function listen(target: string, options: ListenOptions): Promise<void> {
  return voice(target, { ...options, input: 'silence', talkers: true });
}

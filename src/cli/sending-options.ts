/** From settings to how a voice is sent. Pure. */
import type { SendingOptions } from '../audio/options.ts';
import type { Config } from './config.ts';

export function sendingOptions({ audio }: Config): SendingOptions {
  const { frameMs, vbr, dtx, channels, maxBandwidth, privacy } = audio;
  return { frameMs, vbr, dtx, channels: channels === 2 ? 2 : 1, maxBandwidth, privacy };
}

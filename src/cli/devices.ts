/** `voipterm devices`: the sound devices that can be chosen by name. */
import { SoundDevices } from '../audio/devices/open.ts';
import type { AudioDevice } from '../audio/messages.ts';
import { VoiptermError } from '../errors.ts';
import { type CommonOptions, openHeadless } from './context.ts';
import { escapeControls } from './escape.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';

export interface DevicesOptions extends CommonOptions {
  readonly json?: boolean;
}

export async function devices(options: DevicesOptions): Promise<void> {
  const { backend } = openHeadless(options, {}).config.audio;
  const sound = new SoundDevices({ backend });
  try {
    const { inputs, outputs } = await sound.list();
    if (options.json) return await printLine(toJsonLine({ inputs, outputs }));
    if (inputs.length + outputs.length === 0)
      throw new VoiptermError(
        'audio.unavailable',
        "there is no PulseAudio or PipeWire server to ask for devices: choose them in the system's sound settings",
      );
    for (const line of [...lines('microphones:', inputs), ...lines('speakers:', outputs)])
      await printLine(line);
  } finally {
    await sound.close();
  }
}

function lines(title: string, list: readonly AudioDevice[]): string[] {
  if (list.length === 0) return [title, '  none'];
  return [
    title,
    ...list.map(({ name, standard }) => `  ${escapeControls(name)}${standard ? '  (standard)' : ''}`),
  ];
}

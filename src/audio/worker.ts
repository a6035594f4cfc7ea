/** The audio thread: the typed port in front of a Voice. It never writes to the terminal; lines go out as 'log'. */
import { parentPort } from 'node:worker_threads';
import { VoiptermError } from '../errors.ts';
import { loggerFrom } from '../log.ts';
import { servePort } from '../port.ts';
import type { AudioEvent, AudioRequests } from './messages.ts';
import { Voice } from './voice.ts';

if (!parentPort) throw new VoiptermError('internal', 'audio/worker must be started as a worker thread');

let voice: Voice | undefined;

function running(): Voice {
  if (!voice) throw new VoiptermError('audio.unavailable', 'sound has not been started');
  return voice;
}

const emit = servePort<AudioRequests, AudioEvent>(parentPort, {
  start: async ({ options, voicePort }) => {
    if (voice) throw new VoiptermError('internal', 'sound was started twice');
    voice = await Voice.start(options, voicePort, emit, log);
    return { startedAtNs: voice.startedAtNs };
  },
  talk: ({ on }) => void running().talk(on),
  mute: ({ on }) => void running().mute(on),
  configure: (change) => void running().configure(change),
  devices: () => running().devices(),
  deafen: ({ on }) => void running().deafen(on),
  voices: ({ voices }) => void running().listening.setVoices(voices),
  tone: ({ tone }) => void running().listening.tone(tone),
  keep: ({ on }) => void running().listening.keep(on),
  replay: ({ seconds, ssrc }) => ({ seconds: running().listening.replay(seconds, ssrc) }),
  record: ({ directory, format, self }) => void running().listening.record(directory, format, self),
  recordStop: async () => (await running().listening.stopRecording()) ?? null,
  finish: () => {
    const ending = running();
    voice = undefined;
    return ending.finish();
  },
});
const log = loggerFrom((level, text, fields) => emit({ event: 'log', level, text, fields }));
emit({ event: 'ready' });

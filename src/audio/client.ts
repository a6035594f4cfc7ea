/** The main thread's handle on the audio worker. */
import type { MessagePort } from 'node:worker_threads';
import type { VoiptermError } from '../errors.ts';
import { entryFile } from '../program-files.ts';
import { startWorkerThread, type WorkerThread } from '../worker-thread.ts';
import type {
  AudioDevices,
  AudioEvent,
  AudioRequests,
  HeardVoice,
  RecordingEnd,
  Tone,
  VoiceReport,
} from './messages.ts';
import type { AudioChange, AudioOptions } from './options.ts';

/** Closing lets devices go properly, which takes up to a second; a device that hangs must not hold us, ms. */
const CLOSE_TIMEOUT_MS = 2000;

export interface AudioClientOptions {
  readonly onEvent: (event: AudioEvent) => void;
  /** The thread ended without being asked to; every request fails with 'audio.died' from then on. */
  readonly onDied: (error: VoiptermError) => void;
}

/** Starts the worker. Rejects with 'audio.died' if it does not come up. */
export async function startAudio(options: AudioClientOptions): Promise<AudioClient> {
  const thread = await startWorkerThread<AudioRequests, AudioEvent>({
    file: entryFile('sound-worker'),
    name: 'audio',
    diedCode: 'audio.died',
    ...options,
  });
  return new AudioClient(thread);
}

export class AudioClient {
  readonly #thread: WorkerThread<AudioRequests, AudioEvent>;
  #started = false;

  constructor(thread: WorkerThread<AudioRequests, AudioEvent>) {
    this.#thread = thread;
  }

  /** Opens devices and files; `voicePort` is our end of the channel to the tunnel. See AudioRequests. */
  start(options: AudioOptions, voicePort: MessagePort): Promise<{ startedAtNs: bigint }> {
    this.#started = true;
    return this.#thread.port.request('start', { options, voicePort }, [voicePort]);
  }

  talk(on: boolean): Promise<undefined> {
    return this.#thread.port.request('talk', { on });
  }

  mute(on: boolean): Promise<undefined> {
    return this.#thread.port.request('mute', { on });
  }

  configure(change: AudioChange): Promise<undefined> {
    return this.#thread.port.request('configure', change);
  }

  /** The devices that can be chosen now. */
  devices(): Promise<AudioDevices> {
    return this.#thread.port.request('devices', undefined);
  }

  deafen(on: boolean): Promise<undefined> {
    return this.#thread.port.request('deafen', { on });
  }

  /** How everybody in the room is to be heard. */
  voices(voices: readonly HeardVoice[]): Promise<undefined> {
    return this.#thread.port.request('voices', { voices });
  }

  tone(tone: Tone): Promise<undefined> {
    return this.#thread.port.request('tone', { tone });
  }

  keep(on: boolean): Promise<undefined> {
    return this.#thread.port.request('keep', { on });
  }

  /** The seconds that there were. */
  async replay(seconds: number, ssrc: number | null): Promise<number> {
    return (await this.#thread.port.request('replay', { seconds, ssrc })).seconds;
  }

  record(ask: AudioRequests['record']['ask']): Promise<undefined> {
    return this.#thread.port.request('record', ask);
  }

  recordStop(): Promise<RecordingEnd | null> {
    return this.#thread.port.request('recordStop', undefined);
  }

  /** Plays out what is buffered, closes devices and files, and reports. */
  finish(): Promise<VoiceReport> {
    this.#started = false;
    return this.#thread.port.request('finish', undefined);
  }

  /** Ends the thread, after its devices and files were closed if they can be within two seconds. */
  async close(): Promise<void> {
    if (this.#started) await within(CLOSE_TIMEOUT_MS, this.finish());
    await within(CLOSE_TIMEOUT_MS, this.#thread.close());
  }
}

/** Waits for a promise to settle either way, but not longer than `ms`. */
async function within(ms: number, settled: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([
    settled.then(
      () => undefined,
      () => undefined,
    ),
    timeout,
  ]);
  clearTimeout(timer);
}

/**
 * The sound server's echo cancellation: a module of PulseAudio, which PipeWire has too, that gives a microphone without
 * what the speaker plays, and a speaker that it listens to for that. We load it for our devices, and unload it at the end.
 */
import { VoiptermError } from '../../errors.ts';
import type { PulseServer } from './pulse-server.ts';

/** What is said where there is none. */
export const USE_HEADPHONES = 'use headphones, so that others do not hear themselves';

const MODULE = 'module-echo-cancel';
/** The canceller of WebRTC is by far the best of those that there are; not every server was built with it. */
const METHODS: readonly object[] = [{ aec_method: 'webrtc', rate: 48_000 }, {}];
/** Sources and sinks share one set of names. */
const SOURCE = /^voipterm_echo_source_([0-9]+)$/;

/** Technical names of the devices between which the echo is taken away, or of those that stand for them. */
export interface EchoDevices {
  readonly source: string;
  readonly sink: string;
}

export class EchoCanceller {
  readonly #server: PulseServer;
  readonly #own: EchoDevices = {
    source: `voipterm_echo_source_${process.pid}`,
    sink: `voipterm_echo_sink_${process.pid}`,
  };
  #module: number | undefined;
  #masters: EchoDevices | undefined;

  constructor(server: PulseServer) {
    this.#server = server;
  }

  /** The connection that it was loaded through. */
  get server(): PulseServer {
    return this.#server;
  }

  /**
   * Puts the canceller between a source and a sink; returns what stands for them. Rejects with 'audio.unavailable' if the
   * server has no such module.
   */
  async between(masters: EchoDevices): Promise<EchoDevices> {
    const sources = await this.#server.devices('input');
    const same = this.#masters?.source === masters.source && this.#masters.sink === masters.sink;
    // The server takes the module away with a device that goes.
    if (same && sources.some(({ id }) => id === this.#own.source)) return this.#own;
    await this.close();
    await this.#clearUp(sources);
    this.#module = await this.#load(masters);
    this.#masters = masters;
    return this.#own;
  }

  /** Takes the canceller away. Never rejects. */
  async close(): Promise<void> {
    const module = this.#module;
    this.#module = undefined;
    this.#masters = undefined;
    if (module !== undefined && this.#server.open)
      await this.#server.unloadModule(module).catch(() => undefined);
  }

  async #load({ source, sink }: EchoDevices): Promise<number> {
    const names = { source_name: this.#own.source, sink_name: this.#own.sink };
    let cause: unknown;
    for (const method of METHODS) {
      try {
        const masters = { source_master: source, sink_master: sink };
        return await this.#server.loadModule(MODULE, { ...masters, ...names, ...method });
      } catch (error) {
        cause = error;
      }
    }
    throw new VoiptermError(
      'audio.unavailable',
      `the sound server has no echo cancellation: ${USE_HEADPHONES}`,
      {
        cause,
      },
    );
  }

  /** A client that was killed could not unload its own. */
  async #clearUp(sources: readonly { readonly id: string; readonly module: number }[]): Promise<void> {
    for (const { id, module } of sources) {
      const pid = SOURCE.exec(id)?.[1];
      if (pid !== undefined && !isAlive(Number(pid)))
        await this.#server.unloadModule(module).catch(() => undefined);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

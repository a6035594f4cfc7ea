/** The tunnel's end of the channel to the audio worker: voice packets in and out, and whose they are. */
import type { MessagePort } from 'node:worker_threads';
import type { FromAudio, ToAudio } from '../protocol/voice-port.ts';

export class VoiceBridge {
  readonly #send: (packet: Uint8Array) => boolean;
  #port: MessagePort | undefined;
  #session: Extract<ToAudio, { kind: 'session' }> = { kind: 'session', ssrc: null };
  #crowded = false;

  /** @param send seals one packet and hands it to the network; true if it went out. */
  constructor(send: (packet: Uint8Array) => boolean) {
    this.#send = send;
  }

  /** The audio side's end of the channel; a newer one replaces it. */
  setPort(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    port.on('message', (message: FromAudio) => this.#take(message));
    this.#tell(this.#session);
    this.#tell({ kind: 'crowded', crowded: this.#crowded });
  }

  /** A datagram session began under this SSRC, or ended (null); see ToAudio. */
  session(ssrc: number | null, maxBitrate?: number): void {
    if (ssrc === this.#session.ssrc) return;
    this.#session = { kind: 'session', ssrc, ...(maxBitrate === undefined ? {} : { maxBitrate }) };
    this.#tell(this.#session);
  }

  /** See ToAudio. */
  crowded(crowded: boolean): void {
    if (crowded === this.#crowded) return;
    this.#crowded = crowded;
    this.#tell({ kind: 'crowded', crowded });
  }

  /** An authentic packet that came at `receiveNs`. */
  heard(packet: Uint8Array, receiveNs: bigint): void {
    // A copy with a buffer of its own: a view would drag the whole of its buffer through the port.
    this.#tell({ kind: 'heard', packet: Uint8Array.from(packet), receiveNs });
  }

  #take({ packet, seq, traced }: FromAudio): void {
    if (this.#send(packet) && traced) this.#tell({ kind: 'sent', seq, sendNs: process.hrtime.bigint() });
  }

  #tell(message: ToAudio): void {
    this.#port?.postMessage(message);
  }
}

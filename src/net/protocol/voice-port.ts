/**
 * What the audio worker and the tunnel worker say to each other over their own MessagePort. Types only.
 *
 * Voice never crosses the UI thread. Packets are encoded RTP (rtp.ts) in Uint8Arrays with a buffer of their own
 * (a pooled Buffer would drag its whole pool along). Times are process.hrtime.bigint() nanoseconds, which all
 * threads and processes of one machine share.
 */

/** Audio worker to tunnel worker. */
export type FromAudio =
  /** Seal and send now. `seq` is only for the answer 'sent'. */
  { readonly kind: 'send'; readonly packet: Uint8Array; readonly seq: number; readonly traced: boolean };

/** Tunnel worker to audio worker. */
export type ToAudio =
  /**
   * A datagram session began (our SSRC is our member id), or ended (null): nothing can be sent until the next.
   * `maxBitrate` is what the station takes of our voice, bit/s; 0 for any. A station that does not say knows neither
   * redundant data nor reports.
   */
  | { readonly kind: 'session'; readonly ssrc: number | null; readonly maxBitrate?: number }
  /**
   * Whether what we send goes into a byte stream that is full (false at first): nothing is lost there, more bytes only
   * make every frame later.
   */
  | { readonly kind: 'crowded'; readonly crowded: boolean }
  /** An authenticated voice packet that arrived at receiveNs. */
  | { readonly kind: 'heard'; readonly packet: Uint8Array; readonly receiveNs: bigint }
  /** When a traced packet was given to the socket. */
  | { readonly kind: 'sent'; readonly seq: number; readonly sendNs: bigint };

/** A session description (RFC 8866, RFC 7587, 7) that other programs open to hear the bridge, or to know where to speak. Pure. */

export interface SdpOptions {
  /** What the session is called; control characters are left out. */
  readonly name: string;
  /** Where the RTP goes: an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly payloadType: number;
  /** Number of this session, for example when it began. */
  readonly id: number;
  /** Whether we send there, or hear there. */
  readonly direction: 'sendonly' | 'recvonly';
  /** Length of the packets that we send, ms. */
  readonly packetMs: number;
}

export function sessionDescription(options: SdpOptions): string {
  const { host, port, payloadType, id, direction, packetMs } = options;
  const address = `IN ${host.includes(':') ? 'IP6' : 'IP4'} ${host}`;
  return [
    'v=0',
    `o=- ${id} 1 ${address}`,
    `s=${options.name.replace(/[^\x20-\x7e]/g, '')}`,
    `c=${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloadType}`,
    // Always "48000/2", whatever is sent (RFC 7587, 7).
    `a=rtpmap:${payloadType} opus/48000/2`,
    `a=fmtp:${payloadType} stereo=0; sprop-stereo=0`,
    `a=ptime:${packetMs}`,
    `a=${direction}`,
    '',
  ].join('\r\n');
}

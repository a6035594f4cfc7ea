/** Numbers of the datagram plane. Changing one of the first block changes the wire; see docs/protocol.md. */

// Specification constants -------------------------------------------------------------------------------

/** Version that the first control request agrees on. */
export const PROTOCOL_VERSION = 1;
/** First byte of a sealed data packet. */
export const PACKET_TYPE_DATA = 0x01;
/** Header bytes before the ciphertext: type, receiver, counter. They are the AAD. */
export const HEADER_BYTES = 13;
/** AEAD tag bytes (ChaCha20-Poly1305 and AES-256-GCM alike). */
export const TAG_BYTES = 16;
/** Key bytes of both suites. */
export const KEY_BYTES = 32;
/** Nonce bytes of both suites: 32 zero bits, then the 64-bit counter. */
export const NONCE_BYTES = 12;
/** The channel byte that opens every plaintext. */
export const CHANNEL_BYTES = 1;
/** Largest payload of a datagram channel unless the path was probed: fits the IPv6 minimum MTU of 1,280. */
export const MAX_PAYLOAD_BYTES = 1200;
/** Largest payload on any path: with the header, the tag, UDP and IPv4 that is 1,498 bytes, what an Ethernet carries. */
export const MAX_PROBED_PAYLOAD_BYTES = 1440;
/** A packet with no payload at all: header, channel byte, tag. Shorter ones are not ours. */
export const MIN_PACKET_BYTES = HEADER_BYTES + CHANNEL_BYTES + TAG_BYTES;
export const MAX_PACKET_BYTES = MIN_PACKET_BYTES + MAX_PROBED_PAYLOAD_BYTES;

/**
 * A route is one way for sealed packets: 0 the station's UDP port, 1..5 its further UDP ports in the order in which
 * it named them, 7 a byte stream (an SSH channel). A lower one is a better one.
 */
export type Route = number;
export const MAX_FURTHER_UDP_PORTS = 5;
export const STREAM_ROUTE: Route = 7;
/** Routes that a bit in a probe's bitmap stands for. */
export const ROUTES = 8;

/** What a datagram is for: the first byte of the plaintext. */
export const CHANNEL = { probe: 0, voice: 1, forward: 2, stream: 3, ip: 4 } as const;
export type Channel = (typeof CHANNEL)[keyof typeof CHANNEL];

/** AEAD suites by their names on the control channel, in order of preference. */
export const SUITES = ['chacha20-poly1305', 'aes-256-gcm'] as const;
export type Suite = (typeof SUITES)[number];

/** How datagrams travel, in words: the station's UDP port, a further one, or a byte stream inside TCP. */
export type Carrier = 'udp' | `udp:${number}` | 'stream';

// Implementation constants ------------------------------------------------------------------------------

/** Replay window in packets, as WireGuard's: a reordered burst still passes, memory stays 1 KiB a direction. */
export const REPLAY_WINDOW_PACKETS = 8128;
/** A key is retired long before the AEAD limits; 2^48 packets are 500 years of voice. */
export const MAX_COUNTER = 2 ** 48;
/** A probe a second on a route in use measures RTT and loss and keeps NAT mappings (30 s and more, RFC 4787) open. */
export const PROBE_INTERVAL_MS = 1000;
/** Without any answer for this long since a ping went out, the session counts as silent: twelve pings by then. */
export const SILENT_AFTER_MS = 3000;
/** At most one change of a peer's address in this time: a forged burst cannot make the path flap. */
export const ROAM_INTERVAL_MS = 1000;
/** Datagrams that wait for the driver to drain them; a driver drains after every call, so this is never near. */
export const MAX_OUTPUTS = 4096;

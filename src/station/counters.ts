/** What a station counts: one set of numbers feeds its log, its tests and later its metrics. Pure. */

export interface Counters {
  /** TCP connections taken, and turned away because a bound was reached. */
  connections: number;
  refused: number;
  /** Connections that ended before they proved a key: scanners, wrong keys, time-outs. */
  unproved: number;
  /** Invitations that let somebody in; what was no token of any; and tokens not even looked at after too many of those. */
  invitesUsed: number;
  invitesGuessed: number;
  invitesLimited: number;
  /** Connections of those who are banned. */
  banned: number;
  /** Members who came back to their seat with a new connection. */
  resumed: number;
  /** Connections ended because they read too slowly, or sent what is not the protocol. */
  slowReaders: number;
  protocolErrors: number;
  posts: number;
  duplicatePosts: number;
  failedPosts: number;
  /** Frames of shared shells that were left out for who reads slowly. */
  framesSkipped: number;
  /** Requests refused because their member made too many. */
  limited: number;
  /** Datagrams that came, and those that name no session. */
  datagrams: number;
  unroutable: number;
  /** Datagrams of a session that were not what they claimed (net/protocol/connection.ts). */
  malformed: number;
  unauthentic: number;
  replayed: number;
  /** Datagrams not even tried, since their address had sent too many that did not authenticate. */
  forgeriesIgnored: number;
  /** Datagrams for a member that became too old before its stream took them. */
  streamStale: number;
  /** Datagrams of forwards that were let go because more came than could be handed on. */
  forwardShed: number;
  /** Voice frames that came, and that went out: one for each listener. */
  voiceIn: number;
  voiceOut: number;
  /** Listeners' reports that came, and that went out: one for each speaker in them. */
  reportsIn: number;
  reportsOut: number;
  /** Voice packets and reports dropped (relay.ts), or over their member's rate, or for a full echo line. */
  voiceMalformed: number;
  voiceSpoofed: number;
  voiceRoomless: number;
  voiceLimited: number;
  /** Voice frames of those who may not speak there. */
  voiceSilenced: number;
  /** Forwards of UDP, listeners of TCP and TCP connections that were opened, and those that were not. */
  forwardsOpened: number;
  forwardsRefused: number;
  /** Flows that began, and that ended because they were idle or another one needed their place. */
  flowsOpened: number;
  flowsExpired: number;
  flowsEvicted: number;
  /** Datagrams of forwards from members, and to them. */
  forwardIn: number;
  forwardOut: number;
  /** Those that are none, those of no forward or flow, and those that could not go out. */
  forwardMalformed: number;
  forwardUnknown: number;
  forwardUnsent: number;
  /** Answers of the network that nobody listens where a datagram went. */
  forwardUnreachable: number;
  /** What there is at this moment. */
  liveForwards: number;
  liveFlows: number;
  liveTcp: number;
  liveListeners: number;
}

/** All at zero. */
export function newCounters(): Counters {
  return {
    connections: 0,
    refused: 0,
    unproved: 0,
    invitesUsed: 0,
    invitesGuessed: 0,
    invitesLimited: 0,
    banned: 0,
    resumed: 0,
    slowReaders: 0,
    protocolErrors: 0,
    posts: 0,
    duplicatePosts: 0,
    failedPosts: 0,
    framesSkipped: 0,
    limited: 0,
    datagrams: 0,
    unroutable: 0,
    malformed: 0,
    unauthentic: 0,
    replayed: 0,
    forgeriesIgnored: 0,
    streamStale: 0,
    forwardShed: 0,
    voiceIn: 0,
    voiceOut: 0,
    reportsIn: 0,
    reportsOut: 0,
    voiceMalformed: 0,
    voiceSpoofed: 0,
    voiceRoomless: 0,
    voiceLimited: 0,
    voiceSilenced: 0,
    forwardsOpened: 0,
    forwardsRefused: 0,
    flowsOpened: 0,
    flowsExpired: 0,
    flowsEvicted: 0,
    forwardIn: 0,
    forwardOut: 0,
    forwardMalformed: 0,
    forwardUnknown: 0,
    forwardUnsent: 0,
    forwardUnreachable: 0,
    liveForwards: 0,
    liveFlows: 0,
    liveTcp: 0,
    liveListeners: 0,
  };
}

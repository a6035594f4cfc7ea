/**
 * Where the fault is, when a voice does not come through well. Pure.
 *
 *   their microphone -> their uplink -> the station -> your downlink        (what you hear of them)
 *   your uplink -> the station -> their downlink                            (what they report of you)
 *
 * The probes of the tunnel tell what our own two links lose. What a voice loses beyond that was lost elsewhere: at the
 * station if every voice loses it, else on the link of whose voice it is.
 */
import type { HeardBy, SpeakerStats } from './messages.ts';

export const FAULTS = [
  'none',
  'your-uplink',
  'your-downlink',
  'station',
  'their-uplink',
  'their-downlink',
  'their-microphone',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Less than this is no fault: redundancy and concealment hide it, percent of packets. */
export const NOTICEABLE_PCT = 3;
/** Our own link explains a loss if it loses at least this share of it. */
const EXPLAINS = 0.5;
/** Somebody whose loudest word of the last seconds is quieter than this cannot be understood, dBov. */
const QUIET_DB = -50;
/** Words enough to judge a microphone by: seconds of speech in the window. */
const SPOKEN_S = 3;
/** How far counters are looked back on, in reports of a second. */
const WINDOW = 6;

/** What the tunnel knows of our own link. Shares are 0..1, null while unknown. */
export interface LinkFacts {
  readonly lossUp: number | null;
  readonly lossDown: number | null;
  /** No probe is answered. */
  readonly silent: boolean;
  /** Since anything came from the station, ms. */
  readonly heardAgoMs: number | null;
}

/** A voice over the last seconds. */
export interface VoiceHealth {
  readonly ssrc: number;
  readonly jitterMs: number;
  /** Packets lost before redundancy gave any back, percent. */
  readonly lossPct: number;
  /** Of what came or was concealed, percent. */
  readonly latePct: number;
  readonly concealedPct: number;
  readonly playoutDelayMs: number;
  /** Loudest of the last seconds, dBov. */
  readonly levelDb: number;
  /** What they report to lose of our voice, percent; null while they report nothing. */
  readonly heardLossPct: number | null;
  readonly fault: Fault;
  /** All of this is of now; else of when the voice was heard last. */
  readonly active: boolean;
}

/** `heard`: something of it came; `spoken`: enough to judge a microphone by. */
type Measured = Omit<VoiceHealth, 'fault' | 'active'> & { readonly heard: boolean; readonly spoken: boolean };

/** Silent for longer than anything comes: three probes and a half, ms. */
const NOTHING_HEARD_MS = 3500;

export class FaultFinder {
  /** Counters of the last seconds of each voice, oldest first. */
  readonly #history = new Map<number, SpeakerStats[]>();
  /** Each voice when it was heard last. */
  readonly #last = new Map<number, VoiceHealth>();

  /** Call it once a second with what is known by then. Voices that are not named any more are forgotten. */
  judge(speakers: readonly SpeakerStats[], heardBy: readonly HeardBy[], link: LinkFacts): VoiceHealth[] {
    const named = new Set(speakers.map(({ ssrc }) => ssrc));
    for (const known of [this.#history, this.#last])
      for (const ssrc of known.keys()) if (!named.has(ssrc)) known.delete(ssrc);
    const reports = new Map(heardBy.map(({ ssrc, lossPct }) => [ssrc, lossPct]));
    const all = speakers.map((now) => this.#measure(now, reports.get(now.ssrc) ?? null));
    const silent = heardBy.filter(({ ssrc }) => !named.has(ssrc)).map(listenerOnly);
    const voices = [...all, ...silent];
    return voices.map((voice) => this.#verdict(voice, faultOf(voice, voices, link)));
  }

  /** Who says nothing now is as they were; but what they report of us is of now. */
  #verdict({ heard, spoken: _, ...voice }: Measured, fault: Fault): VoiceHealth {
    const last = this.#last.get(voice.ssrc);
    const active = heard || voice.heardLossPct !== null;
    if (!active && last) return { ...last, active };
    const now = { ...voice, fault, active };
    this.#last.set(voice.ssrc, now);
    return now;
  }

  #measure(now: SpeakerStats, heardLossPct: number | null): Measured {
    const history = this.#history.get(now.ssrc) ?? [];
    const before = history[0] ?? { received: 0, late: 0, concealed: 0 };
    const received = now.received - before.received;
    const concealed = now.concealed - before.concealed;
    history.push(now);
    if (history.length > WINDOW) history.shift();
    this.#history.set(now.ssrc, history);
    const speech = history.filter(({ speaking }) => speaking);
    const { ssrc, jitterMs, playoutDelayMs, lossPct } = now;
    return {
      ssrc,
      jitterMs,
      playoutDelayMs,
      lossPct: received > 0 ? lossPct : 0,
      latePct: percent(now.late - before.late, received),
      concealedPct: percent(concealed, received + concealed),
      levelDb: Math.max(...(speech.length > 0 ? speech : [now]).map(({ levelDb }) => levelDb)),
      heardLossPct,
      spoken: speech.length >= SPOKEN_S,
      heard: received > 0,
    };
  }
}

/** Somebody who says nothing, but reports of us. */
function listenerOnly({ ssrc, lossPct }: HeardBy): Measured {
  const nothing = { jitterMs: 0, lossPct: 0, latePct: 0, concealedPct: 0, playoutDelayMs: 0, levelDb: -127 };
  return { ssrc, ...nothing, heardLossPct: lossPct, spoken: false, heard: false };
}

/** The worse of the two directions; where both are well, the microphone. */
function faultOf(voice: Measured, all: readonly Measured[], link: LinkFacts): Fault {
  if (link.silent) return (link.heardAgoMs ?? Infinity) < NOTHING_HEARD_MS ? 'your-uplink' : 'station';
  const heard = Math.max(voice.lossPct, voice.latePct);
  const told = voice.heardLossPct ?? 0;
  if (Math.max(heard, told) >= NOTICEABLE_PCT)
    return heard >= told ? inboundFault(voice, all, link) : outboundFault(told, all, link);
  return voice.spoken && voice.levelDb < QUIET_DB ? 'their-microphone' : 'none';
}

function inboundFault(voice: Measured, all: readonly Measured[], { lossDown }: LinkFacts): Fault {
  const others = all.filter(({ ssrc, heard }) => heard && ssrc !== voice.ssrc);
  const everyone = others.length > 0 && others.every((one) => troubled(one));
  if (explains(lossDown, voice.lossPct)) return 'your-downlink';
  // Late, not lost: probes do not tell, but a queue that is ours delays everybody.
  if (voice.latePct > voice.lossPct) return everyone ? 'your-downlink' : 'their-uplink';
  return everyone ? 'station' : 'their-uplink';
}

function outboundFault(told: number, all: readonly Measured[], { lossUp }: LinkFacts): Fault {
  if (explains(lossUp, told)) return 'your-uplink';
  const reports = all.flatMap(({ heardLossPct }) => (heardLossPct === null ? [] : [heardLossPct]));
  return reports.length > 1 && reports.every((lossPct) => lossPct >= NOTICEABLE_PCT)
    ? 'station'
    : 'their-downlink';
}

function troubled({ lossPct, latePct }: Measured): boolean {
  return Math.max(lossPct, latePct) >= NOTICEABLE_PCT;
}

/** Whether what a link loses (0..1) is most of what a voice lost (percent). */
function explains(loss: number | null, lossPct: number): boolean {
  const own = (loss ?? 0) * 100;
  return own >= NOTICEABLE_PCT && own >= lossPct * EXPLAINS;
}

function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(100, Math.max(0, (100 * part) / whole));
}

/** Who was in a call and how they came through, for the last lines of `voipterm voice`. Pure. */
import type { Fault } from '../audio/fault.ts';
import type { SpeakerStats } from '../audio/messages.ts';
import { healthLine, redundancyWords } from '../session/health-words.ts';
import type { State } from '../session/state.ts';

/** A voice that was heard. */
export interface HeardSpeaker extends SpeakerStats {
  /** Null for somebody who has left. */
  readonly name: string | null;
  /** Our own round trip to the station, ms. */
  readonly rttMs: number | null;
  /** Packets of ours that it reported to lose in the last seconds, percent. */
  readonly heardLossPct: number | null;
  /** Where the fault was in the last seconds; null for a voice that was not heard then. */
  readonly verdict: Fault | null;
}

/** Somebody who was not heard in the last seconds, but reported how our voice came through. */
export interface CallListener {
  readonly ssrc: number;
  readonly name: string;
  readonly heardLossPct: number;
  readonly verdict: Fault;
}

export function heardSpeakers(speakers: readonly SpeakerStats[], state: State): HeardSpeaker[] {
  const names = new Map(state.rooms.flatMap(({ members }) => members).map(({ id, name }) => [id, name]));
  return speakers.map((speaker) => {
    const health = state.listening.health.find(({ ssrc }) => ssrc === speaker.ssrc);
    return {
      ...speaker,
      name: names.get(speaker.ssrc) ?? health?.name ?? null,
      rttMs: state.stats?.rttMs ?? null,
      heardLossPct: health?.heardLossPct ?? null,
      verdict: health?.fault ?? null,
    };
  });
}

export function callListeners(heard: readonly SpeakerStats[], { listening }: State): CallListener[] {
  const speakers = new Set(heard.map(({ ssrc }) => ssrc));
  return listening.health.flatMap(({ ssrc, name, heardLossPct, fault }) =>
    speakers.has(ssrc) || heardLossPct === null ? [] : [{ ssrc, name, heardLossPct, verdict: fault }],
  );
}

/** A line each, for a person. */
export function healthWords({ listening, stats }: State): string[] {
  const redundancy = redundancyWords(listening.redundancy);
  return [
    ...listening.health.map((one) => healthLine(one, stats?.rttMs ?? null)),
    ...(redundancy === '' ? [] : [`sent against loss ${redundancy}`]),
  ];
}

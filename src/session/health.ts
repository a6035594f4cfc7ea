/** How each voice comes through and why not: what the audio thread and the tunnel know, joined once a second. */
import { FaultFinder } from '../audio/fault.ts';
import type { AudioEvent, HeardBy, SpeakerStats } from '../audio/messages.ts';
import type { LiveState } from './live-state.ts';
import type { PersonHealth } from './state.ts';

/** How somebody is called whom no room that we are in lists any more. */
const NAMELESS = 'somebody who left';

/** What the audio thread tells of how voices come through. */
export type HealthEvent = Extract<AudioEvent, { event: 'speakers' | 'heard-by' | 'redundancy' }>;
type RedundancyEvent = Extract<HealthEvent, { event: 'redundancy' }>;

export class Health {
  readonly #live: LiveState;
  readonly #finder = new FaultFinder();
  #heardBy: readonly HeardBy[] = [];

  constructor(live: LiveState) {
    this.#live = live;
  }

  take(event: HealthEvent): void {
    switch (event.event) {
      case 'heard-by':
        this.#heardBy = event.listeners;
        return;
      case 'speakers':
        return this.#judge(event.speakers);
      case 'redundancy':
        return this.#redundancy(event);
    }
  }

  #judge(speakers: readonly SpeakerStats[]): void {
    const { stats, listening } = this.#live.now;
    const { lossUp = null, lossDown = null, silent = false, heardAgoMs = null } = stats ?? {};
    const voices = this.#finder.judge(speakers, this.#heardBy, { lossUp, lossDown, silent, heardAgoMs });
    if (voices.length === 0 && listening.health.length === 0) return;
    const health = voices.map((voice): PersonHealth => ({ ...voice, name: this.#nameOf(voice.ssrc) }));
    this.#live.apply({ kind: 'listening', change: { health } });
  }

  #redundancy({ addedBps, because }: RedundancyEvent): void {
    const redundancy = because && {
      addedBps,
      name: this.#nameOf(because.ssrc),
      lossPct: because.lossPct,
    };
    this.#live.apply({ kind: 'listening', change: { redundancy } });
  }

  /** Whoever has just left is still among those who were heard. */
  #nameOf(ssrc: number): string {
    const members = this.#live.now.rooms.flatMap((room) => room.members);
    const now = members.find(({ id }) => id === ssrc)?.name;
    const before = this.#live.now.listening.health.find((one) => one.ssrc === ssrc)?.name;
    return now ?? before ?? NAMELESS;
  }
}

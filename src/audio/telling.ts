/** What the screen is told of a call now and then: levels, how speakers come in, and who hears us. Pure: told the time. */
import { audioLevel, SILENCE_LEVEL } from './level.ts';
import type { AudioEvent, HeardBy, SpeakerStats } from './messages.ts';

/** Levels go to the screen ten times a second. */
const LEVELS_INTERVAL_NS = 100_000_000n;
/** How speakers come in, once a second. */
const SPEAKERS_INTERVAL_NS = 1_000_000_000n;

export interface TellingParts {
  readonly emit: (event: AudioEvent) => void;
  /** Level of what we say, -dBov. */
  readonly micLevel: () => number;
  /** How long our own voice takes to come back, ms; null unless it does now. */
  readonly loopbackMs: () => number | null;
  readonly speakers: () => readonly SpeakerStats[];
  readonly listeners: (nowNs: bigint) => readonly HeardBy[];
}

export class Telling {
  readonly #parts: TellingParts;
  #levelsAtNs = 0n;
  #toldSilence = false;
  #speakersAtNs = 0n;
  /** Speakers and listeners that were told of last. */
  #told = 0;
  /** The loudest that was heard since levels were told, -dBov. */
  #speakerLevel = SILENCE_LEVEL;

  constructor(parts: TellingParts) {
    this.#parts = parts;
  }

  /** Takes what is heard in the tick at `nowNs`. */
  tick(heard: Int16Array, nowNs: bigint): void {
    this.#speakerLevel = Math.min(this.#speakerLevel, audioLevel(heard));
    if (nowNs - this.#levelsAtNs >= LEVELS_INTERVAL_NS) this.#levels(nowNs);
    if (nowNs - this.#speakersAtNs >= SPEAKERS_INTERVAL_NS) this.#speakers(nowNs);
  }

  #levels(nowNs: bigint): void {
    const { emit, micLevel, loopbackMs } = this.#parts;
    this.#levelsAtNs = nowNs;
    const levels = { mic: micLevel(), speaker: this.#speakerLevel };
    const silent = levels.mic === SILENCE_LEVEL && levels.speaker === SILENCE_LEVEL;
    // In silence nobody need be woken up again and again.
    if (!(silent && this.#toldSilence)) emit({ event: 'levels', ...levels });
    this.#toldSilence = silent;
    this.#speakerLevel = SILENCE_LEVEL;
    const latencyMs = loopbackMs();
    if (latencyMs !== null) emit({ event: 'loopback', latencyMs });
  }

  #speakers(nowNs: bigint): void {
    this.#speakersAtNs = nowNs;
    const speakers = this.#parts.speakers();
    const listeners = this.#parts.listeners(nowNs);
    const count = speakers.length + listeners.length;
    // Once more when there is nobody left, so that nobody keeps what was true before.
    if (count + this.#told > 0) {
      this.#parts.emit({ event: 'heard-by', listeners });
      this.#parts.emit({ event: 'speakers', speakers });
    }
    this.#told = count;
  }
}

/** The two directions of a bad network, and what is kept for each by those who carry datagrams and streams. Pure. */
import type { Bottleneck } from './bottleneck.ts';
import type { Impairments } from './spec.ts';

/** Up: from the client to the target. */
export const DIRECTIONS = ['up', 'down'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type PerDirection<T> = Readonly<Record<Direction, T>>;

/** What a proxy is made with, or changed to. */
export type LinkState = PerDirection<Impairments>;

export interface Links {
  readonly seed: number;
  readonly impairments: LinkState;
  readonly bottlenecks: PerDirection<Bottleneck>;
}

/** Something for each direction. */
export function perDirection<T>(make: (direction: Direction) => T): PerDirection<T> {
  return { up: make('up'), down: make('down') };
}

/** Who keeps what is said in the room shown, in words. Pure. */
import { currentRoom } from '../session/places.ts';
import type { State } from '../session/state.ts';
import { cleanLine } from './clean-text.ts';

/** "REC you", "REC bob +2", or "" while nobody records here. */
export function recordersLabel(state: State): string {
  const members = currentRoom(state)?.members ?? [];
  const others = members.filter(({ id, recording }) => recording && id !== state.self.member);
  const mine = state.listening.recording !== null;
  const names = [...(mine ? ['you'] : []), ...new Set(others.map(({ name }) => cleanLine(name)))];
  const [first] = names;
  if (first === undefined) return '';
  return `REC ${first}${names.length > 1 ? ` +${names.length - 1}` : ''}`;
}

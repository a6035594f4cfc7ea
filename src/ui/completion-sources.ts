/** Where completion takes its candidates from: the session's state, the settings, the tables. Pure. */
import { currentRoom } from '../session/places.ts';
import type { State } from '../session/state.ts';
import { cleanLine } from './clean-text.ts';
import { COMMAND_TABLE } from './commands.ts';
import type { CompletionSources } from './completion.ts';
import { emojiLike } from './emoji.ts';

/** Lines whose writers are offered: whoever spoke lately. */
const WRITERS_OF_LINES = 200;
/** Emoji in one list. */
const MAX_EMOJI = 40;

/** What the session does not know. For a guest on another machine there are no files. */
export type OtherSources = Pick<CompletionSources, 'themes' | 'paths'>;

export const NO_OTHERS: OtherSources = { themes: [], paths: () => [] };

export function completionSources(state: State, others: OtherSources): CompletionSources {
  return {
    commands: COMMAND_TABLE,
    members: peopleOf(state),
    rooms: state.rooms.filter(({ kind }) => kind === 'room').map(({ name }) => name),
    ...others,
    settings: state.settings.rows.map(({ path }) => path),
    emoji: (part) => emojiLike(part, MAX_EMOJI),
  };
}

/** Who wrote here lately, the last one first, then who else is here, then all others that we know of; not ourselves. */
function peopleOf(state: State): readonly string[] {
  const { rooms, self } = state;
  const room = currentRoom(state);
  const writers = (room?.lines ?? [])
    .slice(-WRITERS_OF_LINES)
    .flatMap((line) => (line.kind === 'message' ? [line.from] : []))
    .reverse();
  const members = [...(room ? [room] : []), ...rooms].flatMap((each) => each.members.map(({ name }) => name));
  const peers = rooms.flatMap(({ peer }) => (peer ? [peer.name] : []));
  return [...new Set([...writers, ...members, ...peers])]
    .filter((name) => name !== self.name && name === cleanLine(name))
    .concat(self.name);
}

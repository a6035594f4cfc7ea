/** The chat for a guest with a terminal: a session like anybody's, drawn here. */
import { Session } from '../session/session.ts';
import { cleanLine } from '../ui/clean-text.ts';
import { runUi } from '../ui/run.tsx';
import { needsClient } from './allowed.ts';
import type { Guest } from './guest.ts';
import { GuestStore } from './guest-store.ts';
import { guardedSession } from './guarded-session.ts';
import { noShell } from './no-shell.ts';

/** Frames a second at most: half of what a client of one's own draws, since all guests share a thread. */
const MAX_FPS = 15;

/** How long a guest may take to get into a room and still be greeted, ms. */
const GREET_MS = 30_000;
/** Of no use without voice, but bound, so that it says so. */
export const TALK_KEY = 'ctrl+t';

/** Calls `serve` with a session in the rooms, and ends the session after it. */
export async function withSession<T>(
  guest: Guest,
  room: string | null,
  serve: (session: Session) => Promise<T>,
): Promise<T> {
  const { link, name, rules, clientCommand, log } = guest;
  const first = rules.lastRooms.length > 0 ? rules.lastRooms : rules.rooms;
  const store = new GuestStore();
  try {
    const session = await Session.start({
      target: rules.target.replace('USER', name),
      user: name,
      link: (events) => Promise.resolve(link.listen(events)),
      rooms: room === null ? first : [room, ...first.filter((one) => one !== room)],
      store,
      noSound: needsClient('Voice', clientCommand),
      log,
    });
    try {
      return await serve(session);
    } finally {
      await session.close();
    }
  } finally {
    // Not with each change: the station would write to its disk as often as somebody comes and goes.
    if (store.entered && store.entered.join() !== first.join()) guest.keepRooms(store.entered);
    store.close();
  }
}

/** Tells below what was said already, which has been read by the time that one more answer is there. */
async function greet(session: Session, guest: Guest): Promise<void> {
  await session.until(({ rooms }) => rooms.some(({ joined }) => joined), GREET_MS);
  await guest.link.call('room.list', { limit: 1 });
  session.do({ do: 'notice', text: welcome(guest) });
}

/** What somebody should know who sees this for the first time, and how to get the rest. */
function welcome({ rules, clientCommand }: Guest): string {
  return `You are at ${cleanLine(rules.station)} over ssh: write here, /help tells the rest. Here you see who talks; to hear them and to speak, run ${clientCommand} on your own machine.`;
}

export function chat(guest: Guest, room: string | null): Promise<number> {
  const { clientCommand, kind, input, output, host } = guest;
  return withSession(guest, room, async (session) => {
    greet(session, guest).catch(() => undefined); // the visit ended before
    await runUi({
      session: guardedSession(session, clientCommand),
      shell: noShell(needsClient('A shell of your own', clientCommand)),
      talkKey: TALK_KEY,
      keys: new Map(),
      hints: true,
      talkKeyStyle: 'toggle',
      timestamps: 'time',
      ascii: kind.ascii,
      noColor: kind.looks.depth === 0,
      looks: kind.looks,
      // As with a client's own settings: Shift selects text all the same.
      mouse: true,
      links: kind.links,
      stdin: input,
      stdout: output,
      host,
      maxFps: MAX_FPS,
    });
    return 0;
  });
}

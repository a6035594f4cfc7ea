/** One member's requests about terminals: which method of the control protocol does what. */
import type { ControlHandlers } from '../net/control/rpc.ts';
import type { shellRequests } from '../net/control/schema-shell.ts';
import { type Asker, done } from './asker.ts';
import { TokenBucket } from './limits.ts';
import type { Lobby } from './lobby.ts';
import type { Author } from './posting.ts';

type ShellHandlers = Pick<ControlHandlers, keyof typeof shellRequests>;

/** Frames and typed keys of one member: eight shares at their fastest, and hands that type. */
const FRAMES = { burst: 240, perSecond: 160 } as const;
/** What others get a line about: offers, grants, coming and going. */
const TOLD = { burst: 24, perSecond: 0.5 } as const;
/** Base64 characters of its frames: a whole coloured screen many times over, then what scrolls all the time. */
const FRAME_CHARS = { burst: 4_000_000, perSecond: 600_000 } as const;

export function shellHandlers(lobby: Lobby, asker: Asker): ShellHandlers {
  const { shells } = lobby;
  const now = performance.now();
  const frames = new TokenBucket(FRAMES, now);
  const chars = new TokenBucket(FRAME_CHARS, now);
  const told = new TokenBucket(TOLD, now);
  const telling = (): Author => {
    const author = asker.admit();
    if (!told.take(1, performance.now())) throw lobby.tooMuch();
    return author;
  };
  const quick = (data: string): Author => {
    const author = asker.known();
    const at = performance.now();
    if (!frames.take(1, at) || !chars.take(data.length, at)) throw lobby.tooMuch();
    return author;
  };
  return {
    'shell.rights': () =>
      lobby.options.shellRights?.(asker.admit().fingerprint) ?? { tunnel: false, station: false },
    'shell.share': (ask) => shells.share(telling(), ask),
    'shell.grant': (ask) => done(() => shells.grant(telling(), ask)),
    'shell.unshare': ({ share }) => done(() => shells.unshare(asker.known(), share)),
    'shell.frame': (ask) => done(() => shells.frame(quick(ask.data), ask)),
    'shell.watch': ({ share }) => shells.watch(telling(), share),
    'shell.unwatch': ({ share }) => done(() => shells.unwatch(asker.admit(), share)),
    'shell.refresh': ({ share }) => done(() => shells.refresh(asker.admit(), share)),
    'shell.input': (ask) => done(() => shells.input(quick(ask.data), ask)),
  };
}

/** The chat as lines, for a guest without a terminal or with one that shows nothing else: what is typed is said. */
import type { Session } from '../session/session.ts';
import { parseEntered } from '../ui/commands.ts';
import { cleanLine } from '../ui/clean-text.ts';
import { withSession } from './chat.ts';
import type { Guest } from './guest.ts';
import { guardedSession } from './guarded-session.ts';
import { LineReader } from './line-reader.ts';

export function plain(guest: Guest, room: string | null): Promise<number> {
  return withSession(guest, room, (session) => new PlainChat(guest, session).run());
}

class PlainChat {
  readonly #guest: Guest;
  readonly #session: Session;
  readonly #printed = new Set<string>();

  constructor(guest: Guest, session: Session) {
    this.#guest = guest;
    this.#session = session;
  }

  async run(): Promise<number> {
    const { leaving, clientCommand } = this.#guest;
    const guarded = guardedSession(this.#session, clientCommand);
    const stop = this.#session.subscribe(() => this.#print());
    this.#print();
    const reader = new LineReader(this.#guest);
    for await (const line of reader.lines()) {
      if (leaving.aborted) break;
      const entered = parseEntered(line, this.#session.state);
      if (entered.kind === 'quit') break;
      if (entered.kind === 'command') guarded.do(entered.command);
      else if (entered.kind === 'error') guarded.do({ do: 'notice', text: entered.text });
    }
    stop();
    return 0;
  }

  #print(): void {
    for (const { name, lines } of this.#session.state.rooms) {
      for (const line of lines) {
        if (this.#printed.has(line.id) || (line.kind === 'message' && line.seq === null)) continue;
        this.#printed.add(line.id);
        const text = cleanLine(line.text);
        this.#guest.output.write(
          line.kind === 'message' ? `#${name} <${cleanLine(line.from)}> ${text}\n` : `* ${text}\n`,
        );
      }
    }
  }
}

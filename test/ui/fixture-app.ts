/**
 * The real user interface on a fake session: what the terminal tests drive, and a way to look at it:
 *
 *     npx vitest run test/ui/terminal.test.ts -t 'raw mode'    (which builds it)
 *     node node_modules/.cache/voipterm/fixture-app.js         (with --quiet it starts empty and does nothing by itself)
 *
 * With --log FILE each command is appended to FILE as a line of JSON. "/who crash" breaks the rendering on purpose,
 * "/who throw" throws outside of it, "/who warn" makes Node warn, "/who alerts" turns everything off that can be off.
 * With --messages N the room has so many messages and three members talk; --hostile has what others could do in every place
 * that shows it. --vi, --mouse and --links switch these on.
 */
import { appendFileSync } from 'node:fs';
import { editText } from '../../src/cli/editor.ts';
import { silentLog } from '../../src/log.ts';
import type { Command } from '../../src/session/commands.ts';
import { createShell } from '../../src/session/shell.ts';
import { runUi } from '../../src/ui/run.tsx';
import { crowdedState, hostileState } from '../fakes/crowds.ts';
import { busyState, emptyState, FAKE_SETTINGS, FakeSession, room } from '../fakes/fake-session.ts';

const args = process.argv.slice(2);
const quiet = args.includes('--quiet');
const flagValue = (flag: string): string | undefined =>
  args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
const logFile = flagValue('--log');

class Session extends FakeSession {
  override do(command: Command): void {
    if (logFile) appendFileSync(logFile, `${JSON.stringify(command)}\n`);
    if (command.do === 'who' && command.room === 'crash') return this.#crash();
    if (command.do === 'who' && command.room === 'throw') {
      setImmediate(() => {
        throw new Error('thrown on purpose');
      });
      return;
    }
    if (command.do === 'who' && command.room === 'warn') return process.emitWarning('warned on purpose');
    if (command.do === 'who' && command.room === 'alerts') return this.#alerts();
    super.do(command);
  }

  /** A state that no component can draw. */
  #crash(): void {
    this.set({ rooms: null as never });
  }

  #alerts(): void {
    const missing = {
      state: 'missing',
      name: 'microphone',
      detail: 'no sound device; install alsa-utils for arecord.',
    } as const;
    this.set({
      link: {
        at: 'offline',
        code: 'control.unreachable',
        reason: 'The station closed the connection.',
        retryInMs: 8000,
        voice: false,
      },
      voice: { ...this.state.voice, muted: true, deafened: true, input: missing },
    });
  }
}

function quietState() {
  const members = [
    { id: 1, name: 'ada', talking: false },
    { id: 2, name: 'grace', talking: false },
  ];
  return { ...emptyState(), rooms: [room('lobby', members, []), room('music', [], [])], current: 'lobby' };
}

const count = Number(flagValue('--messages') ?? 0);
const hostile = args.includes('--hostile');
const start = hostile ? hostileState() : count > 0 ? crowdedState(count) : quiet ? quietState() : busyState();
const session = new Session(start, FAKE_SETTINGS);

/** A little life, so that talking marks and meters can be looked at. */
function animate(): NodeJS.Timeout {
  let tick = 0;
  return setInterval(() => {
    tick++;
    session.setLevels({
      mic: session.state.voice.talking ? 20 + ((tick * 7) % 30) : 127,
      speaker: 15 + ((tick * 5) % 40),
    });
    if (tick % 50 === 0) session.say('music', 'grace', `tune ${tick / 50}`);
    if (count > 0 && tick % 3 === 0) {
      session.setRoom('lobby', ({ members }) => ({
        members: members.map((member, at) => ({ ...member, talking: at > 0 && (tick + at) % 4 < 2 })),
      }));
    }
  }, 100);
}

const timer = quiet ? undefined : animate();
try {
  await runUi({
    session,
    shell: createShell({
      file: flagValue('--shell') ?? process.env.SHELL ?? '/bin/sh',
      cwd: process.cwd(),
      env: process.env,
      log: silentLog,
    }),
    noColor: Boolean(process.env.NO_COLOR),
    talkKey: 'ctrl+t',
    keys: new Map(),
    hints: args.includes('--hints'),
    talkKeyStyle: 'auto',
    timestamps: 'time',
    ascii: args.includes('--ascii'),
    ...{ mouse: args.includes('--mouse'), links: args.includes('--links') },
    editMode: args.includes('--vi') ? 'vi' : 'readline',
    editor: (text) => editText(text, process.env),
    stdin: process.stdin,
    stdout: process.stdout,
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(timer);
}

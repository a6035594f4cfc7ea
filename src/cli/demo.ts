/** `voipterm demo`: a station and two callers on loopback, real speech and texts through the whole path, and a count. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { InputSpec, OutputSpec } from '../audio/options.ts';
import { VoiptermError } from '../errors.ts';
import { packagedFile } from '../program-files.ts';
import { Session } from '../session/session.ts';
import type { State } from '../session/state.ts';
import { tunnelLink } from '../session/tunnel-link.ts';
import { Station } from '../station/station.ts';
import { ClientStore } from '../store/client.ts';
import { loadOrCreateKey } from '../store/identity.ts';
import { audioOptions } from './audio-options.ts';
import { type CommonOptions, type Context, openHeadless } from './context.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { type CallSummary, inRoom, summarise } from './voice.ts';

export interface DemoOptions extends CommonOptions {
  readonly input?: string;
  readonly output?: string;
  readonly json?: boolean;
}

const ROOM = 'lobby';
const SAMPLE = packagedFile('assets/speech.wav');
/** Texts that each caller says. */
const TEXTS = 5;
/** Until everybody is in, and until all texts are everywhere, ms. */
const STEP_TIMEOUT_MS = 15_000;
/** After the last frame: the playout delay and a margin, ms. */
const PLAY_OUT_MS = 400;

/** One end of the demo. */
interface Caller {
  readonly name: string;
  readonly session: Session;
  readonly store: ClientStore;
}

/** Throws 'demo.lost' if a frame or a text did not arrive. */
export async function demo(options: DemoOptions): Promise<void> {
  const context = openHeadless(options);
  const dir = mkdtempSync(join(tmpdir(), 'voipterm-demo-'));
  const station = await Station.open({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(dir, 'station'),
    authorizedKeys: join(dir, 'authorized_keys'),
    open: true,
    name: 'demo',
    rooms: [ROOM],
    suites: context.config.crypto.suites,
    log: context.log,
  });
  const callers: Caller[] = [];
  try {
    for (const name of ['alice', 'bob']) callers.push(await call(name, station, dir, context));
    const report = await talk(callers, context, options);
    await printLine(options.json ? toJsonLine(report) : table(report));
    if (report.lost > 0)
      throw new VoiptermError('demo.lost', `${report.lost} frames or texts did not arrive`);
  } finally {
    for (const { session, store } of callers) {
      await session.close();
      store.close();
    }
    await station.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function call(name: string, station: Station, dir: string, { config, log }: Context): Promise<Caller> {
  const { host, port, fingerprint } = station.address;
  const { privateKey } = loadOrCreateKey(join(dir, name), name);
  const store = new ClientStore(':memory:');
  const session = await Session.start({
    target: `${name}@${host}:${port}`,
    user: name,
    link: tunnelLink({
      host,
      port,
      user: name,
      identity: { from: 'key', privateKey },
      hostKey: { by: 'fingerprint', fingerprint },
      suites: config.crypto.suites,
    }),
    rooms: [ROOM],
    store,
    log,
  });
  return { name, session, store };
}

interface DemoReport {
  readonly voice: Readonly<Record<string, CallSummary>>;
  readonly texts: { readonly sent: number; readonly arrived: number };
  /** Frames sent that came neither in packets of their own nor as copies, and texts that are not at the other end. */
  readonly lost: number;
}

async function talk(callers: readonly Caller[], context: Context, options: DemoOptions): Promise<DemoReport> {
  const [alice, bob] = callers;
  if (!alice || !bob) throw new VoiptermError('internal', 'the demo needs two callers');
  for (const { session } of callers)
    await session.until((s) => inRoom(s, ROOM) && membersOf(s) === 2, STEP_TIMEOUT_MS);
  const heard: OutputSpec = options.output ? { kind: 'file', path: options.output } : { kind: 'null' };
  await startAudio(bob.session, context, { kind: 'silence' }, heard);
  await startAudio(alice.session, context, { kind: 'file', path: options.input ?? SAMPLE }, { kind: 'null' });
  alice.session.do({ do: 'talk', on: true });
  for (let n = 1; n <= TEXTS; n++) {
    for (const { name, session } of callers)
      session.do({ do: 'post', room: ROOM, text: `text ${n} from ${name}` });
  }
  await Promise.all(
    callers.map(({ session }) =>
      session.until((s) => settled(s) === 2 * TEXTS, STEP_TIMEOUT_MS).catch(() => undefined),
    ),
  );
  await alice.session.voice.inputEnded;
  await delay(PLAY_OUT_MS);
  return report(alice, bob);
}

async function report(alice: Caller, bob: Caller): Promise<DemoReport> {
  const stats = { alice: alice.session.state.stats, bob: bob.session.state.stats };
  const voice = {
    alice: summarise(await alice.session.voice.finish(), stats.alice),
    bob: summarise(await bob.session.voice.finish(), stats.bob),
  };
  const arrived = settled(alice.session.state) + settled(bob.session.state) - 2 * TEXTS;
  const texts = { sent: 2 * TEXTS, arrived: Math.max(0, arrived) };
  const unheard = Math.max(0, voice.alice.frames.sent - cameOf(voice.bob));
  const lost = unheard + (texts.sent - texts.arrived);
  return { voice, texts, lost };
}

/** Frames that came, in packets of their own or as copies; one that was overtaken by its copy counts twice. */
function cameOf({ frames }: CallSummary): number {
  return frames.received + frames.recovered;
}

async function startAudio(
  session: Session,
  context: Context,
  input: InputSpec,
  output: OutputSpec,
): Promise<void> {
  await session.voice.start(session.link, { ...audioOptions(context, null), input, output });
}

function membersOf(state: State): number {
  return state.rooms.find((room) => room.name === ROOM)?.members.length ?? 0;
}

/** Messages that the station has on disk, as this end knows. */
function settled(state: State): number {
  const lines = state.rooms.find((room) => room.name === ROOM)?.lines ?? [];
  return lines.filter((line) => line.kind === 'message' && line.seq !== null).length;
}

function table({ voice, texts, lost }: DemoReport): string {
  const { alice, bob } = voice;
  const rows: [string, string, string][] = [
    ['', 'sent', 'arrived'],
    ['voice frames', `${alice?.frames.sent}`, bob ? `${cameOf(bob)}` : '-'],
    ['texts', `${texts.sent}`, `${texts.arrived}`],
  ];
  const ms = (value: number | null | undefined): string => (value == null ? '-' : `${value.toFixed(1)} ms`);
  return [
    ...rows.map(([what, sent, arrived]) => `${what.padEnd(14)}${sent.padStart(8)}${arrived.padStart(10)}`),
    '',
    `recovered ${bob?.frames.recovered}, concealed ${bob?.frames.concealed}, late ${bob?.frames.late}, dropped ${bob?.frames.dropped}`,
    `round trip ${ms(alice?.rttMs)}, jitter ${ms(bob?.jitterMs)}, playout delay ${ms(bob?.playoutDelayMs?.p50)}, ${alice?.cipher} over ${alice?.carrier}`,
    lost > 0 ? `LOST: ${lost}` : 'everything arrived',
  ].join('\n');
}

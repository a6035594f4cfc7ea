/** `voipterm voice`: a headless caller that speaks a file (or microphone, or tone) and writes down what it hears. */
import { setTimeout as delay } from 'node:timers/promises';
import { checkStandard } from '../audio/devices/standard-stream.ts';
import type { VoiceReport } from '../audio/messages.ts';
import type { AudioOptions, TalkMode } from '../audio/options.ts';
import { checkWav } from '../audio/wav-read.ts';
import { VoiptermError } from '../errors.ts';
import { formatTarget, parseTarget, type Target } from '../net/control/target.ts';
import type { TunnelStats } from '../net/tunnel/messages.ts';
import { Session, type SessionOptions } from '../session/session.ts';
import type { State } from '../session/state.ts';
import { tunnelLink } from '../session/tunnel-link.ts';
import { ClientStore } from '../store/client.ts';
import { audioOptions, rawSamples } from './audio-options.ts';
import { callListeners, healthWords, heardSpeakers } from './call-health.ts';
import { type CommonOptions, connectOptions, type Context, openHeadless, roomOf } from './context.ts';
import { keepingSettings } from './listening.ts';
import { toJsonLine } from './json-line.ts';
import { printLine, printToStderr } from './output.ts';
import { RemoteSocket } from './remote-socket.ts';
import { putOut } from './put-out.ts';
import { onStopSignal } from './signals.ts';
import { Talkers, talkLine } from './talkers.ts';

export interface VoiceOptions extends CommonOptions {
  readonly input?: string;
  readonly output?: string;
  /** Seconds. */
  readonly duration?: number;
  readonly trace?: string;
  /** Of raw sound, Hz and number. */
  readonly rawRate?: number;
  readonly rawChannels?: number;
  readonly json?: boolean;
  /** Directory that a recording's directory is made in. */
  readonly record?: string;
  /** Silent until `voipterm ptt` opens the microphone. */
  readonly ptt?: boolean;
  /** Print who talks, as they do. */
  readonly talkers?: boolean;
}

/** How long a connection may take before a headless call gives up, ms. */
const CONNECT_TIMEOUT_MS = 20_000;
/** After the last spoken frame, until it is surely on its way and what comes back was heard, ms. */
const LINGER_MS = 250;

export async function voice(targetText: string, options: VoiceOptions): Promise<void> {
  const stop = onStopSignal();
  const context = openHeadless(options, { 'audio.input': options.input, 'audio.output': options.output });
  const target = parseTarget(targetText);
  const room = roomOf(context, target);
  const audio = audioOptions(
    context,
    options.trace ?? null,
    rawSamples(options.rawRate, options.rawChannels ?? context.config.audio.channels),
  );
  // Before a connection is made for nothing.
  await checkSources(audio);
  // What is heard goes to standard output: what is said about it must not.
  const print = audio.output.kind === 'raw' ? printToStderr : printLine;
  const session = await startHeadless(context, target, [room]);
  let remote: RemoteSocket | undefined;
  try {
    const ready = session.until((state) => inRoom(state, room), CONNECT_TIMEOUT_MS, true);
    const out = putOut(session);
    await Promise.race([ready, out, stop.requested.then(refuseEarlyStop)]);
    const talkMode = talkModeOf(audio, context);
    const { startedAtNs } = await session.voice.start(session.link, { ...audio, talkMode });
    if (options.json) await print(toJsonLine({ event: 'joined', room, startedAtNs: String(startedAtNs) }));
    warnOfDevices(session, context);
    tellTalkers(session, options, room, print);
    if (options.record !== undefined)
      await session.act({ do: 'record', format: null, directory: options.record });
    if (options.ptt) remote = await talkKeyFor(session, context);
    else if (talkMode === 'push') session.do({ do: 'talk', on: audio.input.kind !== 'silence' });
    await Promise.race([callEnds(session, audio, options.duration, stop.requested), out]);
    const { state } = session;
    const report = await session.voice.finish();
    const summary = summarise(report, state.stats);
    const { recording } = state.listening;
    const people = {
      speakers: heardSpeakers(report.speakers, state),
      listeners: callListeners(report.speakers, state),
    };
    const recorded = recording === null ? {} : { recording };
    if (options.json) await print(toJsonLine({ ...summary, ...people, ...recorded }));
    else {
      await print([inWords(summary), ...healthWords(state)].join('\n'));
      if (recording !== null) await print(`recorded to ${recording}`);
    }
    const { recordingFailure } = state.listening;
    if (recordingFailure !== null) throw new VoiptermError('audio.file', recordingFailure);
  } finally {
    stop.dispose();
    await remote?.close();
    await session.close();
  }
}

/** Speech may open a microphone; what else is sent was chosen to be heard. */
function talkModeOf({ input }: AudioOptions, { config }: Context): TalkMode {
  return input.kind === 'mic' ? config.audio.talkMode : 'push';
}

/** Lets `voipterm ptt` open the microphone, without which nothing would ever be said. */
async function talkKeyFor(session: Session, { paths, log }: Context): Promise<RemoteSocket> {
  const remote = await RemoteSocket.open(session, paths.runtime, log);
  if (remote) return remote;
  throw new VoiptermError(
    'usage.invalid',
    `--ptt needs a socket in ${paths.runtime}, and there can be none: set XDG_RUNTIME_DIR to a short path of yours`,
  );
}

/** Rejects with 'audio.file' if a file or pipe cannot be used. */
async function checkSources({ input, output }: AudioOptions): Promise<void> {
  if (input.kind === 'file') await checkWav(input.path);
  if (input.kind === 'raw') checkStandard('input');
  if (output.kind === 'raw') checkStandard('output');
}

/** There is nothing to report yet, and a script must not take that for a call. */
function refuseEarlyStop(): never {
  throw new VoiptermError('control.unreachable', 'told to stop before the station was reached');
}

/** A session that keeps nothing on disk, and that nobody reads. */
export function startHeadless(
  context: Context,
  target: Target,
  rooms: readonly string[],
  onUnsent?: SessionOptions['onUnsent'],
): Promise<Session> {
  const connect = connectOptions(context, target);
  return Session.start({
    target: formatTarget(target),
    user: connect.user,
    link: tunnelLink(connect),
    rooms,
    reads: false,
    store: new ClientStore(':memory:'),
    keeping: { ...keepingSettings(context), replay: false },
    log: context.log,
    onUnsent,
  });
}

/** In the room, with voice going there. */
export function inRoom(state: State, room: string): boolean {
  return state.link.at === 'online' && state.rooms.some((r) => r.name === room && r.joined);
}

/** A call ends after its duration, at the end of a spoken file, on a signal, or when the link fails for good. */
async function callEnds(
  session: Session,
  { input, output }: AudioOptions,
  seconds: number | undefined,
  stopped: Promise<void>,
): Promise<void> {
  const ends: Promise<unknown>[] = [stopped, failedForGood(session)];
  const timer = new AbortController();
  if (seconds !== undefined)
    ends.push(delay(seconds * 1000, undefined, { signal: timer.signal }).catch(() => undefined));
  else if (input.kind === 'file' || input.kind === 'raw')
    ends.push(session.voice.inputEnded.then(() => delay(LINGER_MS)));
  if (output.kind === 'raw') ends.push(readerGone(session));
  await Promise.race(ends);
  timer.abort();
}

/** Whoever read what is heard does so no more. */
function readerGone(session: Session): Promise<void> {
  return new Promise((resolve) => {
    session.subscribe(() => {
      if (session.state.voice.output.state === 'lost') resolve();
    });
  });
}

function failedForGood(session: Session): Promise<never> {
  return new Promise((_, reject) => {
    session.subscribe(() => {
      const { link } = session.state;
      if (link.at === 'failed') reject(new VoiptermError(link.code, link.reason));
    });
  });
}

function warnOfDevices(session: Session, { log }: Context): void {
  let said = '';
  const check = (): void => {
    const { input, output } = session.state.voice;
    const missing = [input, output].filter((device) => device.state === 'missing' || device.state === 'lost');
    const text = missing.map((device) => device.detail).join('; ');
    if (text !== said && text !== '') log.warn(text);
    said = text;
  };
  session.subscribe(check);
  check();
}

function tellTalkers(
  session: Session,
  { talkers: wanted = false, json = false }: VoiceOptions,
  room: string,
  print: (line: string) => Promise<void>,
): void {
  if (!wanted) return;
  const talkers = new Talkers(room);
  session.subscribe(() => {
    for (const change of talkers.look(session.state, Date.now())) void print(talkLine(change, json));
  });
}

/** What the last line of --json holds. */
export interface CallSummary extends Omit<VoiceReport, 'startedAtNs'> {
  readonly rttMs: number | null;
  /** What our voice travelled by at the end, which is carrierUp, and what came; and why it was these. */
  readonly carrier: string | null;
  readonly carrierUp: string | null;
  readonly carrierDown: string | null;
  readonly carrierReason: string | null;
  readonly cipher: string | null;
  readonly startedAtNs: string;
}

export function summarise(report: VoiceReport, stats: TunnelStats | null): CallSummary {
  const { frames, jitterMs, playoutDelayMs, speakers, startedAtNs } = report;
  return {
    frames,
    rttMs: stats?.rttMs ?? null,
    jitterMs,
    playoutDelayMs,
    carrier: stats?.carrier ?? null,
    carrierUp: stats?.carrierUp ?? null,
    carrierDown: stats?.carrierDown ?? null,
    carrierReason: stats?.carrierReason ?? null,
    cipher: stats?.cipher ?? null,
    speakers,
    startedAtNs: String(startedAtNs),
  };
}

function inWords(summary: CallSummary): string {
  const { frames, rttMs, jitterMs, playoutDelayMs, carrierUp, carrierDown, cipher } = summary;
  const carrier = carrierUp === carrierDown ? carrierUp : `${carrierUp} up, ${carrierDown} down`;
  const ms = (value: number | null | undefined): string => (value == null ? '-' : `${value.toFixed(1)} ms`);
  return [
    `frames sent ${frames.sent}, received ${frames.received}, recovered ${frames.recovered}, concealed ${frames.concealed}, late ${frames.late}, dropped ${frames.dropped}`,
    `round trip ${ms(rttMs)}, jitter ${ms(jitterMs)}, playout delay ${ms(playoutDelayMs?.p50)} (p95 ${ms(playoutDelayMs?.p95)}), carrier ${carrier ?? '-'}, cipher ${cipher ?? '-'}`,
  ].join('\n');
}

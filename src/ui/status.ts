/** What the status line and the alerts say about a state. Pure. */
import type { State, TunnelStats } from '../session/state.ts';
import type { Segment } from './chat-rows.ts';
import { cleanLine } from './clean-text.ts';
import { recordersLabel } from './keeping-words.ts';
import { isShared } from './shell-view.ts';
import { widthOf } from './text-width.ts';
import type { Glyphs } from './theme.ts';

/** Cells of one level meter, label included: "mic ██████". */
export const METER_CELLS = 6;
const METER_COLUMNS = METER_CELLS + 4;

/** A piece of the status line; the highest rank goes first when the room is short. */
interface Piece extends Segment {
  readonly rank: number;
}

/** Left pieces that fit into `width` cells, two spaces apart, and whether both meters fit as well. */
export function statusLine(
  state: State,
  retryInMs: number,
  glyphs: Glyphs,
  width: number,
): { readonly segments: readonly Segment[]; readonly meters: boolean } {
  const pieces = piecesOf(state, retryInMs, glyphs);
  const meters = 2 * (METER_COLUMNS + 2);
  let kept = pieces;
  let room = width - meters;
  let withMeters = true;
  while (total(kept) > room && kept.length > 1) {
    const worst = Math.max(...kept.map(({ rank }) => rank));
    // Meters go after carrier and cipher (5) and before loss (3).
    if (withMeters && worst < 4) {
      withMeters = false;
      room = width;
      continue;
    }
    kept = kept.filter(({ rank }) => rank !== worst);
  }
  return { segments: kept, meters: withMeters };
}

function total(pieces: readonly Segment[]): number {
  return pieces.reduce((sum, { text }) => sum + widthOf(text) + 2, 0);
}

function piecesOf(state: State, retryInMs: number, glyphs: Glyphs): readonly Piece[] {
  return [
    linkPiece(state, retryInMs, glyphs),
    ...voicePieces(state),
    ...recordingPieces(state),
    ...sharedPieces(state),
    ...pathPieces(state, glyphs),
  ];
}

function linkPiece({ link }: State, retryInMs: number, glyphs: Glyphs): Piece {
  switch (link.at) {
    case 'online':
      return { text: `${glyphs.online} online`, tone: 'good', rank: 0 };
    case 'connecting':
      return { text: `${glyphs.connecting} connecting`, tone: 'warning', rank: 0 };
    case 'offline':
      return {
        text: `${glyphs.offline} offline, retry in ${seconds(retryInMs)} s`,
        tone: 'warning',
        rank: 0,
      };
    case 'failed':
      return { text: `${glyphs.failed} failed`, tone: 'bad', rank: 0 };
  }
}

/** Whole seconds, rounded up. */
function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000));
}

/** What opens the microphone, where that is not a key. */
const MODE_PIECES = {
  voice: { text: 'by voice', tone: 'dim' },
  continuous: { text: 'open mic', tone: 'warning' },
} as const;

function voicePieces(state: State): readonly Piece[] {
  const { voice, sound } = state;
  const microphone = sound.loopback === 'off' ? microphonePiece(state) : TEST_PIECE;
  const pieces: Piece[] = microphone ? [{ ...microphone, rank: 1 }] : [];
  if (voice.mode !== 'push') pieces.push({ ...MODE_PIECES[voice.mode], rank: 4 });
  if (voice.deafened) pieces.push({ text: 'deafened', tone: 'warning', rank: 1 });
  return pieces;
}

/** The room hears nothing of what is said. */
const TEST_PIECE: Segment = { text: ' SOUND TEST ', tone: 'selected' };

/** Where a key opens the microphone, speech without it is meant for somebody in the same place. */
function speaksMuted({ mutedSpeech, mode, talking }: State['voice']): boolean {
  return mutedSpeech && (mode !== 'push' || talking);
}

function microphonePiece({ voice, link }: State): Segment | undefined {
  const heard = link.at === 'online' || (link.at !== 'failed' && link.voice);
  if (voice.muted && (voice.talking || speaksMuted(voice))) return { text: ' MUTED ', tone: 'selected' };
  if (voice.talking && !heard) return { text: ' NOT HEARD ', tone: 'selected' };
  if (voice.mode === 'push' && voice.talking)
    return { text: voice.latched ? ' TALKING ON ' : ' TALKING ', tone: 'live' };
  if (voice.mode !== 'push' && voice.sending) return { text: ' TALKING ', tone: 'live' };
  return voice.muted ? { text: 'muted', tone: 'warning' } : undefined;
}

/** Nobody may overlook that what they say is kept. */
function recordingPieces(state: State): readonly Piece[] {
  const label = recordersLabel(state);
  return label === '' ? [] : [{ text: label, tone: 'bad', rank: 1 }];
}

/** Others see a terminal of ours: as plain as the open microphone. */
function sharedPieces({ shells }: State): readonly Piece[] {
  if (!isShared(shells)) return [];
  const write = shells.tabs.some(({ shares }) => shares.some(({ writers }) => writers.length > 0));
  return [{ text: ` SHELL SHARED${write ? ', OTHERS TYPE' : ''}: F12 ends `, tone: 'live', rank: 0 }];
}

function pathPieces({ stats, link }: State, glyphs: Glyphs): readonly Piece[] {
  if (!stats || link.at !== 'online') return [];
  const pause = pauseOf(stats);
  const silent: Piece[] = pause === undefined ? [] : [{ text: pause, tone: 'bad', rank: 1 }];
  const rtt = stats.rttMs === null ? 'RTT -' : `RTT ${Math.round(stats.rttMs)} ms`;
  const loss = `loss ${glyphs.up}${percent(stats.lossUp)} ${glyphs.down}${percent(stats.lossDown)}`;
  const lossy = Math.max(stats.lossUp ?? 0, stats.lossDown ?? 0) >= 0.05;
  return [
    ...silent,
    { text: rtt, tone: 'plain', rank: 2 },
    { text: loss, tone: lossy ? 'warning' : 'plain', rank: 3 },
    carrierPiece(stats, glyphs),
    { text: stats.cipher === null ? 'no cipher' : shortCipher(stats.cipher), tone: 'dim', rank: 5 },
  ];
}

/** What the datagrams travel by, each way if they differ, and why, if it is not plain UDP. */
function carrierPiece({ carrierUp, carrierDown, carrierReason }: TunnelStats, glyphs: Glyphs): Piece {
  if (carrierUp === 'udp' && carrierDown === 'udp') return { text: 'udp', tone: 'dim', rank: 5 };
  const ways =
    carrierUp === carrierDown ? carrierUp : `${glyphs.up}${carrierUp} ${glyphs.down}${carrierDown}`;
  return { text: `${ways} (${carrierReason})`, tone: 'warning', rank: 5 };
}

/** A pause of the datagrams that is worth telling: three probes and a half. */
const PAUSE_MS = 3500;

/** What has not happened for how long, in words; undefined while all is well. */
function pauseOf({ silent, heardAgoMs, acknowledgedAgoMs }: TunnelStats): string | undefined {
  const ago = (ms: number): string => `for ${Math.floor(ms / 1000)} s`;
  if (heardAgoMs !== null && heardAgoMs > PAUSE_MS) return `nothing heard ${ago(heardAgoMs)}`;
  if (!silent) return undefined;
  if (acknowledgedAgoMs === null) return 'no datagram was answered yet';
  return `nothing acknowledged ${ago(acknowledgedAgoMs)}`;
}

function percent(share: number | null): string {
  if (share === null) return '-';
  return `${share > 0 && share < 0.01 ? '<1' : Math.round(share * 100)}%`;
}

/** "chacha20-poly1305" without its authenticator, "aes-256-gcm" as it is. */
function shortCipher(cipher: string): string {
  return cipher.replace(/-poly1305$/, '');
}

/** A level in -dBov (0 loudest, 127 silence) as cells of a meter. -60 dBov is silence, -6 is full. */
export function meterCells(level: number): number {
  return Math.round(levelShare(level) * METER_CELLS);
}

/** The same as a share of the meter, 0 to 1. */
export function levelShare(level: number): number {
  return Math.max(0, Math.min(1, (60 - Math.min(127, Math.max(0, level))) / 54));
}

/** Sentences that the user should read: why offline, why voice does not work. Most urgent first. */
export function alertsOf(state: State): readonly string[] {
  const alerts: string[] = [];
  const { link, stats, voice } = state;
  if (link.at === 'offline') {
    alerts.push(link.voice ? `Offline, but voice goes on: ${link.reason}` : `Offline: ${link.reason}`);
  }
  if (link.at === 'failed') alerts.push(link.reason);
  if (link.at === 'online' && stats?.silent) {
    const pause = pauseOf(stats) ?? 'no answer';
    alerts.push(
      `Voice does not get through, by UDP or inside SSH: ${pause}. Text works (does a firewall block UDP?).`,
    );
  }
  if (speaksMuted(voice)) alerts.push('You speak, but you are muted: /unmute lets the others hear you');
  return [...alerts, ...deviceAlerts(voice)].map(cleanLine);
}

/** What each device lacks; of two the details are long enough to hide the chat, and stand in the settings. */
function deviceAlerts({ input, output }: State['voice']): readonly string[] {
  const gone = [
    { what: 'Microphone', ...input },
    { what: 'Speaker', ...output },
  ].filter(({ state }) => state === 'missing' || state === 'lost');
  const [first, second] = gone;
  if (first && second)
    return [`Microphone ${first.state}, speaker ${second.state}: text goes on; F2 says what to do`];
  return gone.map(({ what, state, detail, name }) => `${what} ${state}: ${detail || name}`);
}

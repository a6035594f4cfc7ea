/** How it stands, in sentences to be read aloud: the link, the microphone, who is here. Pure. */
import { currentRoom } from '../../session/places.ts';
import type { State, VoiceState } from '../../session/state.ts';
import { cleanLine } from '../clean-text.ts';
import { recordersLabel } from '../keeping-words.ts';
import { alertsOf } from '../status.ts';
import { placeWords } from './line-words.ts';

/** Names that are told; a room of hundreds is told by its number. */
const MAX_NAMES = 8;

/** "Online at station. Microphone closed. ..." */
export function statusWords(state: State): string {
  const parts = [linkWords(state), microphoneWords(state), ...hereWords(state), ...pathWords(state)];
  const keeping = recordersLabel(state);
  return [...parts, ...(keeping === '' ? [] : [`${keeping}.`]), ...warnings(state)].join(' ');
}

export function linkWords({ link, target }: Pick<State, 'link' | 'target'>): string {
  const where = cleanLine(target);
  switch (link.at) {
    case 'connecting':
      return `Connecting to ${where}.`;
    case 'online':
      return `Online at ${where}.`;
    case 'offline':
      return `Offline: ${sentence(link.reason)} It is tried again and again.`;
    case 'failed':
      return `Not connected: ${sentence(link.reason)}`;
  }
}

/** What the microphone does, and whether anybody can hear it. */
export function microphoneWords({ voice, link, sound }: Pick<State, 'voice' | 'link' | 'sound'>): string {
  const { input } = voice;
  if (voice.absent) return 'There is no sound here; who talks is told.';
  if (sound.loopback !== 'off') return 'Test of sound: only you hear yourself.';
  if (input.state === 'missing' || input.state === 'lost')
    return `There is no microphone${deafWords(voice)}.`;
  const heard = link.at === 'online' || (link.at !== 'failed' && link.voice);
  const open = voice.mode === 'push' ? voice.talking : !voice.muted;
  if (voice.muted) return `Microphone muted${deafWords(voice)}.`;
  if (open && !heard) return `Microphone open, but nobody hears you${deafWords(voice)}.`;
  return `Microphone ${openWords(voice, open)}${deafWords(voice)}.`;
}

function openWords({ mode }: VoiceState, open: boolean): string {
  if (mode === 'voice') return 'open when you speak';
  return open ? 'open' : 'closed';
}

function deafWords({ deafened }: VoiceState): string {
  return deafened ? ', and you hear nobody' : '';
}

function hereWords(state: State): readonly string[] {
  const room = currentRoom(state);
  if (!room) return ['You are in no room.'];
  const others = room.members.filter(({ id }) => id !== state.self.member);
  const talking = others.filter((member) => member.talking).map(({ name }) => cleanLine(name));
  return [
    `You are in ${placeWords(room)} ${withWords(others.map(({ name }) => cleanLine(name)))}.`,
    ...(talking.length > 0 ? [`${talking.slice(0, MAX_NAMES).join(', ')} talking.`] : []),
    ...unreadWords(state),
  ];
}

function withWords(names: readonly string[]): string {
  if (names.length === 0) return 'alone';
  if (names.length > MAX_NAMES) return `with ${names.length} others`;
  return `with ${names.join(', ')}`;
}

function unreadWords({ rooms }: State): readonly string[] {
  const unread = rooms.filter((room) => room.unread > 0);
  if (unread.length === 0) return [];
  const each = unread.slice(0, MAX_NAMES).map((room) => `${room.unread} in ${placeWords(room)}`);
  return [`Unread: ${each.join(', ')}.`];
}

function pathWords({ stats, link }: State): readonly string[] {
  if (!stats || link.at !== 'online' || stats.rttMs === null) return [];
  const percent = (share: number | null): string =>
    share === null ? 'unknown' : `${Math.round(share * 100)} %`;
  const loss = `loss out ${percent(stats.lossUp)}, in ${percent(stats.lossDown)}`;
  return [`Round trip ${Math.round(stats.rttMs)} ms, ${loss}, by ${stats.carrierUp}.`];
}

/** There is no pane to look into. */
const PANE_HINT = 'F2 says';

/** What else the user should know, but for what linkWords said. */
export function warnings(state: State): readonly string[] {
  const alerts = alertsOf(state).map((words) => sentence(words.replace(PANE_HINT, 'voipterm doctor says')));
  return state.link.at === 'offline' || state.link.at === 'failed' ? alerts.slice(1) : alerts;
}

function sentence(text: string): string {
  const clean = cleanLine(text);
  return /[.!?]$/.test(clean) ? clean : `${clean}.`;
}

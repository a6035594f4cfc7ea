/**
 * What a guest may do. Pure, and a boundary: a guest's session runs in the station's process, so that a command which touches
 * files, devices, sockets or programs of the machine that it runs on would touch the station's.
 *
 * A command that is not in the table is refused; a test asks that each one that there is stands here.
 */
import type { Command } from '../session/commands.ts';

/** 'allowed', or what the command needs that is on a guest's own machine only. */
type Rule = 'allowed' | 'sound' | 'files' | 'forwards' | 'settings' | 'shell';

export const GUEST_RULES: Readonly<Record<string, Rule>> = {
  // Text and people: requests to the station, which judges a guest like any member.
  post: 'allowed',
  join: 'allowed',
  leave: 'allowed',
  show: 'allowed',
  rooms: 'allowed',
  who: 'allowed',
  msg: 'allowed',
  edit: 'allowed',
  delete: 'allowed',
  reply: 'allowed',
  older: 'allowed',
  newer: 'allowed',
  newest: 'allowed',
  jump: 'allowed',
  search: 'allowed',
  'search-more': 'allowed',
  'search-close': 'allowed',
  away: 'allowed',
  'focus-people': 'allowed',
  quiet: 'allowed',
  whois: 'allowed',
  nick: 'allowed',
  topic: 'allowed',
  outbox: 'allowed',
  // What a moderator does, the station does, if the role allows it.
  kick: 'allowed',
  ban: 'allowed',
  unban: 'allowed',
  bans: 'allowed',
  silence: 'allowed',
  role: 'allowed',
  'room-rules': 'allowed',
  invite: 'allowed',
  invites: 'allowed',
  uninvite: 'allowed',
  redeem: 'allowed',
  audit: 'allowed',
  trust: 'allowed',
  // What is wanted of people is in the guest's own memory and ends with the visit.
  hear: 'allowed',
  people: 'allowed',
  focus: 'allowed',
  look: 'allowed',
  notice: 'allowed',
  // The rest would act on the station's machine.
  talk: 'sound',
  push: 'sound',
  'talk-mode': 'sound',
  devices: 'sound',
  loopback: 'sound',
  mute: 'sound',
  deafen: 'sound',
  volume: 'sound',
  record: 'sound',
  'record-stop': 'sound',
  keep: 'sound',
  replay: 'sound',
  'file-send': 'files',
  'file-accept': 'files',
  'file-decline': 'files',
  'file-cancel': 'files',
  files: 'files',
  forward: 'forwards',
  unforward: 'forwards',
  forwards: 'forwards',
  setting: 'settings',
  'settings-undo': 'settings',
  'settings-reload': 'settings',
  'settings-export': 'settings',
  'settings-import': 'settings',
  'setting-check': 'settings',
  reconnect: 'settings',
  'path-test': 'settings',
  'shell-open': 'shell',
  'shell-close': 'shell',
  'shell-name': 'shell',
  'shell-record': 'shell',
  'shell-share': 'shell',
  'shell-show': 'shell',
  'shell-tab': 'shell',
  'shell-unshare': 'shell',
};

const WHAT: Readonly<Record<Exclude<Rule, 'allowed'>, string>> = {
  sound: 'Voice',
  files: 'Reading and writing files',
  forwards: 'Forwarding',
  settings: 'Keeping settings',
  shell: 'A shell of your own',
};

/** Of commands that the interface gives by itself, nobody has to be told that nothing happened. */
const SILENT = new Set<Command['do']>(['devices']);

/**
 * Undefined if a guest may do it, else the sentence that says why not ("" where nobody asked for it).
 * @param clientCommand how a client of one's own connects: "voipterm ann@host:2222".
 */
export function guestRefusal(command: Command, clientCommand: string): string | undefined {
  const rule = Object.hasOwn(GUEST_RULES, command.do) ? GUEST_RULES[command.do] : 'files';
  if (rule === 'allowed') return undefined;
  if (SILENT.has(command.do)) return '';
  return needsClient(WHAT[rule ?? 'files'], clientCommand);
}

/** "Voice needs voipterm on your own machine: ..." */
export function needsClient(what: string, clientCommand: string): string {
  return `${what} needs voipterm on your own machine: install it there, then run ${clientCommand}`;
}

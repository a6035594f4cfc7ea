/**
 * Every command as it may come through the local socket. Pure.
 *
 * The type test at the end fails to compile when a command of session/commands.ts is missing here, or differs. What a
 * command means with these values (whether there is such a room, how long a message may be) is the session's to judge.
 */
import { z } from 'zod';
import type { Command } from '../session/commands.ts';

/** Longest text of a command, UTF-16 units: one of these in a line still fits. */
const MAX_TEXT = 32 * 1024;

const text = z.string().max(MAX_TEXT);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const on = z.boolean();
const room = text;
const name = text;
const which = z.object({
  seq: count.exactOptional(),
  back: count.exactOptional(),
  from: text.exactOptional(),
});
const say = z.literal(true).exactOptional();

function command<const Do extends string, Fields extends z.ZodRawShape>(what: Do, fields: Fields) {
  return z.object({ do: z.literal(what), ...fields });
}

const said = [
  command('post', { room, text, action: z.literal(true).exactOptional() }),
  command('msg', { name, text }),
  command('edit', { room, text, which: which.exactOptional() }),
  command('delete', { room, which: which.exactOptional() }),
  command('reply', { room, text, which: which.exactOptional() }),
  command('topic', { room, text: text.nullable() }),
  command('notice', { text }),
] as const;

const places = [
  command('join', { room }),
  command('leave', { room }),
  command('show', { room }),
  command('rooms', {}),
  command('who', { room }),
  command('older', { room }),
  command('newer', { room }),
  command('newest', { room }),
  command('jump', { room, seq: count }),
  command('search', { query: text, room: room.nullable() }),
  command('search-more', {}),
  command('search-close', {}),
  command('outbox', {}),
] as const;

const people = [
  command('away', { text: text.nullable() }),
  command('focus-people', { names: z.array(name).max(256).readonly().nullable() }),
  command('quiet', { on }),
  command('look', { on }),
  command('whois', { name }),
  command('nick', { name }),
  command('volume', { name, db: z.number().min(-100).max(100) }),
  command('hear', { name, what: z.enum(['muted', 'blocked', 'ignored', 'priority']), on }),
  command('people', {}),
] as const;

const voice = [
  command('talk', { on, latched: on.exactOptional() }),
  command('push', { how: z.enum(['down', 'up', 'toggle']) }),
  command('talk-mode', { mode: z.enum(['push', 'voice', 'continuous']) }),
  command('devices', {}),
  command('loopback', { mode: z.enum(['off', 'direct', 'delayed']) }),
  command('focus', { gained: on }),
  command('mute', { on }),
  command('deafen', { on }),
  command('record', { format: z.enum(['wav', 'ogg']).nullable(), directory: text.nullable() }),
  command('record-stop', {}),
  command('keep', { on }),
  command('replay', { seconds: z.number().min(0).max(3600), name: name.nullable() }),
] as const;

const settings = [
  command('setting', { path: text, text: text.nullable(), say }),
  command('settings-undo', { say }),
  command('settings-reload', { say }),
  command('settings-export', { file: text, say }),
  command('settings-import', { file: text, say }),
  command('reconnect', { say }),
  command('setting-check', { path: text, text }),
  command('path-test', {}),
] as const;

const tunnel = [
  command('forward', { option: text, spec: text }),
  command('unforward', { id: count }),
  command('forwards', {}),
] as const;

const files = [
  command('file-send', { path: text, to: room }),
  command('file-accept', { number: count.nullable(), directory: text.nullable() }),
  command('file-decline', { number: count.nullable() }),
  command('file-cancel', { number: count.nullable() }),
  command('files', {}),
] as const;

const shells = [
  command('shell-open', { kind: z.enum(['local', 'station', 'ssh', 'watch']), target: text }),
  command('shell-tab', { step: z.union([z.literal(1), z.literal(-1)]) }),
  command('shell-show', { place: count }),
  command('shell-close', {}),
  command('shell-name', { name }),
  command('shell-share', { to: text, write: on }),
  command('shell-unshare', {}),
  command('shell-record', { file: text.nullable() }),
] as const;

const place = room.nullable();
const seconds = count.nullable();
const reason = text;
const role = z.enum(['guest', 'member', 'moderator', 'owner']);
const least = role.exactOptional();
const rules = z.object({
  private: on.exactOptional(),
  maxMembers: count.nullable().exactOptional(),
  slowS: count.exactOptional(),
  read: least,
  post: least,
  speak: least,
  topic: least,
  invite: least,
});

const moderation = [
  command('kick', { room: place, who: name, reason }),
  command('ban', { room: place, who: name, seconds, reason, address: on }),
  command('unban', { room: place, who: name }),
  command('silence', { room, who: name, on, seconds, reason }),
  command('role', { room: place, who: name, role: role.nullable() }),
  command('bans', { room: place }),
  command('room-rules', { room, change: rules }),
  command('invite', { room: place, uses: count, seconds: count, role: z.enum(['guest', 'member']) }),
  command('invites', {}),
  command('uninvite', { id: text }),
  command('redeem', { line: text }),
  command('audit', { room: place }),
  command('trust', { name }),
] as const;

export const commandSchema = z.discriminatedUnion('do', [
  ...said,
  ...places,
  ...people,
  ...voice,
  ...settings,
  ...tunnel,
  ...shells,
  ...files,
  ...moderation,
]);

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Does not compile unless both have the same commands. */
export const SAME_COMMANDS: Same<z.infer<typeof commandSchema>, Command> = true;

/** Roles, rooms' rules and invitations as a user has them: asks the station, and tells what came of it. */
import { VoiptermError } from '../errors.ts';
import { formatInvite } from '../net/control/invite-line.ts';
import type { Ask, StationNotification } from '../net/control/schema.ts';
import { formatTarget, parseTarget } from '../net/control/target.ts';
import type { ClientStore } from '../store/client.ts';
import { durationWords } from './durations.ts';
import type { Caller } from './history.ts';
import type { LiveState } from './live-state.ts';
import type { ModerationCommand } from './moderation-commands.ts';
import {
  measureLine,
  moderatedWords,
  roomLines,
  settingsWords,
  timeWords,
  whereWords,
} from './moderation-words.ts';
import { NameWatch } from './name-watch.ts';
import type { Text } from './text.ts';

/** Entries of a list that a notice shows; `voipterm station` shows all of them. */
const MAX_LISTED = 20;

export interface ModeratingOptions {
  readonly live: LiveState;
  readonly call: Caller;
  readonly names: NameWatch;
  /** Where the user connected to, as it was written, and the station's host key. */
  readonly station: () => { readonly target: string; readonly fingerprint: string | undefined };
  readonly join: (room: string) => Promise<void>;
  /** We are out of a room, whatever the reason. */
  readonly removed: (room: string, text: string) => Promise<void>;
}

type Moderated = Extract<
  StationNotification,
  { readonly method: 'room.moderated' | 'room.removed' | 'removed' }
>;

export class Moderating {
  readonly #options: ModeratingOptions;

  constructor(options: ModeratingOptions) {
    this.#options = options;
  }

  /** Carries a command out; rejects with what went wrong. */
  do(command: ModerationCommand): Promise<void> | void {
    switch (command.do) {
      case 'kick':
      case 'ban':
      case 'unban':
      case 'silence':
      case 'role':
        return this.#measure(command);
      case 'bans':
        return this.#bans(command.room);
      case 'room-rules':
        return this.#rules(command.room, command.change);
      case 'invite':
        return this.#invite(command);
      case 'invites':
        return this.#invites();
      case 'uninvite':
        return this.#uninvite(command.id);
      case 'redeem':
        return this.#redeem(command.line);
      case 'audit':
        return this.#audit(command.room);
      case 'trust':
        return this.#options.names.trust(command.name);
    }
  }

  notified({ method, params }: Moderated): void {
    const { live } = this.#options;
    if (method === 'room.removed') {
      void this.#options.removed(params.room, params.text);
    } else if (method === 'room.moderated') {
      const { room, what } = params;
      live.notice(moderatedWords(params), room === null ? {} : { room });
      if (what === 'role' || what === 'settings') void this.#refresh(room);
    }
    // `removed` ends the connection, whose phase says so.
  }

  /** Roles show in the lists of members. */
  async #refresh(place: string | null): Promise<void> {
    const { live, call } = this.#options;
    const joined = live.now.rooms.filter(
      ({ name, kind, joined: is }) => kind === 'room' && is && name !== '',
    );
    for (const { name: room } of joined) {
      if (place !== null && room !== place) continue;
      const answer = await call('room.who', { room }).catch(() => undefined); // it was made private, or the link broke
      if (answer) live.apply({ kind: 'joined', room, members: answer.members });
    }
  }

  async #measure(
    command: Extract<ModerationCommand, { do: 'kick' | 'ban' | 'unban' | 'silence' | 'role' }>,
  ): Promise<void> {
    const { call } = this.#options;
    const { room, who } = command;
    switch (command.do) {
      case 'kick':
        return this.#asked(call('moderate.kick', { room, who, ...because(command.reason) }), room);
      case 'ban': {
        const { seconds, reason, address } = command;
        const ask = { room, who, ...lasting(seconds), ...because(reason), ...(address ? { address } : {}) };
        return this.#asked(call('moderate.ban', ask), room);
      }
      case 'unban':
        return this.#asked(call('moderate.unban', { room, who }), room);
      case 'silence': {
        const { room: where, on, seconds, reason } = command;
        const ask = { room: where, who, on, ...lasting(seconds), ...because(reason) };
        return this.#asked(call('moderate.mute', ask), where);
      }
      case 'role':
        return this.#asked(call('moderate.role', { room, who, role: command.role }), room);
    }
  }

  /** Who is in the room is told by the station, and so are we; who moderates another one is told that it was done. */
  async #asked(answer: Promise<unknown>, room: string | null): Promise<void> {
    await answer;
    const { live } = this.#options;
    const told = room === null || live.now.rooms.some(({ name, joined }) => name === room && joined);
    if (!told) live.notice(`done in #${room}`);
  }

  async #bans(room: string | null): Promise<void> {
    const { bans, silences } = await this.#options.call('moderate.list', { room });
    const lines = [
      ...bans.map((each) => measureLine('banned:', each)),
      ...silences.map((each) => measureLine('silenced:', each)),
    ];
    this.#tell(`Bans and silences of ${whereWords(room)}`, lines);
  }

  async #rules(room: string, change: Ask<'room.configure'>['change']): Promise<void> {
    const { call, live } = this.#options;
    if (Object.keys(change).length > 0) {
      const settings = await call('room.configure', { room, change });
      const inside = live.now.rooms.some(({ name, joined }) => name === room && joined);
      if (!inside) live.notice(`#${room}: ${settingsWords(settings)}`);
      return;
    }
    live.notice(roomLines(await call('room.info', { room })).join('\n'));
  }

  async #invite({ room, uses, seconds, role }: Extract<ModerationCommand, { do: 'invite' }>): Promise<void> {
    const { call, live, station } = this.#options;
    const { target, fingerprint } = station();
    if (fingerprint === undefined)
      throw new VoiptermError('control.unreachable', 'not connected to the station');
    const made = await call('invite.create', { room, uses, seconds, role });
    const way = made.host === undefined ? wayTo(target) : { host: made.host, port: made.port ?? null };
    if (!way) {
      await call('invite.revoke', { id: made.id });
      throw new VoiptermError(
        'control.forbidden',
        'this is your own station, which only this machine reaches: run "voipterm serve --listen 0.0.0.0:2222" to invite others',
      );
    }
    const text = formatTarget({
      user: null,
      host: way.host,
      port: way.port ?? wayTo(target)?.port ?? 0,
      portNamed: true,
      room,
    });
    live.notice(
      [
        `Send this line to ${uses === 1 ? 'one friend' : `up to ${uses} friends`}; it is good for ${durationWords(seconds)} and makes them ${role}s (withdraw it: /uninvite ${made.id}):`,
        `voipterm '${formatInvite(text, { fingerprint, token: made.token })}'`,
      ].join('\n'),
    );
  }

  async #invites(): Promise<void> {
    const { invites } = await this.#options.call('invite.list', {});
    const lines = invites.map(
      ({ id, state, room, role, left, uses, expires, by }) =>
        `${id} ${state}: ${role} of ${whereWords(room)}, ${left} of ${uses} left${expires === null ? '' : `, until ${timeWords(expires)} UTC`}, by ${by}`,
    );
    this.#tell('Invitations', lines);
  }

  async #uninvite(id: string): Promise<void> {
    await this.#options.call('invite.revoke', { id });
    this.#options.live.notice(`The invitation ${id} lets nobody in any more.`);
  }

  /** An invitation to another station cannot be followed from here; one to this station may open a room. */
  async #redeem(line: string): Promise<void> {
    const { call, station, join } = this.#options;
    const { invite, room } = parseTarget(line);
    const here = station().fingerprint;
    if (!invite || invite.fingerprint !== here) {
      throw new VoiptermError(
        'usage.invalid',
        "that leads to another station: /quit and run voipterm with it, in single quotes (voipterm '...')",
      );
    }
    const given = await call('invite.redeem', { token: invite.token });
    const to = given.room ?? room;
    if (to !== null) await join(to);
  }

  async #audit(room: string | null): Promise<void> {
    const { entries } = await this.#options.call('audit.list', { room, limit: MAX_LISTED });
    const lines = entries.map(({ at, by, action, room: where, target, detail }) =>
      `${timeWords(at)} ${by}: ${action} ${target} ${where === null ? '' : `in #${where}`} ${detail}`.trimEnd(),
    );
    this.#tell(`What was done in ${whereWords(room)}`, lines);
  }

  #tell(title: string, lines: readonly string[]): void {
    const more = lines.length > MAX_LISTED ? [`and ${lines.length - MAX_LISTED} more`] : [];
    this.#options.live.notice(
      [`${title}:${lines.length === 0 ? ' none' : ''}`, ...lines.slice(0, MAX_LISTED), ...more].join('\n'),
    );
  }
}

function because(reason: string): { reason?: string } {
  return reason === '' ? {} : { reason };
}

function lasting(seconds: number | null): { seconds?: number } {
  return seconds === null ? {} : { seconds };
}

/** Where we came by ourselves is a way for others too; undefined where the target is no host ("(this machine)"). */
function wayTo(target: string): { host: string; port: number } | undefined {
  try {
    const { host, port } = parseTarget(target);
    return { host, port };
  } catch {
    return undefined;
  }
}

interface SessionParts {
  readonly live: LiveState;
  readonly call: Caller;
  readonly store: Pick<ClientStore, 'names'>;
  readonly target: string;
  readonly text: Text;
}

/** The part of a session that this file is. */
export function makeModerating({ live, call, store, target, text }: SessionParts): Moderating {
  const { archive, membership } = text;
  const station = (): string | undefined => archive.station;
  return new Moderating({
    live,
    call,
    names: new NameWatch({ live, names: store.names, station }),
    station: () => ({ target, fingerprint: station() }),
    join: (room) => membership.join(room),
    removed: (room, why) => membership.removed(room, why),
  });
}

/** `voipterm station invite|revoke`: the line that brings a friend in. */
import { VoiptermError } from '../errors.ts';
import { formatInvite } from '../net/control/invite-line.ts';
import { formatTarget, parseTarget } from '../net/control/target.ts';
import type { AdminAnswer } from '../station/admin-schema.ts';
import { printToStderr } from './output.ts';
import { asker, roomOf, type StationCommandOptions, secondsOf, show } from './station-asking.ts';

export interface InviteOptions extends StationCommandOptions {
  readonly uses?: number;
  readonly expires?: string;
  readonly role?: 'guest' | 'member';
  readonly host?: string;
}

/** How long an invitation lasts unless told otherwise, s: a weekend between. */
const INVITE_S = 7 * 86_400;

/** Prints the line to send to a friend, and nothing else, on stdout. */
export async function stationInvite(options: InviteOptions): Promise<void> {
  const ask = asker(options);
  const room = roomOf(options);
  const seconds = options.expires === undefined ? INVITE_S : secondsOf(options.expires, '--expires');
  const status = await ask('station.status', {});
  const outside = outsideOf(options.host, status);
  const made = await ask('invite.create', {
    room,
    uses: options.uses ?? 1,
    seconds,
    role: options.role ?? 'member',
  });
  const target = formatTarget({ user: null, ...outside, portNamed: true, room });
  const line = formatInvite(target, { fingerprint: status.fingerprint, token: made.token });
  const { id, expires } = made;
  await show(options, { line, id, room, expires }, () => [line]);
  if (isLoopback(outside.host)) {
    await printToStderr(
      'voipterm: this line works on this machine only: let the station listen on an address of the network, or give --host',
    );
  }
}

/** Where a friend finds the station. A station that listens on all addresses does not know which is meant. */
function outsideOf(
  host: string | undefined,
  { publicName, host: listens, port }: AdminAnswer<'station.status'>,
): { host: string; port: number } {
  if (host !== undefined) {
    const target = parseTarget(host);
    return { host: target.host, port: /:[0-9]+$/.test(host) ? target.port : port };
  }
  if (publicName) return publicName;
  if (listens !== '0.0.0.0' && listens !== '::') return { host: listens, port };
  throw new VoiptermError(
    'config.invalid',
    'the station listens on all addresses and does not know what the outside calls it: give --host HOST[:PORT], or set station.public_name',
  );
}

function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || host.startsWith('127.');
}

export async function stationRevoke(id: string, options: StationCommandOptions): Promise<void> {
  const answer = await asker(options)('invite.revoke', { id });
  await show(options, answer, () => [`The invitation ${id} lets nobody in any more.`]);
}

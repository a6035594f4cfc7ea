/** [station]: what "voipterm serve" listens on, whom it lets in and what it allows. Pure data; config.ts joins the sections. */
import { z } from 'zod';
import { ROLES } from '../../net/control/roles.ts';
import { isListen, isTarget } from '../../net/control/target.ts';
import { isListenRule, isReachRule } from '../../net/forward/access.ts';
import { MAX_FURTHER_UDP_PORTS } from '../../net/protocol/constants.ts';
import { MAX_VOICE_BITRATE } from '../../station/limits.ts';
import { checkedText, choice, list, live, MAX_TEXT, text, whole, yesNo, type Setting } from '../setting.ts';
import { ownerKey } from './owner-key.ts';
import { roomList } from './room-list.ts';

/** Most rooms that a station makes at its start: the list stays something that a person wrote. */
const MAX_STATION_ROOMS = 256;

/** Most forward rules of each kind: a list that a person wrote. */
const MAX_FORWARD_RULES = 1024;

/** More owners than share one machine. */
const MAX_OWNERS = 64;

const isPort = (text: string): boolean => /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;

export const STATION = {
  listen: checkedText(
    '127.0.0.1:2222',
    isListen,
    'ADDRESS:PORT, such as "0.0.0.0:2222" or "[::]:2222"',
    'Address and port, TCP and UDP; "0.0.0.0:2222" lets other machines in, port 0 picks a free one.',
  ),
  further_udp_ports: list(
    z.preprocess((port) => (typeof port === 'number' ? String(port) : port), z.string().refine(isPort)),
    { min: 0, max: MAX_FURTHER_UDP_PORTS },
    `a list of at most ${MAX_FURTHER_UDP_PORTS} different UDP ports, such as [443, 53]`,
    [],
    'Further UDP ports for voice and forwards, best first, for networks that block the first.',
  ),
  listen_tls: checkedText(
    '',
    (value) => value === '' || isListen(value),
    '"" or ADDRESS:PORT, such as "0.0.0.0:443" or "[::]:443"',
    'Further address and port that takes SSH inside TLS, such as "0.0.0.0:443"; "" for none.',
  ),
  tls_cert: text(
    '',
    'Certificate for listen_tls, a PEM file with its chain; "" is one that the station makes.',
  ),
  tls_key: text('', 'Key of tls_cert, a PEM file.'),
  data: text('', 'Directory of the station\'s key and messages; "" is station in the data directory.'),
  authorized_keys: text(
    '',
    'Public keys that may enter, as in OpenSSH; "" is authorized_keys in the station\'s directory.',
  ),
  open: live(yesNo(false, 'Lets any key in; a name then belongs to the first key that took it.')),
  open_role: live(
    choice(
      ['guest', 'member'],
      'member',
      'What a key is that only open lets in: guests make no rooms and forward nothing unless you say so.',
    ),
  ),
  owners: live(
    list(
      z
        .string()
        .max(MAX_TEXT)
        .refine((key) => ownerKey(key) !== undefined),
      { min: 0, max: MAX_OWNERS },
      'a list of different keys, as "SHA256:..." or "ssh-ed25519 AAAA..."',
      [],
      'Keys that may do everything at this station, as "SHA256:..." or "ssh-ed25519 AAAA...".',
    ),
  ),
  may_make_rooms: live(choice(ROLES, 'member', 'The least role that makes rooms by joining them.')),
  may_forward: live(choice(ROLES, 'member', 'The least role that allow_forward and allow_listen are for.')),
  may_invite: live(choice(ROLES, 'moderator', 'The least role that invites people to the station.')),
  public_name: live(
    checkedText(
      '',
      (value) => value === '' || isTarget(value),
      '"", HOST or HOST:PORT, such as "chat.example.org:2222"',
      'What the outside calls it, for invitations: HOST or HOST:PORT.',
    ),
  ),
  shell: live(
    list(
      z
        .string()
        .max(MAX_TEXT)
        .refine((key) => key === 'owners' || ownerKey(key) !== undefined),
      { min: 0, max: MAX_OWNERS },
      'a list of different keys, as "SHA256:..." or "ssh-ed25519 AAAA...", or ["owners"]',
      [],
      'Who may have a shell on the station\'s host, as the station\'s user: keys, or ["owners"]; nobody by default.',
    ),
  ),
  allow_forward: live(
    list(
      z.string().max(MAX_TEXT).refine(isReachRule),
      { min: 0, max: MAX_FORWARD_RULES },
      'a list of different HOST:PORT or HOST:PORT/udp, such as "db.example.org:5432", "10.0.0.0/8:*" or "*:53/udp"',
      [],
      'What members may reach through it, as HOST:PORT[/udp] with patterns; see docs/forwarding.md.',
    ),
  ),
  allow_listen: live(
    list(
      z.string().max(MAX_TEXT).refine(isListenRule),
      { min: 0, max: MAX_FORWARD_RULES },
      'a list of different PORT, BIND:PORT or these with /udp, such as "8080", "*:9000-9100" or "*:27015/udp"',
      [],
      'Where members may have it listen, as [BIND:]PORT[/udp]; without BIND on its loopback.',
    ),
  ),
  name: live(
    checkedText(
      'voipterm',
      (value) => value.length >= 1 && value.length <= 64,
      '1 to 64 characters without control characters',
      'What the station calls itself.',
    ),
  ),
  max_members: whole(1, 10_000, 500, 'Most connections of admitted members at one time.'),
  max_guests: whole(
    0,
    200,
    32,
    'Most people at one time who come with a plain ssh and have the chat drawn for them here; 0 for none.',
  ),
  guest_idle_min: whole(
    0,
    10_080,
    720,
    'Minutes without a key after which such a guest is asked to leave; 0 for never.',
  ),
  max_unauthenticated: whole(1, 1000, 64, 'Most connections that have not proved who they are.'),
  handshake_timeout_s: whole(1, 300, 20, 'Seconds in which a connection must prove who it is.'),
  rooms: live(roomList(0, MAX_STATION_ROOMS, 'Rooms that always exist.')),
  max_file_mb: live(
    whole(0, 1_000_000, 1024, 'Largest file that members may send each other, megabytes; 0 for none at all.'),
  ),
  max_voice_bitrate: whole(
    0,
    10_000_000,
    MAX_VOICE_BITRATE,
    "Most that one member's voice may take, bit/s with all its redundancy; 0 for no bound.",
  ),
  allow_recording: live(
    yesNo(true, 'Members may record what is said, which the room is told, and keep its last seconds.'),
  ),
} as const satisfies Record<string, Setting>;

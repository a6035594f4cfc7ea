/** [client]: who you are, which station, and the way to it. Pure data; config.ts joins the sections. */
import { MAX_ROOMS_PER_MEMBER, memberName } from '../../net/control/schema.ts';
import { isTarget } from '../../net/control/target.ts';
import { checkedText, choice, reconnect, text, whole, yesNo, type Setting } from '../setting.ts';
import { isJumps, isProxy } from '../way.ts';
import { roomList } from './room-list.ts';

const HOST_KEY_CHECKS = ['tofu', 'strict'] as const;

export const CLIENT = {
  name: reconnect(
    checkedText(
      '',
      (value) => value === '' || memberName.safeParse(value).success,
      '"" or a name of 1 to 32 of A-Z a-z 0-9 . _ - that starts with a letter or digit',
      'Your name in rooms; "" is the name of the operating system\'s user.',
    ),
  ),
  identity: reconnect(
    text('', 'Your SSH key: "" is a key of our own, "agent" asks ssh-agent, else the path of a file.'),
  ),
  known_hosts: reconnect(
    text('', 'File that remembers stations\' host keys; "" is known_hosts in the data directory.'),
  ),
  host_key_check: reconnect(
    choice(
      HOST_KEY_CHECKS,
      'tofu',
      'An unknown host key: "tofu" trusts it on first use, "strict" refuses it.',
    ),
  ),
  proxy: reconnect(
    checkedText(
      '',
      isProxy,
      '"" or http://[user:password@]host:port or socks5://[user:password@]host:port',
      'Proxy that TCP goes out by, as "http://user:password@host:3128" or "socks5://host:1080"; "" for none.',
    ),
  ),
  jump: reconnect(
    checkedText(
      '',
      isJumps,
      '"", "none" or [user@]host[:port],...',
      'SSH hosts on the way to the station, as [user@]host[:port],...; "" asks ~/.ssh/config, "none" for none.',
    ),
  ),
  tls_port: reconnect(
    whole(
      0,
      65_535,
      443,
      'Port of the station where SSH inside TLS is tried when plain SSH gets nowhere; 0 for never.',
    ),
  ),
  ssh_config: reconnect(
    yesNo(true, 'Heeds HostName, Port, User, IdentityFile and ProxyJump for the station in ~/.ssh/config.'),
  ),
  target: checkedText(
    '',
    (value) => value === '' || isTarget(value),
    '"" or [user@]host[:port][/room]',
    'Station to open without an argument, as [user@]host[:port][/room]; "" is the last used.',
  ),
  rooms: roomList(1, MAX_ROOMS_PER_MEMBER, 'Rooms to join at the start.'),
} as const satisfies Record<string, Setting>;

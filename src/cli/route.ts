/** From a target to connect options: who we are, where the station is, and the way there, with ~/.ssh/config's help. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_PORT, type Target } from '../net/control/target.ts';
import type { ConnectOptions, Identity, Jump } from '../net/tunnel/messages.ts';
import { isEncrypted, loadKey } from '../store/identity.ts';
import type { Context } from './context.ts';
import { configuredPath } from './paths.ts';
import { SshConfig, type SshHost } from './ssh-config.ts';
import { type JumpSpec, parseJumps, parseProxy } from './way.ts';

/** Where an SSH host listens that is no station. */
const SSH_PORT = 22;
/** OpenSSH's own files of the whole machine. */
const SYSTEM_KNOWN_HOSTS = '/etc/ssh/ssh_known_hosts';
const NOTHING_SAID: SshHost = { identityFiles: [] };

export interface Who {
  /** The configured name or the operating system's; asked only when nobody else says one. */
  readonly name: (sshUser: string | undefined) => string;
  readonly identity: () => Identity;
}

/** Everything that connecting to a target takes. Throws 'config.invalid', 'usage.invalid', 'identity.unreadable'. */
export function routeTo({ config, paths }: Context, target: Target, who: Who): ConnectOptions {
  const { sshConfig, jump, proxy, tlsPort, knownHosts, hostKeyCheck, identity } = config.client;
  const ssh = sshConfig ? SshConfig.read(paths.home) : undefined;
  const said = ssh?.of(target.host, target.user) ?? NOTHING_SAID;
  const named = target.portNamed || target.port !== DEFAULT_PORT;
  const hostKey = {
    by: 'known-hosts',
    file: configuredPath(knownHosts, paths.knownHosts, paths.home),
    unknown: hostKeyCheck,
  } as const;
  const { invite } = target;
  const user = target.user ?? who.name(said.user);
  const own = (identity === '' && stationKey(said.identityFiles)) || who.identity();
  const openSsh = [join(paths.home, '.ssh', 'known_hosts'), SYSTEM_KNOWN_HOSTS];
  const through = parseProxy(proxy);
  return {
    host: said.hostName ?? target.host,
    port: named ? target.port : (said.port ?? target.port),
    user,
    identity: own,
    hostKey: invite ? { ...hostKey, expected: invite.fingerprint } : hostKey,
    suites: config.crypto.suites,
    ...(invite ? { invite: invite.token } : {}),
    path: {
      ...(through ? { proxy: through } : {}),
      jumps: parseJumps(jump || (said.proxyJump ?? '')).map((spec) =>
        jumpTo(spec, ssh, { user, identity: own, hostKey: { ...hostKey, also: openSsh } }),
      ),
      tlsPort,
    },
  };
}

/** A jump host is an entry of ~/.ssh/config in its own right, but for its own ProxyJump. */
function jumpTo(
  { user, host, port }: JumpSpec,
  ssh: SshConfig | undefined,
  usual: Pick<Jump, 'user' | 'identity' | 'hostKey'>,
): Jump {
  const said = ssh?.of(host, user) ?? NOTHING_SAID;
  return {
    host: said.hostName ?? host,
    port: port ?? said.port ?? SSH_PORT,
    user: user ?? said.user ?? usual.user,
    identity: anyKey(said.identityFiles) ?? usual.identity,
    hostKey: usual.hostKey,
  };
}

/** The first of the files that is an Ed25519 key which a station takes; a key behind a passphrase is the agent's to use. */
function stationKey(files: readonly string[]): Identity | undefined {
  for (const file of files) {
    try {
      return { from: 'key', privateKey: loadKey(file).privateKey };
    } catch {
      // not there, of another type, or with a passphrase: the next one
    }
  }
  return files.length > 0 ? agent() : undefined;
}

/** Jump hosts take keys of any type. */
function anyKey(files: readonly string[]): Identity | undefined {
  for (const file of files) {
    try {
      const privateKey = readFileSync(file, 'utf8');
      if (!isEncrypted(privateKey)) return { from: 'key', privateKey };
    } catch {
      // not there: the next one
    }
  }
  return files.length > 0 ? agent() : undefined;
}

function agent(): Identity | undefined {
  const socket = process.env.SSH_AUTH_SOCK;
  return socket ? { from: 'agent', socket } : undefined;
}

/** The terminals that an interface on this machine may have, and how a shell's connections come to leave from the station. */
import { sentenceOf, VoiptermError } from '../errors.ts';
import { launchLocal } from '../session/shell-local.ts';
import type { Launch } from '../session/shell-program.ts';
import type { ShellTools } from '../session/shell-tools.ts';
import { type SocksProxy, tunnelEnv } from '../session/shell-tunnel.ts';
import type { ShellPrograms } from '../session/shells.ts';
import type { Context } from './context.ts';
import { proxyCommand, writeSshWrapper } from './ssh-wrapper.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** @param embedded the station is our own on this machine: connections leave from here either way. */
export function shellPrograms(
  context: () => Context,
  env: Env,
  embedded: boolean,
): (tools: ShellTools) => ShellPrograms {
  return (tools) => ({
    local: (tunneled) => localShell({ context, env, embedded, tools, tunneled }),
    station: tools.station,
    ssh: (target) => sshLater(context, tools, target),
    get scrollback() {
      return context().config.shell.scrollback;
    },
  });
}

/** The library is loaded when somebody asks for it. */
function sshLater(context: () => Context, tools: ShellTools, target: string): Launch {
  return async (size, events, signal) => {
    const { launchSsh } = await import('./shell-ssh.ts');
    return launchSsh(context(), tools.tunnel, target)(size, events, signal);
  };
}

interface LocalShell {
  readonly context: () => Context;
  readonly env: Env;
  readonly embedded: boolean;
  readonly tools: ShellTools;
  readonly tunneled: (on: boolean) => void;
}

/** The program that a user's shell is. */
export function userShell(env: Env): string {
  return env.SHELL || (process.platform === 'win32' ? 'powershell.exe' : '/bin/sh');
}

function localShell({ context, env, embedded, tools, tunneled }: LocalShell): Launch {
  return async (size, events, signal) => {
    const { paths, config } = context();
    const way = await wayOut(config.shell.tunnel, embedded, tools);
    tunneled(way.proxy !== null);
    // Into the emulator, before the program's own output; dim, as it is not the program's.
    if (way.says !== '') events.output(`\x1b[2mvoipterm: ${way.says}\x1b[22m\r\n`);
    const file = userShell(env);
    const own = way.proxy ? tunneledEnv(env, way.proxy, paths.state) : env;
    return launchLocal({ file, cwd: paths.home, env: own })(size, events, signal);
  };
}

function tunneledEnv(env: Env, proxy: SocksProxy, directory: string): Env {
  const binaries = writeSshWrapper(directory, env.PATH ?? '');
  return { ...tunnelEnv(env, proxy, binaries), VOIPTERM_PROXY_COMMAND: proxyCommand() };
}

interface WayOut {
  readonly proxy: SocksProxy | null;
  /** A sentence for whoever opened the shell; '' where there is nothing to say. */
  readonly says: string;
}

/** Rejects where the tunnel must be used and cannot: nothing leaves from here by mistake. */
async function wayOut(
  mode: 'auto' | 'on' | 'off',
  embedded: boolean,
  { tunnel }: ShellTools,
): Promise<WayOut> {
  if (mode === 'off' || (mode === 'auto' && embedded)) return { proxy: null, says: '' };
  try {
    return {
      proxy: await tunnel.proxy(),
      says: 'connections of curl, git and ssh typed here leave from the station.',
    };
  } catch (error) {
    const why = sentenceOf(error);
    if (mode === 'on') {
      throw new VoiptermError(
        'forward.refused',
        `${why}; shell.tunnel = "on" lets no shell start without the station.`,
      );
    }
    return { proxy: null, says: `connections leave from this machine: ${why}.` };
  }
}

/** voipterm itself, and the raw relay that costs what two unencrypted hops cost, as ways from the near host to the far one. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADDRESS, type Program, type TwoHosts } from './hosts.ts';
import type { Way } from './references.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/voipterm.cjs', import.meta.url));
export const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));
const PORT = 2222;
/** The near host's end of the forward. */
const LOCAL_PORT = 7900;

/** A way whose two ends can be asked for their CPU time and memory. */
export interface WayOfProcesses extends Way {
  readonly client: Program;
  readonly station: Program;
}

interface Ends {
  readonly station: Program;
  /** `user@host:port`, for the near host. */
  readonly target: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A station on the far host whose members may forward to that host's ports. */
export async function startStation(hosts: TwoHosts, directory: string): Promise<Ends> {
  mkdirSync(join(directory, 'home'), { recursive: true });
  const env = { ...process.env, HOME: join(directory, 'home'), XDG_DATA_HOME: join(directory, 'data') };
  const listen = ['--listen', `${ADDRESS.far}:${PORT}`, '--data', join(directory, 'station'), '--open'];
  const access = ['--allow-forward', `${ADDRESS.far}:*/udp`];
  const station = hosts.start('far', process.execPath, [PROGRAM, 'serve', ...listen, ...access], env);
  await station.json();
  return { station, env, target: `bench@${ADDRESS.far}:${PORT}` };
}

/** `voipterm forward -L` to one UDP port of the far host. */
export async function voipterm(
  hosts: TwoHosts,
  directory: string,
  farPort: number,
  through = { target: '', args: [] as readonly string[] },
): Promise<WayOfProcesses> {
  const { station, target, env } = await startStation(hosts, directory);
  const spec = `127.0.0.1:${LOCAL_PORT}:${ADDRESS.far}:${farPort}/udp`;
  const args = [PROGRAM, 'forward', through.target || target, '-L', spec, '--json', ...through.args];
  const client = hosts.start('near', process.execPath, args, env);
  await client.json();
  const stop = async (): Promise<void> => {
    await client.stop();
    await station.stop();
  };
  return {
    name: 'voipterm forward -L',
    far: ADDRESS.far,
    target: () => ({ address: '127.0.0.1', port: LOCAL_PORT }),
    stop,
    client,
    station,
  };
}

/** Two dgram relays in series: what the same two hops cost with no tunnel in them. */
export async function rawRelay(hosts: TwoHosts, farPort: number): Promise<WayOfProcesses> {
  const hop = (side: 'near' | 'far', ...args: string[]): Program =>
    hosts.start(side, process.execPath, [LOAD, 'relay', ...args]);
  const station = hop('far', ADDRESS.far, '7901', ADDRESS.far, `${farPort}`);
  await station.json();
  const client = hop('near', '127.0.0.1', `${LOCAL_PORT}`, ADDRESS.far, '7901');
  await client.json();
  const stop = async (): Promise<void> => {
    await client.stop();
    await station.stop();
  };
  return {
    name: 'raw relay (two hops, no crypto)',
    far: ADDRESS.far,
    target: () => ({ address: '127.0.0.1', port: LOCAL_PORT }),
    stop,
    client,
    station,
  };
}

/** voipterm itself, and the raw relay that costs what two unencrypted hops cost, as ways from the near host to the far one. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADDRESS, type Program, type TwoHosts } from './hosts.ts';
import type { Way } from './references.ts';

export const PROGRAM = fileURLToPath(new URL('../../bin/voipterm.cjs', import.meta.url));
export const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));
const PORT = 2222;
/** The near host's end of the forward. */
const LOCAL_PORT = 7900;

/** A station that was started, and how to reach it. */
export interface OurWay extends WayOfProcesses {
  /** The station's host key. */
  readonly fingerprint: string;
}

/** A way whose two ends can be asked for their CPU time and memory. */
export interface WayOfProcesses extends Way {
  readonly client: Program;
  readonly station: Program;
}

interface Ends {
  readonly station: Program;
  readonly fingerprint: string;
  /** `user@host:port`, for the near host. */
  readonly target: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A station on the far host whose members may forward to that host's ports. */
export async function startStation(hosts: TwoHosts, directory: string): Promise<Ends> {
  mkdirSync(join(directory, 'home'), { recursive: true });
  const members = { VOIPTERM_STATION_MAX_MEMBERS: '1000', VOIPTERM_STATION_MAX_UNAUTHENTICATED: '100' };
  const env = {
    ...process.env,
    ...members,
    HOME: join(directory, 'home'),
    XDG_DATA_HOME: join(directory, 'data'),
  };
  const listen = ['--listen', `${ADDRESS.far}:${PORT}`, '--data', join(directory, 'station'), '--open'];
  const access = ['--allow-forward', `${ADDRESS.far}:*/udp`];
  const station = hosts.start('far', process.execPath, [PROGRAM, 'serve', ...listen, ...access], env);
  const { fingerprint } = await station.json<{ fingerprint: string }>();
  return { station, fingerprint, env, target: `bench@${ADDRESS.far}:${PORT}` };
}

/** `voipterm forward -L` to one UDP port of the far host; `through` is a target that leads to the station another way. */
export async function voipterm(
  hosts: TwoHosts,
  directory: string,
  farPort: number,
  through = '',
): Promise<OurWay> {
  const { station, fingerprint, target, env } = await startStation(hosts, directory);
  const spec = `127.0.0.1:${LOCAL_PORT}:${ADDRESS.far}:${farPort}/udp`;
  const args = [PROGRAM, 'forward', through || target, '-L', spec, '--json'];
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
    fingerprint,
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

/**
 * The library as others get it: packed, unpacked into a project of its own, typechecked there by a strict compiler and run
 * against a real station.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Terminal } from '../fakes/terminal.ts';
import { run, start } from './forwarding.ts';
import { Place, ROOT, type StationProcess } from './process.ts';

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

let place: Place;
let station: StationProcess;
let project: string;
let key: string;
/** A project file, by its name. */
const file = (name: string): string => join(project, name);

beforeAll(async () => {
  place = await Place.make();
  project = place.file('project');
  await Promise.all([
    install(),
    (async () => {
      station = await place.serve({ more: ['--allow-forward', '127.0.0.1:*/udp'] });
    })(),
  ]);
  await place.run(['keygen'], { home: 'ann' });
  key = join(await place.home('ann'), '.local', 'share', 'voipterm', 'id_ed25519');
});

afterAll(() => place?.dispose());

/** What `npm install` of the packed package would leave; its dependencies are those of this checkout. */
async function install(): Promise<void> {
  const modules = file('node_modules');
  await mkdir(join(modules, 'voipterm'), { recursive: true });
  const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', place.path], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const archive = /[\w.-]+\.tgz/.exec(packed.stdout)?.[0];
  if (!archive) throw new Error(`npm pack: ${packed.stdout}${packed.stderr}`);
  const unpacked = ['-xzf', place.file(archive), '-C', join(modules, 'voipterm'), '--strip-components=1'];
  expect(spawnSync('tar', unpacked).status).toBe(0);
  await cp(join(modules, 'voipterm', 'examples', 'udp-echo.ts'), file('udp-echo.ts'));
  await writeFile(file('package.json'), JSON.stringify({ name: 'project', type: 'module' }));
}

const USE = `
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect, type ErrorCode, type ForwardView, type TunnelHandle, type TunnelOptions, VoiptermError } from 'voipterm/tunnel';

const options: TunnelOptions = {
  host: 'host.example', port: 2222, user: 'ann',
  identity: { from: 'agent', socket: '/run/agent' },
  hostKey: { by: 'fingerprint', fingerprint: 'SHA256:x' },
  suites: ['aes-256-gcm'],
  path: { proxy: { kind: 'socks5', host: 'proxy', port: 1080 } },
  signal: AbortSignal.timeout(10),
};
export async function use(): Promise<void> {
  await using tunnel: TunnelHandle = await connect(options);
  const socket = await tunnel.udp({ host: '10.0.0.2', port: 53 });
  socket.on('message', (bytes, from) => { const port: number = from.port; bytes.readUInt8(port); });
  const went: boolean = socket.send(new Uint8Array(4), (error) => { const code: ErrorCode | undefined = error?.code; void code; });
  const stream: Duplex = await tunnel.tcp({ host: 'db', port: 5432 });
  const view: ForwardView = await tunnel.forward('-D 1080');
  tunnel.on('stats', ({ rttMs, carrierUp }) => void [rttMs, carrierUp, went, stream, view]);
  const [{ resumed }] = (await once(tunnel, 'online')) as [{ resumed: boolean }];
  void resumed;
  // @ts-expect-error a port is missing: what is exported has types
  await tunnel.udp({ host: '10.0.0.2' });
  // @ts-expect-error one of its own making cannot work
  new VoiptermError('no.such.code', 'text');
}
`;

test('a strict project sees the types, with and without the strictest options', async () => {
  await writeFile(file('use.ts'), USE);
  for (const exactOptionalPropertyTypes of [true, false]) {
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2024', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes,
      skipLibCheck: !exactOptionalPropertyTypes,
      noEmit: true,
    };
    const config = { compilerOptions, files: ['use.ts', 'udp-echo.ts'] };
    await writeFile(file('tsconfig.json'), JSON.stringify(config));
    const outcome = await run(place, process.execPath, [TSC, '-p', project]);
    expect(outcome).toMatchObject({ status: 0, stdout: '' });
  }
});

test('the package has the program, which needs nothing but what it says it depends on', async () => {
  const own = file('node_modules/voipterm');
  expect(await readdir(own)).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'dist']));
  const licences = await readFile(join(own, 'dist', 'third-party-licences.txt'), 'utf8');
  for (const name of ['ink', 'react', 'ssh2', 'zod', 'yoga-layout'])
    expect(licences).toMatch(new RegExp(`^${name} \\d[\\d.]* \\(MIT\\)$`, 'm'));
  const outcome = await run(place, process.execPath, [join(own, 'bin', 'voipterm.cjs'), 'demo', '--json']);
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  const terminal = Terminal.start({
    command: process.execPath,
    args: [join(own, 'bin', 'voipterm.cjs'), `127.0.0.1:${station.port}`],
    env: {
      ...(await place.env('ann')),
      XDG_RUNTIME_DIR: place.path,
      VOIPTERM_AUDIO_INPUT: 'tone',
      VOIPTERM_AUDIO_OUTPUT: 'null',
    },
  });
  try {
    await terminal.until((text) => text.includes('F1 Chat'));
  } finally {
    await terminal.stop();
  }
});

/** The example, in the project. */
function example(...args: string[]) {
  return start(place, process.execPath, [file('udp-echo.ts'), ...args]);
}

test('the example plays 60 datagrams a second through a station, loses none, and ends by itself', async () => {
  const echo = await example('--listen', '0');
  try {
    await echo.until(({ lines }) => lines.length > 0);
    const to = echo.lines[0]?.split(' ').at(-1) ?? '';
    const target = `ann@127.0.0.1:${station.port}`;
    const way = [target, '--key', key, '--known-hosts', file('known_hosts')];
    const outcome = await (await example(...way, '--to', to, '--seconds', '3')).exited();
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toContain(station.listening.fingerprint);
    expect(outcome.stdout).toMatch(/\d+ back in this second, round trip .* by udp up and udp down\n/);
    expect(outcome.stdout).toMatch(/total: 180 sent, 180 back, 0\.0 % lost, round trip p50 [\d.]+ p99 /);
    const refused = await (await example(...way, '--to', '10.1.2.3:4242')).exited();
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/10\.1\.2\.3:4242.*\(forward\.refused\)\n$/),
    });
  } finally {
    await echo.end('SIGKILL');
  }
});

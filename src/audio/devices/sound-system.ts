/**
 * Whether this machine has a sound system at all, asked before a library opens it.
 *
 * Without one, miniaudio opens a silent device of its own and says nothing, and ALSA's library writes a page of
 * complaints straight to the terminal. Only Linux needs the question.
 */
import { constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { VoiptermError } from '../../errors.ts';

export type Direction = 'input' | 'output';

/** A local server answers at once or is not there, ms. */
const CONNECT_TIMEOUT_MS = 300;

const ADVICE: { readonly [D in Direction]: string } = {
  input:
    'no sound server and no microphone was found: start PulseAudio or PipeWire (Debian: apt install pulseaudio), or connect a microphone',
  output:
    'no sound server and no sound card was found: start PulseAudio or PipeWire (Debian: apt install pulseaudio), or connect a sound card',
};

/** Rejects with 'audio.unavailable' if nothing could be captured or played here. */
export async function requireSoundSystem(direction: Direction): Promise<void> {
  if (process.platform !== 'linux' || hasSoundCard(direction)) return;
  if ((await answeringServer()) !== undefined) return;
  if (isRemote(process.env.PULSE_SERVER)) return;
  throw new VoiptermError('audio.unavailable', ADVICE[direction]);
}

/** Rejects with 'audio.unavailable' if a program that a package runs is not on PATH. */
export async function requireProgram(program: string, advice: string): Promise<void> {
  const names = process.platform === 'win32' ? [`${program}.exe`] : [program];
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const found = await access(join(directory, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found && directory !== '') return;
    }
  }
  throw new VoiptermError('audio.unavailable', `the program ${program} is not installed: ${advice}`);
}

/** PCM devices of the kernel: pcmC0D0c captures, pcmC0D0p plays. */
function hasSoundCard(direction: Direction): boolean {
  const suffix = direction === 'input' ? 'c' : 'p';
  return list('/dev/snd').some((name) => name.startsWith('pcm') && name.endsWith(suffix));
}

/** The socket of a sound server that takes connections (PulseAudio, or PipeWire in its place); undefined if none does. */
async function answeringServer(): Promise<string | undefined> {
  for (const path of serverSockets()) if (await answers(path)) return path;
  return undefined;
}

export const NO_SERVER =
  'no PulseAudio or PipeWire server answers: start one (Debian: apt install pipewire-pulse, or pulseaudio)';

/** The socket of a sound server. Rejects with 'audio.unavailable' if none answers. */
export async function requireServer(): Promise<string> {
  const socket = await answeringServer();
  if (socket === undefined) throw new VoiptermError('audio.unavailable', NO_SERVER);
  return socket;
}

/** Where PulseAudio's clients look for the server (pulseaudio(1), FILES). */
function serverSockets(): string[] {
  const { PULSE_SERVER, PULSE_RUNTIME_PATH, XDG_RUNTIME_DIR } = process.env;
  const config = join(homedir(), '.config', 'pulse');
  const runtimes = list(config).filter((name) => name.endsWith('-runtime'));
  return [
    PULSE_SERVER?.replace(/^unix:/, ''),
    PULSE_RUNTIME_PATH && join(PULSE_RUNTIME_PATH, 'native'),
    XDG_RUNTIME_DIR && join(XDG_RUNTIME_DIR, 'pulse', 'native'),
    process.getuid && join('/run/user', String(process.getuid()), 'pulse', 'native'),
    ...runtimes.map((name) => join(config, name, 'native')),
    '/run/pulse/native',
  ].filter((path): path is string => typeof path === 'string' && path.startsWith('/'));
}

/** A server on another machine is taken on trust. */
function isRemote(server: string | undefined): boolean {
  return server !== undefined && server !== '' && !/^(unix:|\/)/.test(server);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/**
 * What of the sound system this process holds open: kernel devices, and connections to local servers. A library
 * that claims to have opened a device and added nothing to this has opened its silent stand-in. Linux only.
 */
export function soundHandles(): Set<string> {
  const local = localSockets();
  const handles = new Set<string>();
  for (const fd of list('/proc/self/fd')) {
    const target = link(`/proc/self/fd/${fd}`);
    if (target.startsWith('/dev/snd/')) handles.add(`${fd} ${target}`);
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && local.has(inode)) handles.add(`${fd} ${target}`);
  }
  return handles;
}

/** Inodes of all Unix sockets: so a tunnel that opens a UDP socket meanwhile is not taken for a sound server. */
function localSockets(): Set<string> {
  try {
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
    return new Set(lines.map((line) => line.split(/\s+/)[6] ?? ''));
  } catch {
    return new Set();
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

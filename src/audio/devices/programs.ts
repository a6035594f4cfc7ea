/** The programs of each system that record and play raw sound through a pipe, and how they are told to buffer little. Pure. */
import { SAMPLE_RATE } from '../../net/protocol/rtp.ts';

export interface SoundProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** Where the device is named in the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What to do where the program is missing. */
  readonly advice: string;
}

/** ALSA's buffers, µs: shorter periods cost more wake-ups, a shorter buffer to play from gaps on a busy machine. */
const PERIOD_US = 10_000;
const RECORD_BUFFER_US = 100_000;
const PLAY_BUFFER_US = 100_000;
/** Bytes that SoX handles at a time: 10 ms of mono. */
const SOX_BUFFER = (SAMPLE_RATE / 100) * 2;

const ALSA_ADVICE = 'install alsa-utils (Debian: apt install alsa-utils libasound2-plugins)';
const SOX_ADVICE = { darwin: 'install SoX (brew install sox)', win32: 'install SoX and add it to PATH' };

/** Records from a device, "" for the standard one, to standard output. */
export function recorder(platform: NodeJS.Platform, device: string, channels: number): SoundProgram {
  if (platform === 'darwin') return sox('rec', [...soxRaw(channels), '-'], device, SOX_ADVICE.darwin);
  if (platform === 'win32') {
    const from = ['-t', 'waveaudio', device || 'default'];
    return sox('sox', [...from, ...soxRaw(channels), '-'], '', SOX_ADVICE.win32);
  }
  return alsa('arecord', device, channels, RECORD_BUFFER_US);
}

/** Plays standard input to a device, "" for the standard one. */
export function player(platform: NodeJS.Platform, device: string, channels: number): SoundProgram {
  if (platform === 'darwin') return sox('play', [...soxRaw(channels), '-'], device, SOX_ADVICE.darwin);
  if (platform === 'win32') {
    const to = ['-t', 'waveaudio', device || 'default'];
    return sox('sox', [...soxRaw(channels), '-', ...to], '', SOX_ADVICE.win32);
  }
  return alsa('aplay', device, channels, PLAY_BUFFER_US);
}

function alsa(program: string, device: string, channels: number, bufferUs: number): SoundProgram {
  const args = ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', String(SAMPLE_RATE), '-c', String(channels)];
  const buffers = [`--period-time=${PERIOD_US}`, `--buffer-time=${bufferUs}`];
  return { program, args: [...args, '-D', device || 'default', ...buffers], env: {}, advice: ALSA_ADVICE };
}

function sox(program: string, files: readonly string[], device: string, advice: string): SoundProgram {
  const args = ['-q', '--buffer', String(SOX_BUFFER), ...files];
  return { program, args, env: device === '' ? {} : { AUDIODEV: device }, advice };
}

function soxRaw(channels: number): string[] {
  return ['-t', 'raw', '-r', String(SAMPLE_RATE), '-e', 'signed-integer', '-b', '16', '-c', String(channels)];
}

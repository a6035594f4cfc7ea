/**
 * Every setting of the program, as one table: its section and key, what it may be, its default and a line of help.
 *
 * Pure data and types. config-load.ts merges the sources, config-example.ts writes config.example.toml from it.
 * Keys are snake_case in TOML (audio.playout_delay_ms), VOIPTERM_AUDIO_PLAYOUT_DELAY_MS in the environment, and
 * camelCase in the Config object (config.audio.playoutDelayMs).
 */
import { z } from 'zod';
import { OPUS_FRAMES_MS } from '../audio/frame.ts';
import { AUDIO_BACKENDS, PRIVACY_MODES, RECORDING_FORMATS, TALK_MODES } from '../audio/messages.ts';
import { LOG_LEVELS } from '../log.ts';
import { MAX_ROOMS_PER_MEMBER, memberName, roomName } from '../net/control/schema.ts';
import { isListen, isTarget } from '../net/control/target.ts';
import { isListenRule, isReachRule } from '../net/forward/access.ts';
import { MAX_FURTHER_UDP_PORTS, SUITES } from '../net/protocol/constants.ts';
import { MAX_VOICE_BITRATE } from '../station/limits.ts';
import { TALK_KEY_STYLES } from '../ui/talk-key.ts';
import {
  checkedText,
  choice,
  list,
  MAX_TEXT,
  oneNumber,
  quoted,
  type Setting,
  text,
  whole,
  yesNo,
} from './setting.ts';
import { isJumps, isProxy } from './way.ts';

export type { Setting, SettingValue } from './setting.ts';

export const HOST_KEY_CHECKS = ['tofu', 'strict'] as const;
export const TIMESTAMPS = ['time', 'datetime', 'off'] as const;
export const ASCII_MODES = ['auto', 'on', 'off'] as const;
export const LOG_FORMATS = ['pretty', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Most rooms that a station makes at its start: the list stays something that a person wrote. */
const MAX_STATION_ROOMS = 256;

/** Most forward rules of each kind: a list that a person wrote. */
const MAX_FORWARD_RULES = 1024;

/**
 * Names that the talk key may have: those that no command of the interface has (a test compares them), and not
 * Ctrl+H, I, J and M, which are the bytes of Backspace, Tab, line feed and Enter and so would collide with typing.
 */
const TALK_KEY = /^(f([5-9]|1[0-2])|ctrl\+([gorstvxyz]|space))$/;
const TALK_KEY_EXPECTED = '"f5" to "f12", "ctrl+space" or "ctrl+" and one of g o r s t v x y z';

const roomsExpected = (min: number, max: number): string =>
  `a list of ${min} to ${max} different room names, each 1 to 32 of a-z 0-9 . _ - without the #`;

const isPort = (text: string): boolean => /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;

/** The table. The order is that of config.example.toml and the settings pane. */
export const SETTINGS = {
  client: {
    name: checkedText(
      '',
      (value) => value === '' || memberName.safeParse(value).success,
      '"" or a name of 1 to 32 of A-Z a-z 0-9 . _ - that starts with a letter or digit',
      'Your name in rooms; "" is the name of the operating system\'s user.',
    ),
    identity: text(
      '',
      'Your SSH key: "" is a key of our own, "agent" asks ssh-agent, else the path of a file.',
    ),
    known_hosts: text(
      '',
      'File that remembers stations\' host keys; "" is known_hosts in the data directory.',
    ),
    host_key_check: choice(
      HOST_KEY_CHECKS,
      'tofu',
      'An unknown host key: "tofu" trusts it on first use, "strict" refuses it.',
    ),
    proxy: checkedText(
      '',
      isProxy,
      '"" or http://[user:password@]host:port or socks5://[user:password@]host:port',
      'Proxy that TCP goes out by, as "http://user:password@host:3128" or "socks5://host:1080"; "" for none.',
    ),
    jump: checkedText(
      '',
      isJumps,
      '"", "none" or [user@]host[:port],...',
      'SSH hosts on the way to the station, as [user@]host[:port],...; "" asks ~/.ssh/config, "none" for none.',
    ),
    tls_port: whole(
      0,
      65_535,
      443,
      'Port of the station where SSH inside TLS is tried when plain SSH gets nowhere; 0 for never.',
    ),
    ssh_config: yesNo(
      true,
      'Heeds HostName, Port, User, IdentityFile and ProxyJump for the station in ~/.ssh/config.',
    ),
    target: checkedText(
      '',
      (value) => value === '' || isTarget(value),
      '"" or [user@]host[:port][/room]',
      'Station to open without an argument, as [user@]host[:port][/room]; "" is the last used.',
    ),
    rooms: list(
      roomName,
      { min: 1, max: MAX_ROOMS_PER_MEMBER },
      roomsExpected(1, MAX_ROOMS_PER_MEMBER),
      ['lobby'],
      'Rooms to join at the start.',
    ),
  },
  station: {
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
    open: yesNo(false, 'Lets any key in; a name then belongs to the first key that took it.'),
    allow_forward: list(
      z.string().max(MAX_TEXT).refine(isReachRule),
      { min: 0, max: MAX_FORWARD_RULES },
      'a list of different HOST:PORT or HOST:PORT/udp, such as "db.example.org:5432", "10.0.0.0/8:*" or "*:53/udp"',
      [],
      'What members may reach through it, as HOST:PORT[/udp] with patterns; see docs/forwarding.md.',
    ),
    allow_listen: list(
      z.string().max(MAX_TEXT).refine(isListenRule),
      { min: 0, max: MAX_FORWARD_RULES },
      'a list of different PORT, BIND:PORT or these with /udp, such as "8080", "*:9000-9100" or "*:27015/udp"',
      [],
      'Where members may have it listen, as [BIND:]PORT[/udp]; without BIND on its loopback.',
    ),
    name: checkedText(
      'voipterm',
      (value) => value.length >= 1 && value.length <= 64,
      '1 to 64 characters without control characters',
      'What the station calls itself.',
    ),
    max_members: whole(1, 10_000, 500, 'Most connections of admitted members at one time.'),
    max_unauthenticated: whole(1, 1000, 64, 'Most connections that have not proved who they are.'),
    handshake_timeout_s: whole(1, 300, 20, 'Seconds in which a connection must prove who it is.'),
    rooms: list(
      roomName,
      { min: 0, max: MAX_STATION_ROOMS },
      roomsExpected(0, MAX_STATION_ROOMS),
      ['lobby'],
      'Rooms that always exist.',
    ),
    max_voice_bitrate: whole(
      0,
      10_000_000,
      MAX_VOICE_BITRATE,
      "Most that one member's voice may take, bit/s with all its redundancy; 0 for no bound.",
    ),
    allow_recording: yesNo(
      true,
      'Members may record what is said, which the room is told, and keep its last seconds.',
    ),
  },
  audio: {
    backend: choice(
      AUDIO_BACKENDS,
      'auto',
      `How sound devices are reached, ${quoted(AUDIO_BACKENDS)}: "auto" takes what works with the least delay.`,
    ),
    bitrate: whole(
      6000,
      128_000,
      32_000,
      'Opus bitrate of your voice, bit/s; less where loss needs the room.',
    ),
    frame_ms: oneNumber(
      OPUS_FRAMES_MS,
      20,
      'Milliseconds of sound in a packet: fewer is prompter and takes more bandwidth.',
    ),
    vbr: yesNo(true, 'Variable bitrate; without it every frame has the same size.'),
    dtx: yesNo(false, 'Does not send the silence between words.'),
    channels: whole(1, 2, 1, 'Channels of your voice: 2 for stereo, from a device or file that has it.'),
    max_bandwidth: whole(
      16_000,
      512_000,
      160_000,
      'Most that your voice may take with its redundancy against loss, bit/s.',
    ),
    privacy: choice(
      PRIVACY_MODES,
      'off',
      'Hides when you talk: "constant" sends packets of one size all the time; "off" does not.',
    ),
    complexity: whole(0, 10, 9, 'Opus complexity: more sounds better and costs more CPU time.'),
    playout_delay_ms: whole(
      0,
      500,
      5,
      'Least milliseconds that voices are held back; more if the network needs it.',
    ),
    max_playout_delay_ms: whole(50, 1000, 250, 'Most milliseconds that voices are held back.'),
    input: text(
      'mic',
      'What is sent: "mic", "tone", "silence", the path of a WAV file, or "-" for raw sound.',
    ),
    output: text(
      'speaker',
      'Where voices go: "speaker", "null", the path of a WAV file, or "-" for raw sound.',
    ),
    input_device: text(
      '',
      'Microphone by its name or a part of it, as "voipterm devices" has it; "" is the system\'s.',
    ),
    output_device: text('', 'Speaker by its name or a part of it; "" is the system\'s.'),
    talk_mode: choice(
      TALK_MODES,
      'push',
      'What opens the microphone: "push" the talk key, "voice" speech, "continuous" nothing, it is open.',
    ),
    noise_suppression: yesNo(true, 'Takes noise away from what the microphone hears; costs 10 ms of delay.'),
    auto_gain: yesNo(true, 'Brings your voice to the level of others.'),
    limiter: yesNo(true, 'Turns down what would be distorted.'),
    echo_cancel: yesNo(
      false,
      'Has PulseAudio or PipeWire take the echo of your speaker away; without it use headphones.',
    ),
    voice_threshold_db: whole(
      -80,
      -10,
      -45,
      'Level from which sound counts as speech where speech opens the microphone, dB of full scale.',
    ),
    voice_hold_ms: whole(0, 5000, 300, 'Milliseconds that speech keeps the microphone open after its end.'),
    attenuate_db: whole(
      0,
      40,
      10,
      'How much quieter others are while somebody with /priority speaks, dB; 0 for not at all.',
    ),
    attenuate_when_talking: yesNo(false, 'Others are as much quieter while you talk.'),
    tones: yesNo(true, 'Short quiet sounds when somebody comes or goes, and when you mute.'),
    replay: yesNo(
      false,
      'Keeps the last 30 seconds in memory for /replay from the start; everybody in the room sees it.',
    ),
    recordings: text(
      '',
      'Directory that /record makes its directories in; "" is recordings in the data directory.',
    ),
    record_format: choice(
      RECORDING_FORMATS,
      'ogg',
      'What /record writes, "wav" or "ogg": Ogg Opus is a twelfth of the size and what was sent.',
    ),
  },
  crypto: {
    suites: list(
      z.enum(SUITES),
      { min: 1, max: SUITES.length },
      `a list of different suites, at least one of ${quoted(SUITES)}`,
      SUITES,
      'Ciphers that you accept for voice, preferred first.',
    ),
  },
  ui: {
    // F8 is no character, comes as the same bytes (CSI 19~) from xterm, the Linux console, PuTTY and tmux, is not
    // kept by terminals for themselves as F1, F10 and F11 are, and with the kitty protocol its release is always
    // told: that of Ctrl+T is lost when Ctrl goes up first, and talking would not stop.
    talk_key: checkedText(
      'f8',
      (value) => TALK_KEY.test(value),
      TALK_KEY_EXPECTED,
      'Key that starts and stops talking in every pane: "f5" to "f12", "ctrl+space", "ctrl+t" and such.',
    ),
    talk_key_style: choice(
      TALK_KEY_STYLES,
      'auto',
      'What the talk key does: "hold", "toggle", or "auto", which holds where the terminal tells of key releases.',
    ),
    talk_unfocused_s: whole(
      0,
      86_400,
      60,
      'Seconds after which a microphone left open is closed when the terminal lost the focus; 0 for never.',
    ),
    talk_limit_min: whole(
      0,
      1440,
      30,
      'Minutes after which a microphone left open is closed in any case; 0 for never.',
    ),
    timestamps: choice(TIMESTAMPS, 'time', 'What stands before a message: "time", "datetime" or "off".'),
    ascii: choice(
      ASCII_MODES,
      'auto',
      'Draws with ASCII only: "on", "off" or "auto", which asks the locale.',
    ),
  },
  logging: {
    level: choice(LOG_LEVELS, 'info', `Least important line that is logged: ${quoted(LOG_LEVELS)}.`),
    format: choice(LOG_FORMATS, 'pretty', 'Log lines on stderr: "pretty" for people, "json" for programs.'),
    file_max_bytes: whole(
      65_536,
      1_073_741_824,
      1_048_576,
      'Bytes of the log file of the terminal interface, which keeps one older file beside it.',
    ),
  },
} as const satisfies Record<string, Record<string, Setting>>;

type Settings = typeof SETTINGS;
export type Section = keyof Settings;

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;
type Value<S> = S extends { readonly schema: z.ZodType<infer T> } ? T : never;

/** The values in force, by section, in camelCase. */
export type Config = {
  readonly [S in Section]: { readonly [K in keyof Settings[S] & string as Camel<K>]: Value<Settings[S][K]> };
};

/** "audio.bitrate": how flags and saved settings name a key. */
export type ConfigKey = { [S in Section]: `${S}.${keyof Settings[S] & string}` }[Section];

/** A row of the table with its names. */
export interface NamedSetting {
  readonly section: Section;
  /** Key in TOML, snake_case. */
  readonly key: string;
  readonly path: ConfigKey;
  /** Environment variable. */
  readonly env: string;
  readonly setting: Setting;
}

/** Every row in order. */
export const ALL_SETTINGS: readonly NamedSetting[] = (Object.keys(SETTINGS) as Section[]).flatMap((section) =>
  Object.entries<Setting>(SETTINGS[section]).map(([key, setting]) => ({
    section,
    key,
    path: `${section}.${key}` as ConfigKey,
    env: `VOIPTERM_${section}_${key}`.toUpperCase(),
    setting,
  })),
);

/** The key's name in the Config object: playout_delay_ms is playoutDelayMs. */
export function camelKey(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

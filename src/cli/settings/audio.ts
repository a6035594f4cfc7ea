/** [audio]: sound devices, how your voice is sent, and how others are heard. Pure data; config.ts joins the sections. */
import { OPUS_FRAMES_MS } from '../../audio/frame.ts';
import { AUDIO_BACKENDS, PRIVACY_MODES, RECORDING_FORMATS, TALK_MODES } from '../../audio/options.ts';
import { choice, editedAs, live, oneNumber, quoted, type Setting, text, whole, yesNo } from '../setting.ts';

export const AUDIO = {
  input_device: live(
    editedAs(
      { kind: 'device', which: 'input' },
      text('', 'Microphone by its name or a part of it, as "voipterm devices" has it; "" is the system\'s.'),
    ),
  ),
  output_device: live(
    editedAs(
      { kind: 'device', which: 'output' },
      text('', 'Speaker by its name or a part of it; "" is the system\'s.'),
    ),
  ),
  talk_mode: live(
    choice(
      TALK_MODES,
      'push',
      'What opens the microphone: "push" the talk key, "voice" speech, "continuous" nothing, it is open.',
    ),
  ),
  voice_threshold_db: live(
    whole(
      -80,
      -10,
      -45,
      'Level from which sound counts as speech where speech opens the microphone, dB of full scale.',
    ),
  ),
  voice_hold_ms: live(
    whole(0, 5000, 300, 'Milliseconds that speech keeps the microphone open after its end.'),
  ),
  noise_suppression: live(
    yesNo(true, 'Takes noise away from what the microphone hears; costs 10 ms of delay.'),
  ),
  auto_gain: live(yesNo(true, 'Brings your voice to the level of others.')),
  limiter: live(yesNo(true, 'Turns down what would be distorted.')),
  echo_cancel: live(
    yesNo(false, 'Has PulseAudio or PipeWire take the echo of your speaker away; without it use headphones.'),
  ),
  bitrate: live(
    whole(6000, 128_000, 32_000, 'Opus bitrate of your voice, bit/s; less where loss needs the room.'),
  ),
  frame_ms: live(
    oneNumber(
      OPUS_FRAMES_MS,
      20,
      'Milliseconds of sound in a packet: fewer is prompter and takes more bandwidth.',
    ),
  ),
  complexity: live(whole(0, 10, 7, 'Opus complexity: more sounds better and costs more CPU time.')),
  vbr: live(yesNo(true, 'Variable bitrate; without it every frame has the same size.')),
  dtx: live(yesNo(false, 'Does not send the silence between words.')),
  max_bandwidth: live(
    whole(16_000, 512_000, 160_000, 'Most that your voice may take with its redundancy against loss, bit/s.'),
  ),
  channels: whole(
    1,
    2,
    1,
    'Channels of your voice and of what you hear: 2 for stereo, with devices or files that have it.',
  ),
  privacy: choice(
    PRIVACY_MODES,
    'off',
    'Hides when you talk: "constant" sends packets of one size all the time; "off" does not.',
  ),
  playout_delay_ms: live(
    whole(0, 500, 5, 'Least milliseconds that voices are held back; more if the network needs it.'),
  ),
  max_playout_delay_ms: live(whole(50, 1000, 250, 'Most milliseconds that voices are held back.')),
  attenuate_db: live(
    whole(
      0,
      40,
      10,
      'How much quieter others are while somebody with /priority speaks, dB; 0 for not at all.',
    ),
  ),
  attenuate_when_talking: live(yesNo(false, 'Others are as much quieter while you talk.')),
  tones: live(yesNo(true, 'Short quiet sounds when somebody comes or goes, and when you mute.')),
  replay: live(
    yesNo(
      false,
      'Keeps the last 30 seconds in memory for /replay from the start; everybody in the room sees it.',
    ),
  ),
  recordings: live(
    text('', 'Directory that /record makes its directories in; "" is recordings in the data directory.'),
  ),
  record_format: live(
    choice(
      RECORDING_FORMATS,
      'ogg',
      'What /record writes, "wav" or "ogg": Ogg Opus is a twelfth of the size and what was sent.',
    ),
  ),
  backend: choice(
    AUDIO_BACKENDS,
    'auto',
    `Way to sound devices, ${quoted(AUDIO_BACKENDS)}: "auto" takes the fastest that works.`,
  ),
  input: text('mic', 'What is sent: "mic", "tone", "silence", the path of a WAV file, or "-" for raw sound.'),
  output: text(
    'speaker',
    'Where voices go: "speaker", "null", the path of a WAV file, or "-" for raw sound.',
  ),
} as const satisfies Record<string, Setting>;

/** Mouth to ear through sound devices, by each way to reach them: PulseAudio null sinks, and a recorder at both ends. */
import { quantile, tenths } from '../../test/e2e/frame-paths.ts';
import { installed, Pulse } from '../../test/e2e/pulse.ts';
import { pieceDelays } from '../../test/audio/pieces.ts';
import { printTable } from '../tunnel/table.ts';
import { type Calls, pause, settings } from './call.ts';
import type { Choices } from './choices.ts';

interface Way {
  readonly input: string;
  readonly output: string;
  readonly audio?: Readonly<Record<string, string | number>>;
}

/** `audio.backend` of who talks and of who listens, and other settings of both. */
const WAYS: readonly Way[] = [
  { input: 'auto', output: 'auto' },
  { input: 'auto', output: 'auto', audio: { frame_ms: 10 } },
  { input: 'auto', output: 'auto', audio: { frame_ms: 10, noise_suppression: 'false' } },
  { input: 'miniaudio', output: 'miniaudio' },
  { input: 'process', output: 'pulse' },
  { input: 'process', output: 'process' },
];
const SECONDS = 24;
/** Devices, connection and delay settle, ms. */
const WARM_UP_MS = 6000;

async function through(calls: Calls, pulse: Pulse, way: Way, seconds: number): Promise<string[]> {
  const room = nameOf(way);
  const [mouth, ear] = [`mouth_${room}`, `ear_${room}`];
  const { samples } = await calls.spoken('speech', seconds);
  const client = async (name: string, ends: readonly string[], env: Readonly<Record<string, string>>) => {
    const args = ['voice', calls.target(`${name}-${room}`, room), ...ends, '--json'];
    const program = calls.start(args, `${name}-${room}`, env);
    await program.json();
    return program;
  };
  const talker = await client('mouth', ['--input', 'mic', '--output', 'null'], {
    ...pulse.between(mouth, 'nowhere'),
    ...settings({ backend: way.input, ...way.audio }),
  });
  const listener = await client('ear', ['--input', 'silence', '--output', 'speaker'], {
    ...pulse.between('nowhere', ear),
    ...settings({ backend: way.output, ...way.audio }),
  });
  await pause(WARM_UP_MS);
  const said = await pulse.record(mouth);
  const heard = await pulse.record(ear);
  await pulse.play(mouth, samples);
  await pause(1500);
  const timed = async (recording: typeof said) => ({
    samples: await recording.stop(),
    beginMs: recording.beginMs,
  });
  const delays = pieceDelays(await timed(said), await timed(heard));
  await talker.stop('SIGINT');
  await listener.stop('SIGINT');
  const found = delays.filter((ms) => ms !== undefined);
  return [
    way.input,
    way.output,
    Object.entries(way.audio ?? {})
      .map((setting) => setting.join(' '))
      .join(', '),
    ...[0.5, 0, 1].map((share) => tenths(quantile(found, share))),
    `${found.length} of ${delays.length}`,
  ];
}

function nameOf({ input, output, audio = {} }: Way): string {
  return [input, output, ...Object.values(audio)].join('_');
}

export async function devices(calls: Calls, { seconds = SECONDS }: Choices): Promise<void> {
  if (!installed('pulseaudio', 'pactl', 'pacat')) {
    console.log('\nPulseAudio is not installed: no figures through sound devices');
    return;
  }
  const sinks = WAYS.flatMap((way) => [`mouth_${nameOf(way)}`, `ear_${nameOf(way)}`]);
  const pulse = await Pulse.start(`${calls.directory}/pulse`, [...sinks, 'nowhere']);
  try {
    const rows: string[][] = [];
    for (const way of WAYS) rows.push(await through(calls, pulse, way, seconds));
    printTable(
      'Mouth to ear through PulseAudio null sinks, ms (resolution some 5 ms), default settings',
      ['microphone by', 'speaker by', 'settings', 'p50', 'min', 'max', 'pieces heard'],
      rows,
    );
  } finally {
    await pulse.close();
  }
}

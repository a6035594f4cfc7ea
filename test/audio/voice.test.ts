/** Two voice pipelines, joined as two tunnels would join them: what one says, the other hears. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FRAME_NS } from '../../src/audio/frame.ts';
import type { AudioEvent } from '../../src/audio/messages.ts';
import type { AudioOptions } from '../../src/audio/options.ts';
import { DEFAULT_SENDING } from '../../src/audio/sending.ts';
import { Voice } from '../../src/audio/voice.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { silentLog } from '../../src/log.ts';
import { decodeVoicePacket, encodeVoiceFrame } from '../../src/net/protocol/rtp.ts';
import type { FromAudio, ToAudio } from '../../src/net/protocol/voice-port.ts';
import { bestCorrelation } from './correlation.ts';

const SPEECH = new URL('../../assets/speech.wav', import.meta.url).pathname;
/** The most that there is: a busy test machine stalls a thread for longer than a network does. */
const DELAY_MS = 500;
const OPTIONS: AudioOptions = {
  input: { kind: 'silence' },
  output: { kind: 'null' },
  backend: 'auto',
  bitrate: 32_000,
  complexity: 5,
  playoutDelayMs: DELAY_MS,
  maxPlayoutDelayMs: 1000,
  trace: null,
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voipterm-voice-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** The tunnel's end of a voice port. */
function tunnelEnd(): {
  audio: MessagePort;
  say: (message: ToAudio) => void;
  onSend: (message: FromAudio) => void;
} {
  const { port1, port2 } = new MessageChannel();
  const end = {
    audio: port1,
    say: (message: ToAudio) => port2.postMessage(message),
    onSend: (_: FromAudio): void => undefined,
  };
  port2.on('message', (message: FromAudio) => end.onSend(message));
  return end;
}

function waitFor<T extends AudioEvent['event']>(
  events: AudioEvent[],
  listeners: Set<() => void>,
  event: T,
): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (events.some((one) => one.event === event)) resolve();
    };
    listeners.add(check);
    check();
  });
}

test('speech from a file is heard in a file at its place on the wall clock', async () => {
  const heardPath = join(directory, 'heard.wav');
  const tracePath = join(directory, 'trace.ndjson');
  const events: AudioEvent[] = [];
  const listeners = new Set<() => void>();
  const mouth = tunnelEnd();
  const ear = tunnelEnd();
  let firstSentNs = 0n;
  mouth.onSend = ({ packet, seq, traced }) => {
    const now = process.hrtime.bigint();
    firstSentNs ||= now;
    ear.say({ kind: 'heard', packet, receiveNs: now });
    if (traced) mouth.say({ kind: 'sent', seq, sendNs: now });
  };
  const speaker = await Voice.start(
    { ...OPTIONS, input: { kind: 'file', path: SPEECH }, trace: tracePath },
    mouth.audio,
    (event) => {
      events.push(event);
      for (const listener of listeners) listener();
    },
    silentLog,
  );
  const heardEvents: AudioEvent[] = [];
  const listener = await Voice.start(
    { ...OPTIONS, output: { kind: 'file', path: heardPath } },
    ear.audio,
    (event) => heardEvents.push(event),
    silentLog,
  );
  speaker.talk(true);
  expect(events.some((event) => event.event === 'talking')).toBe(false); // no session yet
  mouth.say({ kind: 'session', ssrc: 7 });
  await waitFor(events, listeners, 'input-ended');
  const said = await speaker.finish();
  const heard = await listener.finish();

  const spoken = await loadWav(SPEECH);
  const frames = Math.ceil(spoken.length / 960);
  expect(said.frames.sent).toBe(frames);
  expect(heard.frames).toMatchObject({ sent: 0, received: frames, recovered: 0 });
  // None on a machine that has time; a starved one sends frames later than any buffer waits.
  const { concealed, late, dropped } = heard.frames;
  expect(concealed + late + dropped).toBeLessThan(frames * 0.05);
  expect(events.filter((event) => event.event === 'talking').map((event) => event.on)).toEqual([true, false]);
  expect(heardEvents.filter((event) => event.event === 'speaking')).toEqual([
    { event: 'speaking', ssrc: 7, on: true },
    { event: 'speaking', ssrc: 7, on: false },
  ]);

  const sound = await loadWav(heardPath);
  const { peak, lagSamples } = bestCorrelation(spoken, sound);
  expect(peak).toBeGreaterThan(0.9);
  // Its first frame went out 20 ms after its first sample, was held for the delay and up to a tick, and a period of 10 ms.
  const saidAtMs = Number(firstSentNs - heard.startedAtNs) / 1e6 - 20;
  const delayMs = lagSamples / 48 - saidAtMs;
  expect(delayMs).toBeGreaterThan(DELAY_MS + 15);
  expect(delayMs).toBeLessThan(DELAY_MS + 260); // however busy the machine is
  expect(heard.playoutDelayMs?.p50).toBeGreaterThanOrEqual(DELAY_MS);
  expect(heard.playoutDelayMs?.p95).toBeLessThan(DELAY_MS + 240);

  const lines = (await readFile(tracePath, 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(frames);
  const stamps = lines.map(
    (line) => JSON.parse(line) as { rtpTs: number; captureNs: string; sendNs: string },
  );
  for (const [i, line] of stamps.entries()) {
    expect(BigInt(line.sendNs)).toBeGreaterThanOrEqual(BigInt(line.captureNs));
    expect((line.rtpTs - stamps[0]!.rtpTs) >>> 0).toBe(i * 960);
  }
});

test('a packet that is no voice frame, or no Opus, is counted and harms nobody', async () => {
  const ear = tunnelEnd();
  const tracePath = join(directory, 'trace.ndjson');
  const mouth = tunnelEnd();
  let n = 0;
  const done = new Promise<void>((resolve) => {
    mouth.onSend = ({ packet }) => {
      const receiveNs = process.hrtime.bigint();
      n++;
      // The third frame's payload is garbage; noise comes in between.
      const copy = packet.slice();
      if (n === 3) copy.fill(0xff, 20);
      ear.say({ kind: 'heard', packet: copy, receiveNs });
      ear.say({ kind: 'heard', packet: new Uint8Array([1, 2, 3]), receiveNs });
      if (n === 10) speaker.talk(false);
      if (decodeVoicePacket(packet)?.last) resolve();
    };
  });
  const speaker = await Voice.start(
    // No room for copies, which would make good for the third.
    {
      ...{ ...OPTIONS, bitrate: 12_000 },
      input: { kind: 'tone' },
      sending: { ...DEFAULT_SENDING, maxBandwidth: 20_000 },
    },
    mouth.audio,
    () => undefined,
    silentLog,
  );
  const listener = await Voice.start({ ...OPTIONS, trace: tracePath }, ear.audio, () => undefined, silentLog);
  mouth.say({ kind: 'session', ssrc: 9 });
  speaker.talk(true);
  await done;
  const heard = await listener.finish();
  await speaker.finish();
  // A thread that was stalled says some frames more before it hears that it is to stop.
  expect(n).toBeGreaterThanOrEqual(11);
  expect(heard.frames).toMatchObject({ received: n, concealed: 1, late: 0, dropped: n });
  const sources = (await readFile(tracePath, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { source: string }).source);
  expect(sources).toEqual(['packet', 'packet', 'concealed', ...Array(n - 3).fill('packet')]);
});

test('a stall of the thread costs nothing of what came meanwhile', async () => {
  const ear = tunnelEnd();
  const COUNT = 20;
  const listener = await Voice.start(
    { ...OPTIONS, playoutDelayMs: 60 },
    ear.audio,
    () => undefined,
    silentLog,
  );
  const beganNs = process.hrtime.bigint();
  // A frame comes every 20 ms, and nobody looks: by then the last one is far beyond what a jitter buffer holds.
  while (process.hrtime.bigint() < beganNs + BigInt(COUNT) * FRAME_NS);
  for (let n = 0; n < COUNT; n++) {
    const packet = encodeVoiceFrame({
      ...{ seq: n, timestamp: n * 960, ssrc: 5, marker: n === 0, last: n === COUNT - 1, level: 10 },
      payload: new Uint8Array([0xf8, 0xff, 0xfe]), // Opus for 20 ms of silence
    });
    ear.say({ kind: 'heard', packet, receiveNs: beganNs + BigInt(n) * FRAME_NS });
  }
  const { frames, playoutDelayMs } = await listener.finish();
  expect(frames).toMatchObject({ received: COUNT, concealed: 0, late: 0, dropped: 0 });
  expect(playoutDelayMs?.p95).toBeLessThan(150);
});

/** What a call costs: CPU time of a talker, of a listener, and of a listener to twenty who talk at once. */
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { OpusEncoder } from '../../src/audio/opus.ts';
import { loadWav } from '../../src/audio/wav-read.ts';
import { writeForeignRtp } from '../../src/bridge/foreign-rtp.ts';
import type { Program } from '../tunnel/hosts.ts';
import { cpuUs } from '../tunnel/measure.ts';
import { printTable } from '../tunnel/table.ts';
import { type Calls, pause } from './call.ts';
import type { Choices } from './choices.ts';

const SECONDS = 20;
/** Code is compiled, and the connection made, before that, ms. */
const WARM_UP_MS = 8000;
const TALKERS = 20;
const PACKET = 960;
const RTP_PAYLOAD_TYPE = 111;

/** Shares of a core, 0..1, over so many seconds. */
async function shares(programs: readonly Program[], seconds: number): Promise<number[]> {
  const before = programs.map(cpuUs);
  const begin = performance.now();
  await pause(seconds * 1000);
  const us = (performance.now() - begin) * 1000;
  return programs.map((program, i) => (cpuUs(program) - (before[i] ?? 0)) / us);
}

function percent(share: number | undefined): string {
  return `${(100 * (share ?? Number.NaN)).toFixed(1)} %`;
}

async function pair(calls: Calls, seconds: number): Promise<string[][]> {
  const room = 'cpu-pair';
  const { path } = await calls.spoken('speech', seconds + WARM_UP_MS / 1000 + 15);
  const listener = await calls.caller('ear', { room, input: 'silence', traced: false });
  const talker = await calls.caller('mouth', { room, input: path, traced: false });
  await pause(WARM_UP_MS);
  const [said, heard, relayed] = await shares([talker.program, listener.program, calls.station], seconds);
  await talker.hangUp();
  await listener.hangUp();
  return [
    ['one who talks', percent(said)],
    ['one who listens to one', percent(heard)],
    ['the station between them', percent(relayed)],
  ];
}

/** Talkers are bridges, which neither encode nor decode: what they say is made once, here, before. */
async function crowd(calls: Calls, seconds: number): Promise<string[][]> {
  const room = 'cpu-crowd';
  const payloads = await spokenPackets();
  const listener = await calls.caller('ear-crowd', { room, input: 'silence', traced: false });
  const ports: number[] = [];
  for (let i = 0; i < TALKERS; i++) {
    const bridge = calls.start(
      ['bridge', calls.target(`talker${i}`, room), '--rtp-in', ':0', '--json'],
      `t${i}`,
    );
    const { rtpIn } = await bridge.json<{ rtpIn: { port: number } }>();
    ports.push(rtpIn.port);
  }
  const stop = speakTo(ports, payloads);
  await pause(WARM_UP_MS);
  const [heard, relayed] = await shares([listener.program, calls.station], seconds);
  stop();
  const { frames } = await listener.hangUp();
  const wanted = frames.received / Math.max(1, frames.received + frames.concealed + frames.late);
  return [
    [`one who listens to ${TALKERS}`, percent(heard)],
    ['the station between them', percent(relayed)],
    ['(frames in time, of those expected)', percent(wanted)],
  ];
}

async function spokenPackets(): Promise<Uint8Array[]> {
  const samples = await loadWav(fileURLToPath(new URL('../../assets/speech.wav', import.meta.url)));
  const encoder = new OpusEncoder({
    bitrate: 32_000,
    complexity: 9,
    frameMs: 20,
    channels: 1,
    vbr: true,
    dtx: false,
  });
  const count = Math.floor(samples.length / PACKET);
  const payloads = Array.from({ length: count }, (_, i) =>
    encoder.encode(samples.subarray(i * PACKET, (i + 1) * PACKET)),
  );
  encoder.close();
  return payloads;
}

/** Every 20 ms a packet to each; each says another part of the sample. */
function speakTo(ports: readonly number[], payloads: readonly Uint8Array[]): () => void {
  const socket = createSocket('udp4');
  const begin = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * 20 < performance.now() - begin; sent++) {
      for (const [i, port] of ports.entries()) {
        const payload = payloads[(sent + 17 * i) % payloads.length] ?? new Uint8Array();
        const packet = writeForeignRtp({
          payloadType: RTP_PAYLOAD_TYPE,
          marker: sent === 0,
          seq: sent & 0xffff,
          timestamp: (sent * PACKET) >>> 0,
          ssrc: i,
          payload,
        });
        socket.send(packet, port, '127.0.0.1');
      }
    }
  }, 5);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

export async function cpu(calls: Calls, { seconds = SECONDS }: Choices): Promise<void> {
  const rows = [...(await pair(calls, seconds)), ...(await crowd(calls, seconds))];
  printTable(`CPU time over ${seconds} s, share of a core, default settings`, ['', 'of a core'], rows);
}

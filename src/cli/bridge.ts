/** `voipterm bridge`: a room for programs that speak RTP, such as ffmpeg and GStreamer. */
import { writeFile } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import { Bridge, type BridgeReport } from '../bridge/bridge.ts';
import { OUTLET_PACKET_MS } from '../bridge/outlet.ts';
import { sessionDescription } from '../bridge/sdp.ts';
import { sentenceOf, VoiptermError } from '../errors.ts';
import { type Listen, parseListen, parseTarget } from '../net/control/target.ts';
import type { Session } from '../session/session.ts';
import { type CommonOptions, type Context, openHeadless, roomOf } from './context.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { onStopSignal } from './signals.ts';
import { inRoom, startHeadless } from './voice.ts';

export interface BridgeCommandOptions extends CommonOptions {
  readonly rtpIn?: string;
  readonly rtpOut?: string;
  /** 96..127. */
  readonly payloadType: number;
  readonly sdp?: string;
  readonly json?: boolean;
}

/** How long a connection may take before it is given up, ms. */
const CONNECT_TIMEOUT_MS = 20_000;

export async function bridge(targetText: string, options: BridgeCommandOptions): Promise<void> {
  const ends = endsOf(options);
  const stop = onStopSignal();
  const context = openHeadless(options);
  const target = parseTarget(targetText);
  const room = roomOf(context, target);
  const session = await startHeadless(context, target, [room]);
  let open: Bridge | undefined;
  try {
    const ready = session.until((state) => inRoom(state, room), CONNECT_TIMEOUT_MS, true).then(() => true);
    if (!(await Promise.race([ready, stop.requested]))) return;
    open = await openBridge(session, context, options, ends);
    await describe(open, room, options);
    await Promise.race([stop.requested, failedForGood(session)]);
    const report = open.report();
    await printLine(options.json ? toJsonLine({ event: 'end', ...report }) : inWords(report));
  } finally {
    stop.dispose();
    open?.close();
    await session.close();
  }
}

/** Before a connection is made for nothing. */
function endsOf({ rtpIn, rtpOut }: BridgeCommandOptions): { rtpIn: Listen | null; rtpOut: Listen | null } {
  const ends = { rtpIn: rtpIn ? parseListen(rtpIn) : null, rtpOut: rtpOut ? parseListen(rtpOut) : null };
  if (!ends.rtpIn && !ends.rtpOut)
    throw new VoiptermError('usage.invalid', 'a bridge needs --rtp-in or --rtp-out, or both');
  if (ends.rtpOut?.port === 0)
    throw new VoiptermError('usage.invalid', '--rtp-out needs the port that RTP is sent to, from 1 to 65535');
  return ends;
}

async function openBridge(
  session: Session,
  { config }: Context,
  { payloadType }: BridgeCommandOptions,
  ends: { rtpIn: Listen | null; rtpOut: Listen | null },
): Promise<Bridge> {
  const { port1, port2 } = new MessageChannel();
  const { bitrate, complexity, playoutDelayMs, maxBandwidth } = config.audio;
  const tell = (talking: boolean): void => {
    session.link.notify({ method: 'talk', params: { talking } }).catch(() => undefined);
  };
  const audio = { bitrate, complexity, playoutDelayMs, maxBandwidth };
  const open = await Bridge.open({ port: port1, payloadType, ...audio, ...ends, onTalking: tell });
  await session.link.attachVoice(port2);
  // A station that comes back learns anew who talks.
  let online = true;
  session.subscribe(() => {
    const now = session.state.link.at === 'online';
    if (now && !online && open.talking) tell(true);
    online = now;
  });
  return open;
}

/** Says where it is, and how other programs hear it: the session description goes to a file, or stands in the output. */
async function describe(open: Bridge, room: string, options: BridgeCommandOptions): Promise<void> {
  const { rtpIn, rtpOut } = open;
  const end = rtpOut ?? rtpIn;
  if (!end) return;
  const sdp = sessionDescription({
    name: `voipterm #${room}`,
    ...end,
    payloadType: options.payloadType,
    id: Date.now(),
    direction: rtpOut ? 'sendonly' : 'recvonly',
    packetMs: OUTLET_PACKET_MS,
  });
  if (options.sdp !== undefined) await writeSdp(options.sdp, sdp);
  const { payloadType } = options;
  if (options.json) await printLine(toJsonLine({ event: 'bridging', room, rtpIn, rtpOut, payloadType, sdp }));
  else if (options.sdp === undefined) await printLine(sdp.trimEnd());
}

async function writeSdp(path: string, sdp: string): Promise<void> {
  try {
    await writeFile(path, sdp);
  } catch (error) {
    const why = sentenceOf(error);
    throw new VoiptermError('store.unwritable', `the session description cannot be written: ${why}`);
  }
}

function failedForGood(session: Session): Promise<never> {
  return new Promise((_, reject) => {
    session.subscribe(() => {
      const { link } = session.state;
      if (link.at === 'failed') reject(new VoiptermError(link.code, link.reason));
    });
  });
}

function inWords({ in: came, out }: BridgeReport): string {
  const { received, passed, ...drops } = came;
  const dropped = Object.entries(drops).filter(([, count]) => count > 0);
  const why = dropped.map(([name, count]) => `${name} ${count}`).join(', ');
  return [
    `in: ${received} packets, ${passed} voice frames into the room${why && `; not passed: ${why}`}`,
    `out: ${out.sent} packets; from the room ${out.received} voice frames, concealed ${out.concealed}, late ${out.late}, dropped ${out.dropped}`,
  ].join('\n');
}

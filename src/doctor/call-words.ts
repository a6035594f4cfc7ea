/** What a call on trial showed, judged. Pure. */
import type { CarrierState, TunnelStats } from '../net/tunnel/messages.ts';
import { type Check, failure, ok, warning } from './check.ts';

/** A conversation is hard to keep up beyond it (ITU-T G.114: 150 ms one way are well, 400 ms are the limit), ms. */
const LONG_ROUND_TRIP_MS = 350;
/** Share of packets from which on concealment is heard in most sentences. */
const HEAVY_LOSS = 0.03;

export interface TrialFacts {
  /** Null if no datagram session came about. */
  readonly stats: TunnelStats | null;
  readonly voice: { readonly sent: number; readonly returned: number } | null;
  /** For the advice: the station's port. */
  readonly port: number;
}

export function judgeTrial(trial: TrialFacts): Check[] {
  const stats = trial.stats && rounded(trial.stats);
  if (!stats) return [noDatagrams('the station opened no datagram session', trial.port, {})];
  const carriers = judgeCarriers(stats, trial.port);
  if (carriers.some(({ status }) => status === 'failure')) return carriers;
  return [
    ...carriers,
    judgeRoundTrip(stats),
    judgeLoss(stats, trial.voice),
    judgeSize(stats),
    priority(stats),
  ];
}

/** Round trips to a hundredth of a millisecond: what follows is noise. */
function rounded(stats: TunnelStats): TunnelStats {
  const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 100) / 100);
  const carriers = stats.carriers.map((state) => ({ ...state, rttMs: round(state.rttMs) }));
  return { ...stats, rttMs: round(stats.rttMs), carriers };
}

function judgeCarriers(stats: TunnelStats, port: number): Check[] {
  const { carriers } = stats;
  const stream = carriers.find(({ carrier }) => carrier === 'stream');
  const main = carriers.find(({ carrier }) => carrier === 'udp');
  const further = carriers.filter((state) => state !== stream && state !== main);
  const facts = { inUse: { up: stats.carrierUp, down: stats.carrierDown }, reason: stats.carrierReason };
  if (!carriers.some(works)) {
    return [
      noDatagrams(`no datagram gets there and back: ${waysOf(carriers)}`, port, { ...facts, carriers }),
    ];
  }
  return [
    judgeUdp(main, port, { ...facts, ...main }),
    ...(further.length > 0 ? [judgeFurther(further)] : []),
    judgeStream(stream),
  ];
}

function works({ up, down }: CarrierState): boolean {
  return up && down;
}

function noDatagrams(text: string, port: number, facts: Check['facts']): Check {
  return failure('path.udp', 'control.unreachable', text, openUdp(port), facts);
}

function openUdp(port: number): string {
  return `open UDP port ${port} in the station's firewall and its router, and let UDP out here; TCP alone is not enough`;
}

function judgeUdp(main: CarrierState | undefined, port: number, facts: Check['facts']): Check {
  const id = 'path.udp';
  if (!main) {
    const fix =
      'none is needed; for less delay use a network from which the station can be reached without a proxy';
    return warning(
      id,
      'cannot be tried: only the proxy or jump host knows the way to the station',
      fix,
      facts,
    );
  }
  if (works(main)) return ok(id, 'datagrams arrive both ways', facts);
  return warning(id, `${trouble(main)}; voice goes another way`, openUdp(port), facts);
}

/** What does not work on a way. */
function trouble({ up, down }: CarrierState): string {
  if (up) return 'datagrams reach the station, and none comes back';
  if (down) return 'datagrams come from the station, and none gets there';
  return 'no datagram arrives either way';
}

function judgeFurther(states: readonly CarrierState[]): Check {
  const id = 'path.further-udp';
  const facts = { carriers: states };
  if (states.every(works)) return ok(id, waysOf(states), facts);
  const ports = states.filter((state) => !works(state)).map(({ carrier }) => carrier.replace('udp:', ''));
  return warning(
    id,
    waysOf(states),
    `open UDP port ${ports.join(' and ')} as well, or take it out of the station's list`,
    facts,
  );
}

function judgeStream(stream: CarrierState | undefined): Check {
  const id = 'path.stream';
  if (stream && works(stream))
    return ok(id, 'datagrams can go inside SSH where UDP is blocked', { ...stream });
  const text = stream ? trouble(stream) : 'the station offers no way inside SSH';
  const fix = 'have the station run a voipterm as new as yours; until then voice needs UDP';
  return warning(id, text, fix, { ...stream });
}

function waysOf(states: readonly CarrierState[]): string {
  return states
    .map((state) => `${state.carrier} ${works(state) ? 'works' : `does not work (${trouble(state)})`}`)
    .join(', ');
}

function judgeRoundTrip({ rttMs, carrierUp }: TunnelStats): Check {
  const id = 'path.round-trip';
  const facts = { rttMs, carrier: carrierUp };
  if (rttMs === null) return warning(id, 'not measured: no probe was answered in time', 'try again', facts);
  const text = `${rttMs.toFixed(1)} ms by ${carrierUp}`;
  if (rttMs <= LONG_ROUND_TRIP_MS) return ok(id, text, facts);
  const fix = 'use a cable in place of Wi-Fi, or a station that is nearer to all of you';
  return warning(id, `${text}: people will talk at the same time`, fix, facts);
}

function judgeLoss({ lossUp, lossDown }: TunnelStats, voice: TrialFacts['voice']): Check {
  const id = 'path.loss';
  const facts = {
    up: lossUp,
    down: lossDown,
    echoSent: voice?.sent ?? null,
    echoReturned: voice?.returned ?? null,
  };
  const echoed = voice
    ? `; of ${voice.sent} voice packets ${voice.returned} came back from the echo room`
    : '';
  const text = `${percent(lossUp)} on the way to the station, ${percent(lossDown)} on the way back${echoed}`;
  // Over both ways: what is lost of the echo counts twice, so half of it.
  const echoLoss = voice && voice.sent > 0 ? Math.max(0, 1 - voice.returned / voice.sent) / 2 : 0;
  if (Math.max(lossUp ?? 0, lossDown ?? 0, echoLoss) < HEAVY_LOSS) return ok(id, text, facts);
  return warning(
    id,
    text,
    'use a cable in place of Wi-Fi, and stop what fills the line (uploads, backups)',
    facts,
  );
}

function percent(share: number | null): string {
  return share === null ? 'not measured' : `${(share * 100).toFixed(1)} %`;
}

function judgeSize({ mtu, carriers, carrierUp }: TunnelStats): Check {
  const facts = {
    bytes: mtu,
    carriers: Object.fromEntries(carriers.map((state) => [state.carrier, state.mtu])),
  };
  return ok('path.mtu', `payloads of ${mtu.toLocaleString('en')} bytes pass by ${carrierUp}`, facts);
}

/** Node's dgram has no way to set IP_TOS, and nothing compiled is added for it. */
function priority({ carrierUp }: TunnelStats): Check {
  const text =
    carrierUp === 'stream'
      ? 'voice is not marked (DSCP): inside SSH it cannot be'
      : 'voice is not marked (DSCP EF), since Node cannot; on a full line a rule of your router for this UDP port helps';
  return ok('path.dscp', text, { marked: false });
}

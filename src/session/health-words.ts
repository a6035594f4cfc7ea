/** How voices come through, in words: for the side, for /voice and for the command line. Pure. */
import type { Fault } from '../audio/fault.ts';
import type { PersonHealth, Redundancy } from './state.ts';

const WORDS: Readonly<Record<Fault, string>> = {
  none: 'fine',
  'your-uplink': 'your uplink',
  'your-downlink': 'your downlink',
  station: 'the station',
  'their-uplink': 'their uplink',
  'their-downlink': 'their downlink',
  'their-microphone': 'their microphone',
};

/** Whose fault it is. */
export function faultWords(fault: Fault): string {
  return WORDS[fault];
}

/** What is wrong and where, in a few words; "" while all is well. */
export function troubleWords({ fault, lossPct, latePct, heardLossPct }: PersonHealth): string {
  if (fault === 'none') return '';
  if (fault === 'their-microphone') return 'too quiet: their microphone';
  const heard = Math.max(lossPct, latePct);
  const told = heardLossPct ?? 0;
  const amount =
    told > heard
      ? `${Math.round(told)}% of you lost`
      : latePct > lossPct
        ? `${Math.round(latePct)}% late`
        : `${Math.round(lossPct)}% lost`;
  return `${amount}: ${faultWords(fault)}`;
}

/** One voice with its figures. `rttMs` is our own round trip to the station. */
export function healthLine(health: PersonHealth, rttMs: number | null): string {
  const ms = (value: number): string => `${Math.round(value)} ms`;
  const figures = [
    `RTT ${rttMs === null ? '-' : ms(rttMs)}`,
    `jitter ${ms(health.jitterMs)}`,
    `loss ${percent(health.lossPct)}`,
    `late ${percent(health.latePct)}`,
    `concealed ${percent(health.concealedPct)}`,
    `delay ${ms(health.playoutDelayMs)}`,
    `level ${Math.round(health.levelDb)} dB`,
    ...(health.heardLossPct === null ? [] : [`loses ${percent(health.heardLossPct)} of you`]),
  ];
  return `${health.name}: ${troubleWords(health) || 'fine'} (${figures.join(', ')})`;
}

/** "+18 kb/s for bob: 12% loss", or "" while nothing is sent against loss. */
export function redundancyWords(redundancy: Redundancy | null): string {
  if (!redundancy) return '';
  const { addedBps, name, lossPct } = redundancy;
  const added = Math.round(addedBps / 1000);
  return `${added >= 0 ? '+' : ''}${added} kb/s for ${name}: ${Math.round(lossPct)}% loss`;
}

export function percent(value: number): string {
  return `${value > 0 && value < 1 ? '<1' : Math.round(value)}%`;
}

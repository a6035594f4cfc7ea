/** Whose fault it is, on real links of which two are bad: what the panel of each end of a call says of the others. */
import { expect } from 'vitest';
import type { Terminal } from '../fakes/terminal.ts';
import { BadNetwork } from './bad-network.ts';
import { CALM } from './calls.ts';
import { leave, type Screens, until } from './screens.ts';
import { test } from './screens-test.ts';

/** A verdict is of the last seconds, and one of these a busy machine can spoil: until all ends have seen the right one, ms. */
const VERDICTS_MS = 60_000;

/** Somebody with the panel of voices open, who talks all the time or says nothing. */
async function open(
  screens: Screens,
  name: string,
  target: string,
  says: 'tone' | 'silence',
): Promise<Terminal> {
  const terminal = await screens.open(name, [target], {
    columns: 130,
    env: {
      ...CALM,
      VOIPTERM_AUDIO_INPUT: says,
      VOIPTERM_AUDIO_TALK_MODE: says === 'tone' ? 'continuous' : 'push',
    },
  });
  await until(terminal, 'online');
  terminal.send('/voice\r');
  await until(terminal, '/voice closes');
  return terminal;
}

/** What a panel says now of each of the others, heard or listening. */
function verdictsOn({ lines }: Terminal): Record<string, string | undefined> {
  const row = /\b(ann|bob|dan|eve) +<?\d+% +<?\d+% .*? {2}(fine|the station|(?:your|their) \w+)/;
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, verdict] = row.exec(line) ?? [];
      return name === undefined ? [] : [[name, verdict]];
    }),
  );
}

test('a bad uplink and a bad downlink are told apart, at both ends', { timeout: 120_000 }, async ({
  place,
  screens,
}) => {
  const station = await place.serve();
  const [up, down] = await Promise.all([BadNetwork.open(station, 2), BadNetwork.open(station, 3)]);
  try {
    up.udp({ up: 'loss=25%' });
    down.udp({ down: 'loss=25%' });
    const all = await Promise.all([
      open(screens, 'bob', up.target('bob', 'lobby'), 'tone'),
      open(screens, 'eve', station.target('eve'), 'tone'),
      open(screens, 'ann', station.target('ann'), 'silence'),
      open(screens, 'dan', down.target('dan', 'lobby'), 'silence'),
    ]);
    // All of it at once: a verdict that only comes by is none.
    await expect
      .poll(() => all.map(verdictsOn), { timeout: VERDICTS_MS })
      .toEqual([
        { ann: 'your uplink', dan: 'your uplink', eve: expect.stringMatching(/fine|your uplink/) },
        { ann: 'fine', dan: 'their downlink', bob: 'their uplink' },
        { bob: 'their uplink', eve: 'fine' },
        { bob: 'your downlink', eve: 'your downlink' },
      ]);
    await Promise.all(all.map(leave));
  } finally {
    await Promise.all([up.close(), down.close()]);
  }
});

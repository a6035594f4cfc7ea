import { describe, expect, test } from 'vitest';
import { judgeTrial } from '../../src/doctor/call-words.ts';
import type { Check, CheckId } from '../../src/doctor/check.ts';
import type { CarrierState, TunnelStats } from '../../src/net/tunnel/messages.ts';
import { busyState } from '../fakes/fake-session.ts';

const both = { up: true, down: true, rttMs: 20, mtu: 1440 };
const neither = { up: false, down: false, rttMs: null, mtu: 1200 };
const udp: CarrierState = { carrier: 'udp', ...both };
const stream: CarrierState = { carrier: 'stream', ...both };

const { stats: usual } = busyState();
if (!usual) throw new Error('the busy state has statistics');
const well: TunnelStats = { ...usual, mtu: 1440, lossUp: 0, lossDown: 0.01, carriers: [udp, stream] };

function judged(stats: Partial<TunnelStats>, voice: { sent: number; returned: number } | null = null) {
  const checks = judgeTrial({ stats: { ...well, ...stats }, voice, port: 2222 });
  return (id: CheckId): Check => {
    const found = checks.find((check) => check.id === id);
    if (!found) throw new Error(`no ${id} in ${JSON.stringify(checks)}`);
    return found;
  };
}

test('a good network is well in every respect', () => {
  const checks = judgeTrial({ stats: well, voice: { sent: 150, returned: 149 }, port: 2222 });
  expect(checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'path.udp ok',
    'path.stream ok',
    'path.round-trip ok',
    'path.loss ok',
    'path.mtu ok',
    'path.dscp ok',
  ]);
  expect(checks[4]?.text).toBe('payloads of 1,440 bytes pass by udp');
});

describe('UDP', () => {
  test('that is blocked is a warning while the stream carries voice', () => {
    const check = judged({ carriers: [{ carrier: 'udp', ...neither }, stream] })('path.udp');
    expect(check).toMatchObject({ status: 'warning', fix: expect.stringContaining('UDP port 2222') });
    expect(check.text).toMatch(/no datagram arrives either way/);
  });

  test.each([
    [{ up: true, down: false }, /reach the station, and none comes back/],
    [{ up: false, down: true }, /come from the station, and none gets there/],
  ])('that goes one way only (%j) says which', (way, words) => {
    const check = judged({ carriers: [{ carrier: 'udp', ...both, ...way }, stream] })('path.udp');
    expect(check).toMatchObject({ status: 'warning', text: expect.stringMatching(words) });
  });

  test('and nothing else either is a failure that stands alone', () => {
    const carriers: CarrierState[] = [
      { carrier: 'udp', ...neither },
      { carrier: 'stream', ...neither },
    ];
    const checks = judgeTrial({ stats: { ...well, carriers }, voice: null, port: 2222 });
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({ id: 'path.udp', status: 'failure', code: 'control.unreachable' });
  });

  test('cannot be tried behind a proxy', () => {
    expect(judged({ carriers: [stream] })('path.udp')).toMatchObject({
      status: 'warning',
      text: expect.stringContaining('cannot be tried'),
    });
  });

  test('on further ports is judged port by port', () => {
    const carriers: CarrierState[] = [
      udp,
      { carrier: 'udp:443', ...both },
      { carrier: 'udp:53', ...neither },
    ];
    const check = judged({ carriers: [...carriers, stream] })('path.further-udp');
    expect(check.status).toBe('warning');
    expect(check.text).toMatch(/udp:443 works, udp:53 does not work/);
    expect(check).toMatchObject({ fix: expect.stringMatching(/UDP port 53 /) });
    const fine = [udp, { carrier: 'udp:443', ...both } as const, stream];
    expect(judged({ carriers: fine })('path.further-udp').status).toBe('ok');
  });
});

test('a station without datagrams is a failure', () => {
  expect(judgeTrial({ stats: null, voice: null, port: 22 })).toMatchObject([
    { id: 'path.udp', status: 'failure' },
  ]);
});

test('without a way inside SSH there is a warning', () => {
  expect(judged({ carriers: [udp] })('path.stream')).toMatchObject({ status: 'warning' });
});

test.each([
  [20, 'ok'],
  [350, 'ok'],
  [351, 'warning'],
  [null, 'warning'],
] as const)('a round trip of %j ms is %s', (rttMs, status) => {
  expect(judged({ rttMs })('path.round-trip').status).toBe(status);
});

describe('loss', () => {
  test.each([
    [{ lossUp: 0.02, lossDown: 0.02 }, null, 'ok'],
    [{ lossUp: 0.05, lossDown: 0 }, null, 'warning'],
    [{ lossUp: 0, lossDown: 0.05 }, null, 'warning'],
    [{ lossUp: 0, lossDown: 0 }, { sent: 100, returned: 90 }, 'warning'],
    [{ lossUp: 0, lossDown: 0 }, { sent: 100, returned: 98 }, 'ok'],
    [{ lossUp: null, lossDown: null }, { sent: 0, returned: 0 }, 'ok'],
  ] as const)('%j with the echo %j is %s', (loss, voice, status) => {
    expect(judged(loss, voice)('path.loss').status).toBe(status);
  });

  test('says what the echo room gave back', () => {
    const { text } = judged({ lossUp: 0.1, lossDown: null }, { sent: 150, returned: 120 })('path.loss');
    expect(text).toMatch(/^10\.0 % .* not measured .*; of 150 voice packets 120 came back/);
  });
});

/** What a user is told of forwards: once, and not again because the link came back. */
import { expect, test } from 'vitest';
import { VoiptermError } from '../../src/errors.ts';
import { NO_COUNTS } from '../../src/net/forward/no-counts.ts';
import { parseForward } from '../../src/net/forward/spec.ts';
import type { ForwardAsk, ForwardState, ForwardView } from '../../src/net/forward/state.ts';
import { Forwarding } from '../../src/session/forwarding.ts';

const SPEC = parseForward('-L', '5300:10.0.0.2:53/udp');

function view(state: ForwardState): ForwardView {
  return {
    id: 1,
    spec: SPEC,
    state,
    counters: { ...NO_COUNTS, open: 2, opened: 3, datagramsUp: 5, tooLarge: 1 },
  };
}

function setUp(add: (ask: ForwardAsk) => Promise<ForwardView>) {
  const notices: string[] = [];
  const active = view({ at: 'active', port: 5300 });
  const forwarding = new Forwarding({
    notice: (text) => notices.push(text),
    link: () => ({
      addForward: add,
      removeForward: async (id) => id === 1,
      forwards: async () => [active],
    }),
  });
  return { notices, forwarding, active };
}

const LINE = '-L 5300:10.0.0.2:53/udp';

test('a change is told, coming back is not, a failure in between makes it news', () => {
  const { notices, forwarding, active } = setUp(async () => active);
  const refused = view({ at: 'failed', code: 'forward.refused', reason: 'not allowed' });
  const offline = view({ at: 'waiting', code: null, reason: 'not connected' });
  for (const change of [active, offline, active, refused, offline, refused, active])
    forwarding.changed(change);
  expect(notices).toEqual([
    `forward 1 (${LINE}): listening on port 5300 of this machine`,
    `forward 1 (${LINE}): failed: not allowed`,
    `forward 1 (${LINE}): listening on port 5300 of this machine`,
  ]);
});

test('listed with what they carried, removed by number', async () => {
  const { notices, forwarding, active } = setUp(async () => active);
  await forwarding.list();
  await forwarding.remove(1);
  expect(notices).toEqual([
    `Forwards:\n1  ${LINE}  listening on port 5300 of this machine\n   2 of 3 flows open, 5 datagrams up, 0 down, 0 bytes up, 0 down, 1 too large`,
    'forward 1 is removed',
  ]);
  await expect(forwarding.remove(2)).rejects.toMatchObject({ code: 'usage.invalid' });
});

test('from the start: one that cannot be does not keep the others back', async () => {
  const added: number[] = [];
  const { notices, forwarding, active } = setUp(async ({ spec }) => {
    if (spec.bind.port === 1) throw new VoiptermError('forward.in-use', 'cannot listen on port 1');
    added.push(spec.bind.port);
    return active;
  });
  const asks = ['1:h:1', '2:h:1'].map((text) => ({
    spec: parseForward('-L', text),
    idleS: 60,
    socksAuth: null,
  }));
  await forwarding.begin(asks);
  expect(added).toEqual([2]);
  expect(notices).toEqual(['-L 1:h:1: cannot listen on port 1']);
  await expect(forwarding.add('-L', 'nonsense')).rejects.toMatchObject({ code: 'usage.invalid' });
});

test('one that the user need not hear of is neither told nor listed nor removed by number', async () => {
  const waiting = view({ at: 'waiting', code: null, reason: 'not connected' });
  const quiet = setUp(async () => {
    // News of it may come before the answer that says whose it is.
    quiet.forwarding.changed(waiting);
    return waiting;
  });
  const opened = quiet.forwarding.openQuietly({ spec: SPEC, idleS: 60, socksAuth: null });
  await new Promise(setImmediate);
  quiet.forwarding.changed(quiet.active);
  expect(await opened).toBe(5300);
  await quiet.forwarding.list();
  expect(quiet.notices).toEqual(['no forwards; add one: /forward -L 8080:host:80']);
  await expect(quiet.forwarding.remove(1)).rejects.toMatchObject({ code: 'usage.invalid' });
});

/** Files that are offered are a reason for a sign where a message would be one. */
import { describe, expect, test } from 'vitest';
import { ALERT_GAP_MS, type NotifyMode, offerAlert } from '../../src/session/alerts.ts';
import type { State } from '../../src/session/state.ts';
import type { TextAlert } from '../../src/session/text-state.ts';
import { busyState, room } from '../fakes/fake-session.ts';

const NOW = 1_000_000;
const base = busyState();

function state(text: Partial<State['text']>, rest: Partial<State> = {}): State {
  return { ...base, ...rest, text: { ...base.text, alert: null, attentive: false, ...text } };
}

const offered = (place: string, notify: NotifyMode, at: State, now = NOW) =>
  offerAlert({ from: 'bob', place, name: 'plan.pdf' }, at, notify, now);

describe('the sign for a file that is offered', () => {
  test.each([
    ['@bob', 'mentions', 'direct'],
    ['@bob', 'all', 'direct'],
    ['@bob', 'off', undefined],
    ['ops', 'mentions', undefined],
    ['ops', 'all', 'message'],
    ['ops', 'off', undefined],
  ] as const)('to %s with ui.notify = %s: %s', (place, notify, why) => {
    expect(offered(place, notify, state({}))?.why).toBe(why);
  });

  test('says who, where and what', () => {
    expect(offered('@bob', 'mentions', state({}))).toMatchObject({
      ...{ serial: 1, at: NOW, room: '@bob', title: 'bob', text: 'offers the file plan.pdf' },
    });
    expect(offered('ops', 'all', state({}))?.title).toBe('bob in #ops');
  });

  test('is not given to who looks there, unless at what was said long before', () => {
    const there = { rooms: [room('@bob', [], [])], current: '@bob' };
    expect(offered('@bob', 'all', state({ attentive: true }, there))).toBeUndefined();
    expect(offered('@bob', 'all', state({ attentive: false }, there))).toBeDefined();
    const back = { rooms: [{ ...room('@bob', [], []), newer: true }], current: '@bob' };
    expect(offered('@bob', 'all', state({ attentive: true }, back))).toBeDefined();
    expect(offered('@bob', 'all', state({ attentive: true }))).toBeDefined();
  });

  test('is one in three seconds; being called comes through after a mere message', () => {
    const before: TextAlert = { serial: 4, room: 'ops', at: NOW, title: 't', text: '', why: 'direct' };
    const soon = NOW + ALERT_GAP_MS - 1;
    expect(offered('@bob', 'all', state({ alert: before }), soon)).toBeUndefined();
    expect(offered('@bob', 'all', state({ alert: before }), soon + 1)?.serial).toBe(5);
    expect(offered('@bob', 'all', state({ alert: { ...before, why: 'message' } }), soon)?.serial).toBe(5);
    expect(offered('ops', 'all', state({ alert: { ...before, why: 'message' } }), soon)).toBeUndefined();
  });
});

/** Signs for somebody who looks elsewhere: which bytes for which terminal, and never anything of others' making. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TextAlert } from '../../src/session/text-state.ts';
import { noteTerminal, signOf } from '../../src/ui/desktop-notes.ts';
import { giveSigns } from '../../src/ui/signs.ts';
import { initialState } from '../../src/session/reduce.ts';

const alert: TextAlert = { serial: 1, room: '@bob', at: 0, title: 'bob', text: 'tea; now?', why: 'direct' };
const signs = { bell: true, desktop: 'auto' } as const;

describe('a terminal', () => {
  test.each([
    [{ TERM: 'xterm-256color' }, null, false],
    [{ TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, 'osc9', false],
    [{ TERM: 'xterm-kitty' }, 'osc9', false],
    [{ TERM: 'foot' }, 'osc777', false],
    [{ TERM: 'rxvt-unicode-256color' }, 'osc777', false],
    [{ TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm' }, 'osc777', false],
    [{ TERM: 'tmux-256color', TMUX: '/tmp/x', TERM_PROGRAM: 'iTerm.app' }, null, true],
    [{ TERM: 'screen', STY: '1' }, null, false],
    [{}, null, false],
  ])('%o', (env, form, tmux) => {
    expect(noteTerminal(env)).toEqual({ form, tmux });
  });
});

describe('a sign', () => {
  test('is a bell, a note, both or nothing, as it is wanted', () => {
    const plain = { form: null, tmux: false };
    expect(signOf(alert, signs, plain)).toBe('\x07');
    expect(signOf(alert, { ...signs, bell: false }, plain)).toBe('');
    expect(signOf(alert, signs, { form: 'osc9', tmux: false })).toBe('\x1b]9;bob: tea, now?\x07\x07');
    expect(signOf(alert, { bell: false, desktop: 'osc777' }, plain)).toBe(
      '\x1b]777;notify;bob;tea, now?\x07',
    );
    expect(signOf(alert, { bell: false, desktop: 'off' }, { form: 'osc9', tmux: false })).toBe('');
    expect(signOf(alert, { bell: false, desktop: 'osc9' }, { form: null, tmux: true })).toBe(
      '\x1bPtmux;\x1b\x1b]9;bob: tea, now?\x07\x1b\\',
    );
  });

  test('holds nothing that a terminal would obey', () => {
    const codes = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 0x9f }), fc.constantFrom(0x202e, 0x200b, 0x3b)),
      {
        maxLength: 40,
      },
    );
    const bad = codes.map((all) => String.fromCodePoint(...all));
    fc.assert(
      fc.property(bad, bad, (title, text) => {
        const sign = signOf(
          { ...alert, title, text },
          { bell: false, desktop: 'osc777' },
          { form: null, tmux: false },
        );
        expect(sign.slice(2, -1)).not.toMatch(/\p{Cc}/u);
        expect(sign.split(';')).toHaveLength(4);
      }),
      { seed: 11 },
    );
  });

  test('is given once', () => {
    let told: () => void = () => undefined;
    const session = {
      state: initialState('ann', 'ann@host'),
      subscribe: (listener: () => void) => {
        told = listener;
        return () => undefined;
      },
    };
    const written: string[] = [];
    giveSigns(session as never, { write: (text) => written.push(text) }, { form: null, tmux: false });
    told();
    session.state = { ...session.state, text: { ...session.state.text, alert } };
    told();
    told();
    expect(written).toEqual(['\x07']);
  });
});

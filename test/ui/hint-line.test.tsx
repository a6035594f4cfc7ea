/** The hint line on the screen: where it stands, and what it says while a second chord is awaited. */
import { expect, test } from 'vitest';
import { bindingsFor } from '../fakes/bindings.ts';
import { busyState } from '../fakes/fake-session.ts';
import { draw } from './drawn.tsx';

const bindings = bindingsFor('f8', { newline: ['alt+enter', 'ctrl+x ctrl+n'] });

test('stands below the status line, and follows the pane', async () => {
  const { rows, type } = draw(busyState(), { bindings, hints: true });
  expect(rows()).toHaveLength(24);
  expect(rows().at(-1)).toMatch(/^ Space talk {2}F4 help /);
  expect(rows().at(-2)).toContain('online');
  type('text');
  await expect.poll(() => rows().at(-1)).toMatch(/^ Enter send /);
  type('\x1bOS');
  await expect.poll(() => rows().at(-1)).toMatch(/^ Down scroll down .*Esc back/);
});

test('lists what may follow a chord, and the next key ends that', async () => {
  const { rows, type, controller } = draw(busyState(), { bindings, hints: true });
  type('a\x18');
  await expect.poll(() => rows().at(-1)).toMatch(/^ Ctrl\+X then .*Ctrl\+N new line/);
  type('\x0e');
  await expect.poll(() => rows().at(-1)).toMatch(/^ Enter send /);
  expect(controller.view.line.text).toBe('a\n');
  type('\x18z');
  expect(controller.view.line.text).toBe('a\n');
});

test.each([
  [24, false],
  [19, true],
])(
  'where there is no row for it (%i rows, wanted: %s) the status line gives way for a moment',
  async (height, hints) => {
    const { rows, type } = draw(busyState(), { bindings, hints, rows: height });
    await expect.poll(() => rows().at(-1)).toContain('online');
    type('\x18');
    expect(rows()).toHaveLength(height);
    await expect.poll(() => rows().at(-1)).toMatch(/^ Ctrl\+X then /);
    type('z');
    await expect.poll(() => rows().at(-1)).toContain('online');
  },
);

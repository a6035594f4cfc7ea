/** Whether the chat is in view. */
import { expect, test } from 'vitest';
import { tellLooking } from '../../src/ui/looking.ts';
import { LiveView } from '../../src/ui/view.ts';

test('is told when it changes, and not before or again', () => {
  const view = new LiveView({ columns: 80, rows: 24 }, true);
  const told: unknown[] = [];
  const viewed = {
    get view() {
      return view.now;
    },
    subscribe: (listener: () => void) => view.subscribe(listener),
  };
  const stop = tellLooking({ do: (command) => void told.push(command) }, viewed);
  view.set({ tab: 'chat' });
  view.set({ tab: 'shell' });
  view.set({ tab: 'settings' });
  view.set({ tab: 'chat' });
  stop();
  view.set({ tab: 'help' });
  expect(told).toEqual([
    { do: 'look', on: false },
    { do: 'look', on: true },
  ]);
});

/** What reaches a terminal that reads slowly, and a screen that was given back. */
import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { type OutputStream, Screen } from '../../src/ui/screen.ts';

class SlowTerminal extends EventEmitter {
  writableNeedDrain = false;
  readonly written: string[] = [];

  write(chunk: string): boolean {
    this.written.push(String(chunk));
    return !this.writableNeedDrain;
  }

  drain(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }
}

function make() {
  const terminal = new SlowTerminal();
  const onStale = vi.fn();
  const screen = new Screen(terminal as unknown as OutputStream, onStale);
  return { terminal, screen, onStale };
}

test('a terminal that reads gets every frame, and is never drawn anew for it', () => {
  const { terminal, screen, onStale } = make();
  for (const frame of ['one', 'two', 'three']) screen.write(frame);
  terminal.drain();
  expect(terminal.written).toEqual(['one', 'two', 'three']);
  expect(onStale).not.toHaveBeenCalled();
});

test('a terminal that does not read gets no frames, and is drawn anew once when it does', () => {
  const { terminal, screen, onStale } = make();
  screen.write('one');
  terminal.writableNeedDrain = true;
  for (let frame = 0; frame < 100; frame++) screen.write(`lost ${frame}`);
  expect(terminal.written).toEqual(['one']);
  expect(onStale).not.toHaveBeenCalled();
  terminal.drain();
  expect(onStale).toHaveBeenCalledTimes(1);
  screen.write('whole');
  expect(terminal.written).toEqual(['one', 'whole']);
});

test('a part of a frame is not followed by the rest once something of it was lost', () => {
  const { terminal, screen, onStale } = make();
  terminal.writableNeedDrain = true;
  screen.write('first half');
  // It reads again, but has not been told to draw anew.
  terminal.writableNeedDrain = false;
  screen.write('second half');
  expect(terminal.written).toEqual([]);
  terminal.drain();
  expect(onStale).toHaveBeenCalledTimes(1);
});

test('a screen that was given back is not drawn anew', () => {
  const { terminal, screen, onStale } = make();
  terminal.writableNeedDrain = true;
  screen.write('lost');
  screen.shut();
  terminal.drain();
  expect(onStale).not.toHaveBeenCalled();
});

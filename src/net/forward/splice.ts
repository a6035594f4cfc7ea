/** Joins two byte streams into one connection: backpressure and half-close go through, and both end together. */
import type { Duplex } from 'node:stream';

/**
 * What comes out of one goes into the other. The end of one direction leaves the other open; once one side is closed,
 * the other is closed too, after what it was given is flushed. `done` is called once, when both are closed.
 */
export function splice(a: Duplex, b: Duplex, done: () => void): void {
  let open = 2;
  const join = (from: Duplex, to: Duplex): void => {
    from.on('error', () => to.destroy());
    from.once('close', () => {
      open -= 1;
      if (open === 0) done();
      if (!from.readableEnded || to.writableFinished) to.destroy();
      else to.once('finish', () => to.destroy());
    });
    from.pipe(to);
  };
  join(a, b);
  join(b, a);
}

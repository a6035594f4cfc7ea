/** The member that a request comes from, as the handlers of its methods ask for it. */
import type { Author } from './posting.ts';

export interface Asker {
  /** Who asks. Throws unless hello was said, and when the member asks too much. */
  admit(): Author;
  /** The same without counting the request, for what something else bounds. */
  known(): Author;
}

/** The answer to a request that has none. */
export function done(work: () => void): Record<string, never> {
  work();
  return {};
}

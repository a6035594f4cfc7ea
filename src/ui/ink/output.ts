/** Ink's Output, which takes lines apart anew for each frame, with what it found out kept from one frame to the next. */
import Output from '../../../node_modules/ink/build/output.js';

/** As Ink's own caches, which it makes anew for each frame. */
interface Caches {
  readonly widths: Map<string, unknown>;
  readonly blockWidths: Map<string, unknown>;
  readonly styledChars: Map<string, unknown>;
}

/** Lines that are remembered: some screens of the largest size. They are forgotten all at once. */
const MAX_LINES = 2000;

let shared: Caches | undefined;

export default class LastingOutput extends Output {
  constructor(options: ConstructorParameters<typeof Output>[0]) {
    super(options);
    const own = this as unknown as { caches: Caches };
    shared ??= own.caches;
    for (const cache of Object.values(shared)) if (cache.size > MAX_LINES) cache.clear();
    own.caches = shared;
  }
}

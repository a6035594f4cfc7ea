/** Ink's Output, which takes lines apart anew for each frame, with what it found out kept from one frame to the next. */
import Output from '../../../node_modules/ink/build/output.js';

/** Lines that are remembered: some screens of the largest size. They are forgotten all at once. */
const MAX_LINES = 2000;

let shared: Readonly<Record<string, Map<string, unknown>>> | undefined;

export default class LastingOutput extends Output {
  constructor(options: ConstructorParameters<typeof Output>[0]) {
    super(options);
    // Ink's types have them private.
    shared ??= Reflect.get(this, 'caches');
    for (const cache of Object.values(shared ?? {})) if (cache.size > MAX_LINES) cache.clear();
    Reflect.set(this, 'caches', shared);
  }
}

/** Notices a device that went quiet: one that vanished often just stops, without an error. */

/** A device that works is heard of every few milliseconds; a suspended laptop's comes back within this, ms. */
const DEVICE_SILENT_MS = 3000;

export class Watchdog {
  #timer: NodeJS.Timeout;

  /** Calls `onSilent` once when `DEVICE_SILENT_MS` pass without `feed`. */
  constructor(onSilent: () => void) {
    this.#timer = setTimeout(onSilent, DEVICE_SILENT_MS);
  }

  feed(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

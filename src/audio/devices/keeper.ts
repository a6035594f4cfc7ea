/** Keeps a device open: tries again every few seconds while it is missing, and after it was lost. */
import { sentenceOf } from '../../errors.ts';
import type { DeviceState } from '../messages.ts';

/** Often enough for someone who just plugged a headset in; rare enough to cost nothing, ms. */
const REOPEN_MS = 3000;

interface Device {
  readonly name: string;
  close(): Promise<void>;
}

export interface KeeperOptions<D extends Device> {
  readonly open: () => Promise<D>;
  /** The device works: start it, and call `lost` when it goes. */
  readonly use: (device: D, lost: (detail: string) => void) => void;
  /** There is no device for now. */
  readonly without: () => void;
  readonly report: (state: DeviceState) => void;
  /** What to call it while there is none: "microphone". */
  readonly name: string;
  /** Time between tries, ms. */
  readonly reopenMs?: number;
}

export class DeviceKeeper<D extends Device> {
  #options: KeeperOptions<D>;
  #device: D | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reported: string | undefined;
  #closed = false;
  /** Something changed while a device was being opened. */
  #again = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions<D>) {
    this.#options = options;
  }

  /** The first try. Resolves whether or not it worked. */
  open(): Promise<void> {
    this.#opening = this.#tryOpen();
    return this.#opening;
  }

  async #tryOpen(): Promise<void> {
    try {
      const device = await this.#options.open();
      if (this.#closed) return await device.close();
      this.#device = device;
      this.#report({ state: 'ok', name: device.name, detail: '' });
      this.#options.use(device, (detail) => this.#lost(device, detail));
    } catch (error) {
      if (this.#closed) return;
      const detail = sentenceOf(error);
      // A device that was lost stays lost until it is back: that it was there is the more useful news.
      if (!this.#reported?.startsWith('lost'))
        this.#report({ state: 'missing', name: this.#options.name, detail });
      this.#options.without();
      this.#retry();
    }
  }

  /** Closes the device and gives up trying. Rejects as the device's `close` does. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    await this.#opening;
    const device = this.#device;
    this.#device = undefined;
    await device?.close();
  }

  /** Tries now, if there is no device: one has just been connected. */
  hurry(): void {
    if (this.#device || this.#closed) return;
    // A try that is under way may have begun too early.
    if (this.#timer === undefined) {
      this.#again = true;
      return;
    }
    this.#cancelRetry();
    void this.open();
  }

  /** Opens anew, another device than before perhaps. Never rejects. */
  async reopen(): Promise<void> {
    await this.#opening;
    if (this.#closed) return;
    this.#cancelRetry();
    const device = this.#device;
    this.#device = undefined;
    this.#options.without();
    await device?.close().catch(() => undefined);
    this.#reported = undefined;
    await this.open();
  }

  #lost(device: D, detail: string): void {
    if (this.#closed || this.#device !== device) return;
    this.#device = undefined;
    this.#report({ state: 'lost', name: device.name, detail });
    this.#options.without();
    void device.close().catch(() => undefined);
    this.#retry();
  }

  #retry(): void {
    this.#cancelRetry();
    const waitMs = this.#again ? 0 : (this.#options.reopenMs ?? REOPEN_MS);
    this.#again = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.open();
    }, waitMs);
  }

  #cancelRetry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** News only: a device that is missing is tried again every few seconds. */
  #report(state: DeviceState): void {
    const text = `${state.state} ${state.name} ${state.detail}`;
    if (text === this.#reported) return;
    this.#reported = text;
    this.#options.report(state);
  }
}

/** Finds the sound device that a person means by a name. Pure. */

/** A device as a sound server or the kernel knows it. */
export interface KnownDevice {
  /** Its technical name, such as "alsa_input.usb-C-Media_Headset". */
  readonly id: string;
  /** What a person recognises, such as "USB Headset Mono". */
  readonly label: string;
}

/**
 * The device that `wanted` names: by its technical name, by its label, or by a part of one label without regard to
 * case. Undefined if there is none, or if a part fits several.
 */
export function findDevice<D extends KnownDevice>(devices: readonly D[], wanted: string): D | undefined {
  const exact =
    devices.find(({ id }) => id === wanted) ?? devices.find((one) => labelOf(devices, one) === wanted);
  if (exact) return exact;
  const part = wanted.toLowerCase();
  const fitting = devices.filter(({ label }) => label.toLowerCase().includes(part));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** A device's name in a list: its label, with the technical name behind it where several have the same label. */
export function labelOf(devices: readonly KnownDevice[], { id, label }: KnownDevice): string {
  const same = devices.filter((other) => other.label === label);
  return same.length > 1 ? `${label} (${id})` : label;
}

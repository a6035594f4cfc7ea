/** The device that a person means. */
import { expect, test } from 'vitest';
import { findDevice, labelOf } from '../../../src/audio/devices/choose.ts';

const DEVICES = [
  { id: 'alsa.usb-1', label: 'USB Headset' },
  { id: 'alsa.usb-2', label: 'USB Headset' },
  { id: 'alsa.pci', label: 'Built-in Audio' },
  { id: 'monitor', label: 'Monitor of Built-in Audio' },
];

test.each([
  ['alsa.usb-2', 'alsa.usb-2'],
  ['Built-in Audio', 'alsa.pci'],
  ['monitor of', 'monitor'],
  ['USB Headset (alsa.usb-2)', 'alsa.usb-2'],
  ['headset', undefined], // there are two
  ['bluetooth', undefined],
])('"%s" is %s', (wanted, id) => {
  expect(findDevice(DEVICES, wanted)?.id).toBe(id);
});

test('every name of a list finds its device again', () => {
  for (const device of DEVICES) expect(findDevice(DEVICES, labelOf(DEVICES, device))).toBe(device);
});

/** The rows of [ui] about typing and pointing. Pure data; ui.ts takes them into its section. */
import { choice, live, type Setting, yesNo } from '../setting.ts';

export const EDIT_MODES = ['readline', 'vi'] as const;
export const HYPERLINK_MODES = ['auto', 'on', 'off'] as const;

export const UI_SCREEN = {
  edit_mode: live(
    choice(
      EDIT_MODES,
      'readline',
      'Keys that edit the input line: "readline", or "vi" with its insert and normal mode.',
    ),
  ),
  mouse: live(
    yesNo(
      true,
      'A click opens a room, a person or a message, the wheel scrolls; text is then selected with Shift.',
    ),
  ),
  hyperlinks: live(
    choice(
      HYPERLINK_MODES,
      'auto',
      'Addresses in messages can be clicked (OSC 8): "on", "off", or "auto" where the terminal is known to.',
    ),
  ),
} as const satisfies Record<string, Setting>;

/** The rows of [ui] about what calls the user. Pure data; ui.ts takes them into its section. */
import { NOTIFY_MODES } from '../../session/alerts.ts';
import { DESKTOP_MODES } from '../../session/text-state.ts';
import { choice, live, type Setting, text, yesNo } from '../setting.ts';

export const UI_TEXT = {
  highlight: live(
    text('', 'Words besides your name that count as a mention of you, with spaces between them.'),
  ),
  notify: live(
    choice(
      NOTIFY_MODES,
      'mentions',
      'What calls you: "mentions" and direct messages, "all" messages, or "off".',
    ),
  ),
  bell: live(yesNo(true, "Rings the terminal's bell when something calls you that you do not look at.")),
  desktop_notifications: live(
    choice(
      DESKTOP_MODES,
      'auto',
      'Shows it on the desktop too: "auto" where the terminal is known to, "osc9", "osc777" or "off".',
    ),
  ),
  quiet: live(yesNo(false, 'Does not tell who comes and goes.')),
} as const satisfies Record<string, Setting>;

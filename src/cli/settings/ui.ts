/** [ui]: the talk key, and what the terminal shows. Pure data; config.ts joins the sections. */
import { neverSent } from '../../ui/key-bindings.ts';
import { KEY_TABLE } from '../../ui/key-table.ts';
import { THEME_NAMES } from '../../ui/schemes.ts';
import { TALK_KEY_STYLES } from '../../ui/talk-key.ts';
import { UI_SCREEN } from './ui-screen.ts';
import { UI_TEXT } from './ui-text.ts';
import { checkedText, choice, colour, editedAs, live, whole, type Setting, yesNo } from '../setting.ts';

const TIMESTAMPS = ['time', 'datetime', 'off'] as const;
const ASCII_MODES = ['auto', 'on', 'off'] as const;

/** Chords of the interface's other commands, the first of two as well. */
const TAKEN = new Set(
  KEY_TABLE.filter(({ command, scope }) => command.do !== 'talk' && scope !== 'shared').flatMap(({ keys }) =>
    keys.flatMap((key) => key.split(' ')[0] ?? []),
  ),
);

/**
 * Names that the talk key may have: those that no command of the interface has, and not Ctrl+H, I, J and M, which are
 * the bytes of Backspace, Tab, line feed and Enter and so would collide with typing.
 */
function mayTalk(key: string): boolean {
  return /^(f([5-9]|1[0-2])|ctrl\+([a-z]|space))$/.test(key) && !TAKEN.has(key) && !neverSent(key);
}

const FREE_LETTERS = [...'abcdefghijklmnopqrstuvwxyz'].filter((letter) => mayTalk(`ctrl+${letter}`));
const TALK_KEY_EXPECTED = `"f5" to "f12", "ctrl+space" or "ctrl+" and one of ${FREE_LETTERS.join(' ')}`;

export const UI = {
  // F8 is no character, comes as the same bytes (CSI 19~) from xterm, the Linux console, PuTTY and tmux, is not
  // kept by terminals for themselves as F1, F10 and F11 are, and with the kitty protocol its release is always
  // told: that of Ctrl+T is lost when Ctrl goes up first, and talking would not stop.
  talk_key: live(
    editedAs(
      { kind: 'key' },
      checkedText(
        'f8',
        mayTalk,
        TALK_KEY_EXPECTED,
        'Key that starts and stops talking in every pane: "f5" to "f12", "ctrl+space", "ctrl+t" and such.',
      ),
    ),
  ),
  talk_key_style: live(
    choice(
      TALK_KEY_STYLES,
      'auto',
      'What the talk key does: "hold", "toggle", or "auto", which holds where the terminal tells of key releases.',
    ),
  ),
  talk_unfocused_s: live(
    whole(
      0,
      86_400,
      60,
      'Seconds after which a microphone left open is closed when the terminal lost the focus; 0 for never.',
    ),
  ),
  talk_limit_min: live(
    whole(0, 1440, 30, 'Minutes after which a microphone left open is closed in any case; 0 for never.'),
  ),
  theme: live(
    editedAs(
      { kind: 'choice', choices: THEME_NAMES },
      checkedText(
        'auto',
        (value) => /^[a-z0-9][a-z0-9_-]{0,31}$/i.test(value),
        'a name of letters, digits, - and _',
        `Colours: ${THEME_NAMES.join(', ')}, or NAME of your themes/NAME.toml.`,
      ),
    ),
  ),
  plain: choice(
    ['auto', 'on', 'off'],
    'auto',
    'Lines in place of a screen: "on", "off", or "auto" for screen readers (INK_SCREEN_READER) and TERM=dumb.',
  ),
  accent_color: live(
    colour('What stands out, such as the chosen row: "" is the theme\'s colour, else "cyan" or "#5fc9d8".'),
  ),
  mention_color: live(
    colour('What names you: "" is the theme\'s colour, else a name such as "yellow" or "#f2cc60".'),
  ),
  hints: live(
    yesNo(true, 'A line at the bottom says which keys matter now, on screens of 20 rows and more.'),
  ),
  timestamps: live(choice(TIMESTAMPS, 'time', 'What stands before a message: "time", "datetime" or "off".')),
  ...UI_SCREEN,
  ...UI_TEXT,
  ascii: live(
    choice(ASCII_MODES, 'auto', 'Draws with ASCII only: "on", "off" or "auto", which asks the locale.'),
  ),
} as const satisfies Record<string, Setting>;

/** The settings pane: every key of the configuration with an editor of its kind, and what can be tried out. */
import { Box, Text } from 'ink';
import { memo, use, useSyncExternalStore } from 'react';
import type { SessionHandle } from '../../session/handle.ts';
import type { Levels, State } from '../../session/state.ts';
import { METERS } from '../settings-items.ts';
import { settingsRows } from '../settings-rows.ts';
import type { SettingsView } from '../settings-view.ts';
import { levelShare } from '../status.ts';
import { lookOf, ThemeContext } from '../theme.ts';
import { Line } from './rows.tsx';

/** Cells of a meter on a screen of 80 columns, and at most. */
const METER_CELLS = 14;
/** From this width on both meters have their figure. */
const FIGURES_FROM = 64;

interface SettingsPaneProps {
  readonly view: SettingsView;
  readonly state: State;
  readonly levels: SessionHandle['levels'];
  readonly width: number;
  readonly height: number;
}

export function SettingsPane({ view, state, levels, width, height }: SettingsPaneProps) {
  const { glyphs } = use(ThemeContext);
  return (
    <Box width={width} height={height} flexShrink={0} flexDirection="column" overflow="hidden">
      {settingsRows({ state, view, width, height, glyphs }).map((row) => (
        <Box key={row.key} height={1} flexShrink={0}>
          {row.key === METERS ? (
            <Meters levels={levels} muted={state.voice.muted} figures={width >= FIGURES_FROM} />
          ) : (
            <Line segments={row.segments} />
          )}
        </Box>
      ))}
    </Box>
  );
}

interface MetersProps {
  readonly levels: SessionHandle['levels'];
  readonly muted: boolean;
  readonly figures: boolean;
}

/** Draws itself alone, ten times a second at most. */
const Meters = memo(function Meters({ levels, muted, figures }: MetersProps) {
  const now = useSyncExternalStore(
    (listener) => levels.subscribe(listener),
    () => levels.get(),
  );
  return (
    <Text>
      <Text>{'   mic '}</Text>
      <Bar level={now.mic} live={!muted} />
      <Text dimColor>{figures ? figureOf(now.mic) : ''}</Text>
      <Text>{'   speaker '}</Text>
      <Bar level={now.speaker} live />
      <Text dimColor>{figures ? figureOf(now.speaker) : ''}</Text>
    </Text>
  );
});

function Bar({ level, live }: { readonly level: Levels['mic']; readonly live: boolean }) {
  const theme = use(ThemeContext);
  const cells = Math.round(levelShare(level) * METER_CELLS);
  return (
    <Text>
      <Text {...lookOf(live ? 'good' : 'dim', theme)}>{theme.glyphs.meterOn.repeat(cells)}</Text>
      <Text dimColor>{theme.glyphs.meterOff.repeat(METER_CELLS - cells)}</Text>
    </Text>
  );
}

/** " -23 dB", of full scale. */
function figureOf(level: number): string {
  return ` ${level >= 127 ? ' ---' : String(-level).padStart(4)} dB`;
}

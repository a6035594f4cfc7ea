/** What of the settings pane is not the session's: the row that is chosen, the filter, and what is being typed. Plain data. */
import { type EditLine, EMPTY_LINE } from './line-editor.ts';

export interface SettingsView {
  /** Id of the item that keys change; '' is the first. */
  readonly selected: string;
  /** Words that rows must hold to be shown. */
  readonly filter: string;
  /** What keys do: go about, type the filter or a value, or become the value of a key that is asked for. */
  readonly mode: 'browse' | 'filter' | 'edit' | 'capture';
  /** The value that is typed. */
  readonly draft: EditLine;
  /** First row of the list that was shown last: it moves no further than it must. */
  readonly offset: number;
}

export const SETTINGS_VIEW: SettingsView = {
  selected: '',
  filter: '',
  mode: 'browse',
  draft: EMPTY_LINE,
  offset: 0,
};

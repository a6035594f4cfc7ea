/** Files that are offered or on their way, as the state knows them. Types only. */

/** A file that somebody offers us. Names are as they came: whoever draws them must clean them. */
export interface FileOffer {
  /** Counts 1, 2, 3...: what the user calls it by. */
  readonly number: number;
  /** A room, or "@" and a name. */
  readonly place: string;
  readonly from: string;
  readonly key: string;
  readonly name: string;
  readonly size: number;
}

export interface FileTransfer {
  readonly number: number;
  readonly direction: 'in' | 'out';
  readonly name: string;
  /** Who is at the other end: a name; of an offer of ours that nobody took yet, the place. */
  readonly who: string;
  readonly size: number;
  /** Bytes that are written at the receiver. */
  readonly done: number;
  /** 'offered' is one of ours that waits for somebody; 'broken' goes on by itself when both are back. */
  readonly state: 'offered' | 'running' | 'broken' | 'done' | 'failed' | 'refused';
  /** Why it failed, broke or was refused; where it was saved. */
  readonly note: string;
}

export interface FilesState {
  readonly offers: readonly FileOffer[];
  /** Those that are not over, and the last that are. */
  readonly transfers: readonly FileTransfer[];
}

export const NO_FILES: FilesState = { offers: [], transfers: [] };

/** What a user can tell the session about files. Numbers are those of the state; null is the newest that fits. */
export type FileCommand =
  /** Offers a file of this machine to a room or "@name". */
  | { readonly do: 'file-send'; readonly path: string; readonly to: string }
  /** Takes what is offered, into a directory or where files go. */
  | { readonly do: 'file-accept'; readonly number: number | null; readonly directory: string | null }
  | { readonly do: 'file-decline'; readonly number: number | null }
  /** Ends a transfer, or takes an offer of ours back. */
  | { readonly do: 'file-cancel'; readonly number: number | null }
  /** Writes what is offered and on its way as a notice into the current room. */
  | { readonly do: 'files' };

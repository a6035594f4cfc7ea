/** Files in words. Pure. */
import { sizeWords } from './file-names.ts';
import type { FileOffer, FilesState, FileTransfer } from './file-state.ts';

/** What is offered and on its way, a line each. */
export function fileLines({ offers, transfers }: FilesState): string {
  const lines = [...offers.map(offerLine), ...transfers.map(transferLine)];
  return lines.length === 0 ? 'no file is offered or on its way: /send PATH offers one' : lines.join('\n');
}

function offerLine({ number, from, name, size }: FileOffer): string {
  return `${number} ${from} offers ${name} (${sizeWords(size)}): /accept ${number} or /decline ${number}`;
}

export function transferLine(transfer: FileTransfer): string {
  const { number, direction, name, who, size, state, note } = transfer;
  const way = direction === 'out' ? `${name} to ${who}` : `${name} from ${who}`;
  const reason = note === '' ? '' : `: ${note}`;
  const how = {
    offered: 'offered',
    running: `${percentOf(transfer)} of ${sizeWords(size)}`,
    broken: `broken off at ${percentOf(transfer)}${reason}; it goes on when both are there`,
    done: `done${direction === 'in' ? reason : ''}`,
    failed: `failed${reason}`,
    refused: `not taken${reason}`,
  }[state];
  return `${number} ${way}, ${how}`;
}

export function percentOf({ done, size }: Pick<FileTransfer, 'done' | 'size'>): string {
  return `${size === 0 ? 100 : Math.floor((100 * done) / size)} %`;
}

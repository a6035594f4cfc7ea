/**
 * A shell on the station between the tunnel's thread, which has the SSH channel, and the main thread, which has the
 * terminal: what goes over the port between the two. Bytes one way, keys the other; who stops reading is heeded at once.
 */
import type { MessagePort } from 'node:worker_threads';
import type { ClientChannel } from 'ssh2';
import type { ShellNews, ShellWord } from './messages.ts';

/** Joins a channel with the port, until one of the two ends. */
export function serveShell(channel: ClientChannel, port: MessagePort): void {
  let over = false;
  const tell = (news: ShellNews): void => {
    if (!over) port.postMessage(news);
  };
  const end = (news: ShellNews): void => {
    tell(news);
    over = true;
    port.close();
    channel.destroy();
  };
  channel.setEncoding('utf8');
  channel.on('data', (output: string) => tell({ output }));
  channel.stderr.setEncoding('utf8').on('data', (output: string) => tell({ output }));
  channel.on('exit', (code: number | null) => end({ code: code ?? 255 }));
  channel.on('error', () => undefined);
  channel.on('close', () => end({ why: 'The connection to the station broke.' }));
  port.on('close', () => channel.destroy());
  port.on('message', (word: ShellWord) => {
    if ('keys' in word) channel.write(word.keys);
    else if ('columns' in word) channel.setWindow(word.rows, word.columns, 0, 0);
    else if ('flow' in word) word.flow ? channel.resume() : channel.pause();
    else end({ why: 'closed' });
  });
}

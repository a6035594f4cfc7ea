/** A shell on the station's host, where its operator lets our key have one, over the connection that is there. */
import type { MessagePort } from 'node:worker_threads';
import { VoiptermError } from '../errors.ts';
import type { ShellNews, ShellWord } from '../net/tunnel/messages.ts';
import type { SessionLink } from './link.ts';
import type { Launch, Program, ProgramEnd, ProgramEvents } from './shell-program.ts';
import type { ShellTunnel } from './shell-tunnel.ts';

export function launchAtStation(tunnel: ShellTunnel, link: () => SessionLink): Launch {
  return async (size, events) => {
    const { station } = await tunnel.rights();
    const at = link();
    if (!station || !at.openShell) {
      throw new VoiptermError(
        'control.forbidden',
        'this station gives your key no shell on its host; its operator allows that with station.shell.',
      );
    }
    return at.openShell(size, events);
  };
}

/** The shell at the other end of a port. */
export function programAt(port: MessagePort, events: ProgramEvents): Program {
  const say = (word: ShellWord): void => port.postMessage(word);
  let over = false;
  const end = (how: ProgramEnd): void => {
    if (over) return;
    over = true;
    events.ended(how);
    port.close();
  };
  port.on('message', (news: ShellNews) => {
    if ('output' in news) events.output(news.output);
    else end(news);
  });
  port.on('close', () => end({ why: 'The connection to the station broke.' }));
  return {
    write: (keys) => say({ keys }),
    resize: ({ columns, rows }) => say({ columns, rows }),
    flow: (flow) => say({ flow }),
    end: () => {
      over = true;
      say({ end: true });
      port.close();
    },
  };
}

/** `voipterm attach` and `voipterm end`: a screen before a client that runs in the background, and its end. */
import { AttachedSession } from '../engine/attached.ts';
import { processHost, type UiHost } from '../ui/process-host.ts';
import { type CommonOptions, openHeadless } from './context.ts';
import { toJsonLine } from './json-line.ts';
import { printLine } from './output.ts';
import { inWords } from './ptt.ts';
import type { RemoteAnswer } from './remote-answer.ts';
import { type ClientChoice, runningClients, withClient } from './running-clients.ts';
import { requireTerminal, show } from './tui.ts';

export interface AttachOptions extends CommonOptions, ClientChoice {
  readonly plain?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

const isBackground = ({ background }: RemoteAnswer): boolean => background;

/** Rejects with 'client.none' if none runs in the background that fits, or when it ends while it is shown. */
export async function attach(options: AttachOptions): Promise<void> {
  if (options.list) return list(options.json ?? false);
  const context = openHeadless(options);
  requireTerminal(options, context);
  const session = await withClient(options, ({ path }) => AttachedSession.to(path), isBackground);
  try {
    await show(session, options, context, endingWith(session));
    await printLine(
      `voipterm ${session.about.pid} goes on in the background: voipterm attach shows it, voipterm end ends it`,
    );
  } finally {
    session.close();
  }
}

/** Ends a client that runs in the background. */
export async function end(options: ClientChoice): Promise<void> {
  const session = await withClient(options, ({ path }) => AttachedSession.to(path), isBackground);
  const gone = new Promise<void>((resolve) => {
    session.onGone = () => resolve();
  });
  await session.end();
  await gone;
  session.close();
}

async function list(json: boolean): Promise<void> {
  for (const client of await runningClients()) {
    const where = client.background ? 'in the background' : 'with a screen';
    await printLine(json ? toJsonLine(client) : `${inWords(client)}, ${where}`);
  }
}

/** The screen ends with a sentence when the client does. */
function endingWith(session: AttachedSession): UiHost {
  return {
    attach(ui) {
      session.onGone = (why) => ui.end(why);
      return processHost.attach(ui);
    },
  };
}

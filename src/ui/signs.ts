/** Gives the signs that the session asks for: writes them to the terminal, between what is drawn there. */
import type { SessionHandle } from '../session/handle.ts';
import { type NoteTerminal, signOf } from './desktop-notes.ts';

/** Returns what ends it. */
export function giveSigns(
  session: SessionHandle,
  stream: { write(text: string): unknown },
  terminal: NoteTerminal,
): () => void {
  let given = session.state.text.alert?.serial ?? 0;
  return session.subscribe(() => {
    const { alert, signs } = session.state.text;
    if (!alert || alert.serial === given) return;
    given = alert.serial;
    const sign = signOf(alert, signs, terminal);
    if (sign !== '') stream.write(sign);
  });
}

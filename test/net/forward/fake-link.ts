/** A link without a station: it writes down what is asked and sent, and answers as the test wants. */
import type { Duplex } from 'node:stream';
import { VoiptermError } from '../../../src/errors.ts';
import type { Answer, Ask, Method } from '../../../src/net/control/schema.ts';
import type { ForwardLink, HostPort } from '../../../src/net/forward/link.ts';

export class FakeLink implements ForwardLink {
  readonly calls: { method: Method; ask: unknown }[] = [];
  /** Copies of the payloads that were sent. */
  readonly sent: Buffer[] = [];
  readonly listening: string[] = [];
  most = 1200;
  /** Given to the next forward.open or forward.listen. */
  nextForward = 7;
  refusal: VoiptermError | undefined;
  onSend: (payload: Buffer) => void = () => undefined;
  onOpenTcp: (to: HostPort) => Promise<Duplex> = () => {
    throw new VoiptermError('forward.refused', 'the station allows nothing');
  };

  call<M extends Method>(method: M, ask: Ask<M>): Promise<Answer<M>> {
    this.calls.push({ method, ask });
    if (this.refusal) return Promise.reject(this.refusal);
    const answers: { readonly [name: string]: unknown } = {
      'forward.open': { forward: this.nextForward },
      'forward.listen': { forward: this.nextForward, port: 5353 },
      'forward.close': {},
    };
    return Promise.resolve(answers[method] as Answer<M>);
  }

  sendDatagram(payload: Uint8Array): boolean {
    const copy = Buffer.from(payload);
    this.sent.push(copy);
    this.onSend(copy);
    return true;
  }

  maxPayload(): number {
    return this.most;
  }

  async openTcp(to: HostPort): Promise<Duplex> {
    return this.onOpenTcp(to);
  }

  listenTcp(bind: string, port: number): Promise<number> {
    if (this.refusal) return Promise.reject(this.refusal);
    this.listening.push(`${bind}:${port}`);
    return Promise.resolve(port || 40_000);
  }

  unlistenTcp(bind: string, port: number): void {
    this.listening.splice(this.listening.indexOf(`${bind}:${port}`), 1);
  }
}

/**
 * What ssh starts as its ProxyCommand in a tunnelled shell: connects standard input and output with a host, through the
 * proxy that VOIPTERM_TUNNEL_PROXY names. A program of its own, which starts faster than all of voipterm.
 */
import { sentenceOf } from '../errors.ts';
import { dialThroughProxy } from '../net/control/proxy.ts';
import { parseProxy } from './way.ts';

/** ssh that has ended wants nothing more; what it wrote last has left by then, ms. */
const LINGER_MS = 300;

async function main([host = '', port = '']: readonly string[]): Promise<void> {
  const proxy = parseProxy((process.env.VOIPTERM_TUNNEL_PROXY ?? '').replace(/^socks5h:/, 'socks5:'));
  if (!proxy || !/^\d{1,5}$/.test(port) || host === '') throw new Error('there is no tunnel here');
  const stream = await dialThroughProxy(proxy, host, Number(port), new AbortController().signal);
  process.stdin.on('error', () => stream.destroy());
  process.stdin.on('end', () => setTimeout(() => stream.destroy(), LINGER_MS));
  process.stdout.on('error', () => stream.destroy());
  stream.on('error', () => process.stdin.destroy());
  stream.on('close', () => process.stdin.destroy());
  process.stdin.pipe(stream).pipe(process.stdout);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`voipterm: ${sentenceOf(error)}\n`);
  process.exitCode = 255;
});

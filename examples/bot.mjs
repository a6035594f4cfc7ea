// A bot in thirty lines: answers "!roll" with a die, in every room that its client is in.
//
//     voipterm --detach dice@host && node examples/bot.mjs
//
// It speaks JSON-RPC with the local socket of the voipterm that was started last; docs/scripting.md has the words.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const runtime = process.env.XDG_RUNTIME_DIR;
const socket = connect(process.argv[2] ?? `${runtime}/voipterm/newest.sock`);
let id = 0;
const ask = (method, params) =>
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })}\n`);
const post = (room, text) => ask('do', { command: { do: 'post', room, text } });

ask('hello', { versions: [1] });
ask('watch', { topics: ['messages'] });
for await (const line of createInterface({ input: socket })) {
  const { method, params, error } = JSON.parse(line);
  if (error) console.error(error.message);
  if (method !== 'message') continue;
  const { room, message } = params;
  if (message.text.trim() !== '!roll') continue;
  const pips = 1 + Math.floor(Math.random() * 6);
  post(room, `${message.from} rolls a ${pips}`);
}

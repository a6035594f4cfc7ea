/** What a control line may look like before its parameters are known, and how errors cross in it. Pure. */
import { z } from 'zod';
import { ERROR_CODES, VoiptermError } from '../../errors.ts';
import { MAX_BODY_BYTES, MAX_LINE_BYTES, RPC_ERROR } from './schema.ts';

/** Longest error sentence taken from a peer. */
const MAX_SENTENCE = 500;

/** The number json-rpc-2.0 gives to errors of its own making; the numbers of RPC_ERROR are all negative. */
const LIBRARY_ERROR = 0;
const id = z.union([z.string().max(64), z.number()]);
/** A request, or a notification when it has no id. */
export const requestEnvelope = z.object({
  jsonrpc: z.literal('2.0'),
  method: z.string().max(64),
  id: id.optional(),
  params: z.unknown().optional(),
});
/** An answer; one of result and error is there. */
export const answerEnvelope = z
  .object({
    jsonrpc: z.literal('2.0'),
    id: id.nullable(),
    result: z.unknown().optional(),
    error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
  })
  .refine((answer) => answer.result !== undefined || answer.error !== undefined);
const errorData = z.object({ code: z.enum(ERROR_CODES) });

/** The value of a line, or undefined when it is not JSON. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The answer to a line that was too long to be kept, of which this is the beginning. */
export function refusalOfLong(head: string): string {
  const why = `a line has at most ${MAX_LINE_BYTES} bytes and a message ${MAX_BODY_BYTES}: send it in parts`;
  const error = toErrorObject(new VoiptermError('control.limit', why));
  return JSON.stringify({ jsonrpc: '2.0', id: idIn(head), error });
}

/** The id of a request that stands before its parameters, where libraries write it; null if none does. */
function idIn(head: string): string | number | null {
  const [envelope = ''] = head.split('"params"');
  const found = /"id"\s*:\s*("[^"\\]{0,64}"|\d{1,15})\s*,/.exec(envelope)?.[1];
  return found === undefined ? null : (JSON.parse(found) as string | number);
}

/** "room: a room name is ...", from the first thing that zod found. */
export function sentenceOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return 'the parameters make no sense';
  return issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message;
}

/** An error as JSON-RPC writes it. What is not a VoiptermError is a fault of ours, which is no business of the peer's. */
export function toErrorObject(error: unknown): { code: number; message: string; data: { code: string } } {
  if (!(error instanceof VoiptermError)) {
    const message = 'the station could not do that because of a fault of its own';
    return { code: RPC_ERROR.internal, message, data: { code: 'internal' } };
  }
  const code = error.code === 'control.invalid-params' ? RPC_ERROR.invalidParams : RPC_ERROR.voipterm;
  return { code, message: error.message, data: { code: error.code } };
}

/** The VoiptermError that toErrorObject was given at the other end; 'control.protocol' for what we do not know. */
export function fromErrorObject(error: { code: number; message: string; data?: unknown }): VoiptermError {
  const message = error.message.slice(0, MAX_SENTENCE);
  const data = errorData.safeParse(error.data);
  if (data.success) return new VoiptermError(data.data.code, message);
  if (error.code === RPC_ERROR.invalidParams) return new VoiptermError('control.invalid-params', message);
  if (error.code === LIBRARY_ERROR) return new VoiptermError('control.unreachable', message);
  return new VoiptermError('control.protocol', `the station answered with an error: ${message}`);
}

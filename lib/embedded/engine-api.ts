// The few calls to a Docker engine that the embedded one needs, over its socket.
import { request, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  /** Sent as JSON; a stream is sent as a tar. */
  readonly body?: object | Readable;
}

const CALL_TIMEOUT_MS = 120_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The body of the answer. @throws Error that says which call it was and what the engine answered */
export async function callEngine(socketPath: string, { method, path, body }: EngineCall): Promise<string> {
  const isTar = body instanceof Readable;
  const headers = { 'Content-Type': isTar ? 'application/x-tar' : 'application/json' };
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const outgoing = request({ socketPath, method, path, headers, signal });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  if (isTar) await Promise.all([answered, pipeline(body, outgoing)]);
  else outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await answered;
  const text = await read(response);
  const status = response.statusCode ?? 0;
  // An import answers 200 and tells of a failure in its stream of messages.
  if (status < 200 || status >= 400 || text.includes('"errorDetail"')) {
    throw new Error(`the Docker engine refuses ${method} ${path} with ${status}: ${text.slice(0, 400)}`);
  }
  return text;
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the Docker engine says too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

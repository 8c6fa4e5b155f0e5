// One HTTP exchange: send, read a capped body, read lines as they come.
import http from 'node:http';
import https from 'node:https';

export interface Request {
  readonly url: string;
  readonly options: https.RequestOptions;
  readonly body: string | undefined;
}

/** Resolves with the answer's head. Aborting the signal in `options` destroys the connection, also later on. */
export function send(request: Request): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const transport = request.url.startsWith('https:') ? https : http;
  const outgoing = transport.request(request.url, request.options);
  outgoing.once('response', resolve);
  // It stays attached for errors after the answer's head, which also reach whoever reads the body.
  outgoing.on('error', reject);
  outgoing.end(request.body);
  return promise;
}

/** The whole body as text; more than `maxBytes` closes the connection and fails. */
export async function readBody(answer: http.IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Each line that ended with a newline; what follows the last one was cut off and is dropped. */
export async function* readLines(answer: AsyncIterable<Buffer>, maxBytes: number): AsyncIterable<string> {
  let pending: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      pending.push(chunk.subarray(start, end));
      yield Buffer.concat(pending).toString('utf8');
      pending = [];
      bytes = 0;
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > maxBytes) throw new Error(`a line is longer than ${maxBytes} bytes`);
  }
}

/** The chunks as they come; ends the answer, without an error, when none came for `idleMs` milliseconds. */
export async function* endWhenIdle(answer: http.IncomingMessage, idleMs: number): AsyncIterable<Buffer> {
  const timer = setTimeout(() => {
    answer.destroy(new IdleEnd());
  }, idleMs);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      timer.refresh();
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof IdleEnd)) throw error;
  } finally {
    clearTimeout(timer);
  }
}

class IdleEnd extends Error {}

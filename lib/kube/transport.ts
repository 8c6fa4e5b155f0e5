// Calls to the API server: each with credentials, a deadline, a cap on the answer, and failures as our errors.
import type { IncomingMessage } from 'node:http';
import type https from 'node:https';
import { systemClock } from '../clock.ts';
import { startDeadline, untilAborted } from '../deadline.ts';
import { PermanentError, TransientError } from '../errors.ts';
import { Connection, type ConnectionConfig } from './connection.ts';
import { errorOf, readStatus, unreachable } from './failures.ts';
import { readBody, send } from './http.ts';

/** A page of 500 objects is seldom over 5 MiB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const MAX_ERROR_BYTES = 64 * 1024;

export interface TransportConfig extends ConnectionConfig {
  /** Deadline of each call, and of a stream's first answer; milliseconds. */
  readonly requestTimeoutMs: number;
  readonly userAgent: string;
  /** Told of each answer; `code` is `<error>` where none came. */
  readonly onAnswer: (answer: {
    readonly method: string;
    readonly code: string;
    readonly host: string;
  }) => void;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly content: object };
  readonly signal: AbortSignal;
}

export class Transport {
  readonly #config: TransportConfig;
  readonly #connection: Connection;

  constructor(config: TransportConfig) {
    this.#config = config;
    this.#connection = new Connection(config);
  }

  /** The parsed JSON of a success; all else is thrown as kube.ts says. */
  async call(call: Call): Promise<unknown> {
    using deadline = startDeadline(systemClock, this.#config.requestTimeoutMs, call.signal);
    const request = describe(call);
    try {
      const answer = await this.#exchange({ ...call, signal: deadline.signal }, 'call');
      return await this.#read(request, answer, MAX_BODY_BYTES);
    } catch (error) {
      throw explain(error, request, call.signal);
    }
  }

  /** The body of a success as it comes; the call's signal ends it at any time, and must be aborted after a failure. */
  async open(call: Call): Promise<IncomingMessage> {
    using deadline = startDeadline(systemClock, this.#config.requestTimeoutMs, call.signal);
    const request = describe(call);
    try {
      const answer = await untilAborted(this.#exchange(call, 'watch'), deadline.signal);
      if (answer.statusCode !== 200) await untilAborted(this.#read(request, answer, 0), deadline.signal);
      return answer;
    } catch (error) {
      throw explain(error, request, call.signal);
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #exchange(call: Call, pool: 'call' | 'watch'): Promise<IncomingMessage> {
    let code = '<error>';
    try {
      const access = await this.#connection.access(call.signal);
      const body = call.body === undefined ? undefined : JSON.stringify(call.body.content);
      const options: https.RequestOptions = {
        agent: this.#connection.pools[pool],
        ...access.options,
        method: call.method,
        signal: call.signal,
        headers: { ...access.headers, ...this.#headers(call, body) },
      };
      const answer = await send({ url: access.server + call.path, options, body });
      code = String(answer.statusCode);
      return answer;
    } finally {
      this.#config.onAnswer({ method: call.method, code, host: this.#connection.host });
    }
  }

  #headers(call: Call, body: string | undefined): Record<string, string> {
    const headers = { Accept: 'application/json', 'User-Agent': this.#config.userAgent };
    if (call.body === undefined || body === undefined) return headers;
    return { ...headers, 'Content-Type': call.body.type, 'Content-Length': String(Buffer.byteLength(body)) };
  }

  async #read(request: string, answer: IncomingMessage, maxBytes: number): Promise<unknown> {
    const code = answer.statusCode ?? 0;
    if (code >= 200 && code < 300) return JSON.parse(await readBody(answer, maxBytes));
    if (code === 401) this.#connection.renew();
    const text = await readBody(answer, MAX_ERROR_BYTES);
    throw errorOf(request, readStatus(parseIfJSON(text), code, answer.headers['retry-after']));
  }
}

function describe(call: Call): string {
  return `${call.method} ${call.path}`;
}

/** What the caller is told: its own abort, an error of ours as it is, and anything else as `APIUnavailable`. */
function explain(error: unknown, request: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof PermanentError || error instanceof TransientError
    ? error
    : unreachable(request, error);
}

function parseIfJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

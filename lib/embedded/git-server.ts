// A git server on loopback, real down to git's own backend, for the demo and the tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { openRepository, type Repository } from './git-repository.ts';
import { readCGIHead } from './cgi.ts';
import { createScratch, type Scratch } from './scratch.ts';

/** What clients asked for. One `ls-remote` is an `infoRefs` and an `lsRefs`; a fetch by SHA an `infoRefs` and a `fetch`. */
export interface GitRequests {
  infoRefs: number;
  lsRefs: number;
  fetch: number;
}

/** How requests are met: as they should be, as an old server would (protocol 0), with silence, or with this HTTP status. */
export type Behaviour = 'Serve' | 'ServeOld' | 'Hang' | { readonly status: number };

const LONGEST_REQUEST_MS = 60_000;

/** A running server, with a folder of bare repositories that goes away with it. */
export class GitServer {
  readonly #scratch: Scratch;
  readonly #env: NodeJS.ProcessEnv;
  #server: Server | undefined;
  #port = 0;
  #behaviour: Behaviour = 'Serve';
  #requests: GitRequests = { infoRefs: 0, lsRefs: 0, fetch: 0 };

  private constructor(scratch: Scratch, env: NodeJS.ProcessEnv) {
    this.#scratch = scratch;
    this.#env = env;
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(env: NodeJS.ProcessEnv = process.env): Promise<GitServer> {
    const server = new GitServer(await createScratch('git-server'), env);
    await server.resume();
    return server;
  }

  /** The folder of the repositories. */
  get root(): string {
    return this.#scratch.path;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Counted since the start or the last `resetRequests`. */
  get requests(): Readonly<GitRequests> {
    return { ...this.#requests };
  }

  resetRequests(): void {
    this.#requests = { infoRefs: 0, lsRefs: 0, fetch: 0 };
  }

  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  /** The bare repository of this name (`owner/repo` too), made when it is not there; served at `urlOf(name)`. */
  repository(name: string): Promise<Repository> {
    return openRepository(join(this.root, name), this.#env);
  }

  urlOf(name: string): string {
    return `${this.url}/${name}`;
  }

  /** Refuses connections and drops those that are open, until `resume`. */
  async pause(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Listens again, on the same port. */
  async resume(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(asError(error)));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends the server and removes its repositories. */
  async close(): Promise<void> {
    await this.pause();
    await this.#scratch.remove();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const behaviour = this.#behaviour;
    const url = new URL(request.url ?? '/', this.url);
    const body = await readBody(request);
    this.#count(url.pathname, body);
    if (behaviour === 'Hang') return;
    if (typeof behaviour === 'object') {
      response.writeHead(behaviour.status).end();
      return;
    }
    await this.#serve(request, { url, body, response });
  }

  #count(path: string, body: Buffer): void {
    if (path.endsWith('/info/refs')) this.#requests.infoRefs += 1;
    else if (body.subarray(4, 20).toString() === 'command=ls-refs\n') this.#requests.lsRefs += 1;
    else this.#requests.fetch += 1;
  }

  async #serve(
    request: IncomingMessage,
    { url, body, response }: { url: URL; body: Buffer; response: ServerResponse },
  ): Promise<void> {
    const backend = spawn('git', ['http-backend'], {
      env: { ...gitEnv(this.#env), ...this.#cgi(request, url, body) },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: LONGEST_REQUEST_MS,
    });
    response.on('close', () => backend.kill());
    backend.on('error', (error) => response.destroy(error));
    // A backend that has heard enough closes its end; what it answers then is what counts.
    backend.stdin.on('error', () => undefined);
    backend.stdin.end(body);
    const head = await readCGIHead(backend.stdout);
    response.writeHead(head.status, head.headers);
    response.write(head.rest);
    await pipeline(backend.stdout, response);
  }

  #cgi(request: IncomingMessage, url: URL, body: Buffer): NodeJS.ProcessEnv {
    return {
      GIT_PROJECT_ROOT: this.root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      REMOTE_ADDR: '127.0.0.1',
      GIT_PROTOCOL: this.#behaviour === 'ServeOld' ? '' : String(request.headers['git-protocol'] ?? ''),
    };
  }
}

/** The environment of every git of ours: nothing of the machine's or a person's configuration. */
function gitEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const isZipped = request.headers['content-encoding'] === 'gzip';
  const chunks: Buffer[] = [];
  for await (const chunk of isZipped ? request.pipe(createGunzip()) : request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

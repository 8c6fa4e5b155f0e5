// A proxy before the real API server: each namespace has a line of its own, on which anything can go wrong.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { refuse, sendHalf, type Fate } from '../fate.ts';
import { Line, OpenWatch, type Asked } from './line.ts';

const NAMESPACE = /\/namespaces\/([^/?]+)/;

/** It speaks plain HTTP to the client and adds the administrator's credentials, so that clients need none. */
export class APIProxy {
  readonly #server: Server;
  readonly #agent = new https.Agent({ keepAlive: true });
  readonly #lines = new Map<string, Line>();
  /** The last answer to each read that was passed on, by path. */
  readonly #answered = new Map<string, string>();
  #backend = '';
  readonly #headers: Record<string, string> = {};
  readonly #options: https.RequestOptions = { headers: this.#headers };

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** @param copy where a kubeconfig is written that leads here */
  static async start(kubeconfig: string, copy: string): Promise<APIProxy> {
    const proxy = new APIProxy();
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    await config.applyToHTTPSOptions(proxy.#options);
    delete proxy.#options.agent;
    proxy.#backend = config.getCurrentCluster()?.server ?? '';
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    const { port } = proxy.#server.address() as AddressInfo;
    await writeFile(copy, JSON.stringify(kubeconfigTo(`http://127.0.0.1:${port}`)));
    return proxy;
  }

  /** The line of a namespace; the same one each time. */
  line(namespace: string): Line {
    const line = this.#lines.get(namespace) ?? new Line();
    this.#lines.set(namespace, line);
    return line;
  }

  /** Deletes an object behind the proxy's back. @throws Error with what the server said */
  async remove(path: string): Promise<void> {
    const request = https.request(`${this.#backend}${path}`, {
      ...this.#options,
      ...{ method: 'DELETE', agent: this.#agent },
    });
    request.end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    const said = (await buffer(answer)).toString('utf8');
    if (answer.statusCode !== 200 && answer.statusCode !== 404) throw new Error(`DELETE ${path}: ${said}`);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const query = url.searchParams;
    const line = this.line(NAMESPACE.exec(url.pathname)?.[1] ?? '');
    const asked: Asked = {
      ...{ method: incoming.method ?? 'GET', path: url.pathname, query },
      isWatch: query.has('watch'),
    };
    const body = await buffer(incoming);
    const fate = await line.onRequest(asked);
    if (fate.kind === 'Reset') incoming.socket.resetAndDestroy();
    else if (fate.kind === 'Silence') hang(outgoing, line);
    else if (fate.kind === 'Answer') refuse(outgoing, fate);
    else if (asked.isWatch && fate.kind === 'Pass') await this.#watch({ asked, incoming, outgoing, line });
    else await this.#call({ asked, incoming, outgoing, line }, body, fate);
  }

  async #watch({ asked, incoming, outgoing, line }: Conversation): Promise<void> {
    const watch = new OpenWatch(outgoing, line);
    const answer = await this.#ask(asked, line, incoming.headers, undefined);
    const gone = once(outgoing, 'close');
    // A connection that the client has just ended is seen to end first.
    await new Promise((resolve) => setImmediate(resolve));
    line.opened(watch);
    outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' });
    outgoing.flushHeaders();
    answer.on('data', (chunk: Buffer) => {
      watch.take(chunk);
    });
    answer.once('end', () => {
      watch.end();
    });
    answer.once('error', () => {
      watch.reset();
    });
    await gone;
    line.watches.delete(watch);
    answer.destroy();
  }

  async #call({ asked, incoming, outgoing, line }: Conversation, body: Buffer, fate: Fate): Promise<void> {
    const { method, path } = asked;
    const sent = line.meant(body.toString('utf8'));
    const answer = await this.#ask(asked, line, incoming.headers, sent);
    const code = answer.statusCode ?? 500;
    const said = line.shown((await buffer(answer)).toString('utf8'));
    const before = this.#answered.get(path);
    if (method === 'GET' && code === 200 && fate.kind === 'Pass') this.#answered.set(path, said);
    if (method !== 'GET') line.onWritten(asked, code, sent, said);
    const shown = fate.kind === 'Stale' ? (before ?? said) : said;
    const retryAfter = answer.headers['retry-after'];
    outgoing.writeHead(code, {
      'content-type': answer.headers['content-type'] ?? 'application/json',
      'content-length': Buffer.byteLength(shown),
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    });
    if (fate.kind === 'Cut') sendHalf(outgoing, shown);
    else outgoing.end(shown);
  }

  async #ask(
    { method, path, query }: Asked,
    line: Line,
    { accept, 'content-type': type, 'user-agent': agent }: IncomingHttpHeaders,
    body: string | undefined,
  ): Promise<IncomingMessage> {
    const limit = query.get('limit');
    if (limit !== null) query.set('limit', String(Math.min(Number(limit), line.pageLimit)));
    const url = `${this.#backend}${path}?${line.meant(query.toString())}`;
    const headers = { ...this.#headers, accept, 'user-agent': agent };
    const request = https.request(url, {
      ...this.#options,
      ...{ method, agent: this.#agent },
      headers: type === undefined ? headers : { ...headers, 'content-type': type },
    });
    request.end(body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    return answer;
  }
}

interface Conversation {
  readonly asked: Asked;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly line: Line;
}

function kubeconfigTo(server: string): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'proxy' },
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'anybody', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'anybody' } }],
  };
}

function hang(outgoing: ServerResponse, line: Line): void {
  line.hung += 1;
  outgoing.once('close', () => {
    line.hung -= 1;
  });
}

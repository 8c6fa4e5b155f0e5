// Answers Kubernetes' probes and Prometheus: /healthz, /readyz and /metrics.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PermanentError, messageOf } from '../errors.ts';
import type { Metrics } from './metrics.ts';

/** A whole request has to arrive within this long; milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;

const MAX_CONNECTIONS = 128;

export interface ProbeServerConfig {
  /** `host:port`; an empty host means all interfaces, port 0 any free one. */
  readonly address: string;
  /** What the probes ask; a Manager is one. */
  readonly manager: { readonly ready: boolean; readonly healthy: boolean };
  readonly metrics: Metrics;
}

export interface ProbeServer {
  /** `host:port` as bound. */
  readonly address: string;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** @throws PermanentError `InvalidConfiguration` when the address is malformed or cannot be bound */
export async function serveHTTP(config: ProbeServerConfig): Promise<ProbeServer> {
  const { host, port } = parseAddress(config.address);
  const server = http.createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(config, request).then(
      (page) => {
        response.writeHead(page.code, { 'Content-Type': page.type }).end(page.text);
      },
      (error: unknown) => {
        response.writeHead(500, { 'Content-Type': PLAIN }).end(`${messageOf(error)}\n`);
      },
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port, config.address);
  const bound = server.address() as AddressInfo;
  return {
    address: `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: async () => {
      const closed = Promise.withResolvers<undefined>();
      server.close(() => {
        closed.resolve(undefined);
      });
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

interface Page {
  readonly code: number;
  readonly type: string;
  readonly text: string;
}

const PLAIN = 'text/plain; charset=utf-8';

async function answer(config: ProbeServerConfig, request: http.IncomingMessage): Promise<Page> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { code: 405, type: PLAIN, text: 'Only GET and HEAD.\n' };
  }
  switch (new URL(request.url ?? '/', 'http://any').pathname) {
    case '/healthz':
      return probe(config.manager.healthy);
    case '/readyz':
      return probe(config.manager.ready);
    case '/metrics':
      return { code: 200, ...(await config.metrics.expose()) };
    default:
      return { code: 404, type: PLAIN, text: 'There are /healthz, /readyz and /metrics.\n' };
  }
}

function probe(passes: boolean): Page {
  return passes ? { code: 200, type: PLAIN, text: 'ok\n' } : { code: 503, type: PLAIN, text: 'not ok\n' };
}

async function listen(server: http.Server, host: string, port: number, address: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
    resolve(undefined);
  });
  try {
    await promise;
  } catch (error) {
    throw new PermanentError('InvalidConfiguration', `Cannot listen on ${address}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  server.off('error', reject);
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<four>[^:[\]]*)):(?<port>\d{1,5})$/.exec(address);
  const port = Number(match?.groups?.['port']);
  if (match === null || port > 65_535) {
    throw new PermanentError('InvalidConfiguration', `${address} is no address: write host:port.`);
  }
  return { host: match.groups?.['six'] ?? match.groups?.['four'] ?? '', port };
}

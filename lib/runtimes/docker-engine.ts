// The connection to a Docker engine, and what its refusals mean.
import { createHash } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type Docker from 'dockerode';
import { PermanentError, TransientError, messageOf } from '../errors.ts';
import { createDockerAgent } from './docker-agent.ts';
import type { EngineAccess } from './runtime.ts';

const USUAL_SOCKET = '/var/run/docker.sock';
const TLS_PORT = 2376;

export interface Engine {
  /** The library takes 20 MiB, so that it is loaded when the first call is made. */
  readonly docker: () => Promise<Docker>;
  /** Equal for the same engine, reached with the same credentials; holds none of them. */
  readonly key: string;
  /** For messages. */
  readonly address: string;
}

/**
 * The controller's own. Nothing is reached yet.
 * @param host `unix:///path`, `tcp://host:port`, a path, or undefined for the usual socket
 * @throws PermanentError `InvalidConfig`
 */
export function createEngine(host: string | undefined): Engine {
  const address = host ?? `unix://${USUAL_SOCKET}`;
  return { address, key: address, docker: connect(address) };
}

/**
 * An engine of somebody else: only by TLS and with a certificate, so that nobody can name one this way that trusts
 * whoever is on the controller's machine. Nothing is reached yet.
 * @throws PermanentError `InvalidSecret`
 */
export function createRemoteEngine({ host, ca, cert, key }: EngineAccess): Engine {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  const extra = url === undefined ? '' : `${url.username}${url.password}${url.search}${url.hash}`;
  if (url?.protocol !== 'tcp:' || url.hostname === '' || extra !== '' || !/^\/?$/.test(url.pathname)) {
    throw new PermanentError('InvalidSecret', 'the Docker engine of the Secret is no tcp://<host>[:<port>]');
  }
  const port = url.port === '' ? TLS_PORT : Number(url.port);
  const address = `tcp://${url.hostname}:${port}`;
  refuseUnusable({ ca, cert, key }, address);
  const docker = open({ protocol: 'https', host: url.hostname, port, ca, cert, key });
  const hash = createHash('sha256').update(JSON.stringify([ca, cert, key]));
  return { address, key: `${address} ${hash.digest('hex')}`, docker };
}

function refuseUnusable(pem: Pick<EngineAccess, 'ca' | 'cert' | 'key'>, address: string): void {
  try {
    createSecureContext(pem);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new PermanentError(
      'InvalidSecret',
      `ca, cert and key of the Secret for the Docker engine at ${address} are no certificates and key in PEM ` +
        `that belong together (${code}): correct them`,
    );
  }
}

/** @throws PermanentError `InvalidConfig` */
function connect(address: string): Engine['docker'] {
  if (address.startsWith('/')) return open({ socketPath: address });
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'unix:') return open({ socketPath: url.pathname });
  if (url?.protocol === 'tcp:' && url.hostname !== '') {
    const port = url.port === '' ? 2375 : Number(url.port);
    return open({ protocol: 'http', host: url.hostname, port });
  }
  throw new PermanentError(
    'InvalidConfig',
    `the Docker engine ${address} is no unix://<path> or tcp://<host>:<port>`,
  );
}

/** Over connections that are cut when an answer has no end; the library's types know of no agent. */
function open(options: Docker.DockerOptions): Engine['docker'] {
  const withAgent = { ...options, agent: createDockerAgent(options.protocol === 'https') };
  let opened: Promise<Docker> | undefined;
  return () => (opened ??= import('dockerode').then((library) => new library.default(withAgent)));
}

/** What a failed call says about the container; an error of neither the API nor the connection is given back as it is. */
export function engineFailure(error: unknown, container: string, { address }: Engine): Error {
  if (!(error instanceof Error)) return new Error(messageOf(error));
  if (error instanceof TransientError || error instanceof PermanentError) return error;
  if (statusOf(error) === undefined && !('code' in error)) return error;
  const said = messageOf(error).trim();
  switch (statusOf(error)) {
    case undefined:
      return new TransientError(
        'WorkspaceUnreachable',
        `the Docker engine at ${address} does not answer: ${said}`,
        { cause: error },
      );
    case 404:
      return isGone(said)
        ? new TransientError('WorkspaceGone', `there is no container ${container}`, { cause: error })
        : new TransientError('WorkspaceUnreachable', `the Docker engine lost a command: ${said}`, {
            cause: error,
          });
    case 409:
      return new TransientError('WorkspaceUnreachable', notRunning(container, said), { cause: error });
    default:
      return new TransientError(
        'WorkspaceUnreachable',
        `the Docker engine refuses a command in container ${container}: ${said}`,
        { cause: error },
      );
  }
}

/**
 * An engine that was restarted knows its commands no more, and what stands before one may know nothing at all. What the library
 * says of the code by itself, before the dash, is no evidence.
 */
function isGone(said: string): boolean {
  return / - .*no such container/i.test(said);
}

function notRunning(container: string, said: string): string {
  if (said.includes('is restarting')) return `the container ${container} ends again and again: see its logs`;
  return said.includes('is paused')
    ? `the container ${container} is paused: unpause it`
    : `the container ${container} is not running: start it`;
}

function statusOf(error: Error): number | undefined {
  if (!('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

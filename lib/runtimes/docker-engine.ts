// The connection to a Docker engine, and what its refusals mean.
import Docker from 'dockerode';
import { PermanentError, TransientError, messageOf } from '../errors.ts';

const USUAL_SOCKET = '/var/run/docker.sock';

export interface Engine {
  readonly docker: Docker;
  /** For messages. */
  readonly address: string;
}

/** @param host `unix:///path`, `tcp://host:port`, a path, or undefined for the usual socket; nothing is reached yet */
export function createEngine(host: string | undefined): Engine {
  const address = host ?? `unix://${USUAL_SOCKET}`;
  if (address.startsWith('/')) return { address, docker: new Docker({ socketPath: address }) };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'unix:') return { address, docker: new Docker({ socketPath: url.pathname }) };
  if (url?.protocol === 'tcp:' && url.hostname !== '') {
    const port = url.port === '' ? 2375 : Number(url.port);
    return { address, docker: new Docker({ protocol: 'http', host: url.hostname, port }) };
  }
  throw new PermanentError(
    'InvalidConfig',
    `the Docker engine ${address} is no unix://<path> or tcp://<host>:<port>`,
  );
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
      return new TransientError('WorkspaceGone', `there is no container ${container}`, { cause: error });
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

function notRunning(container: string, said: string): string {
  return said.includes('is paused')
    ? `the container ${container} is paused: unpause it`
    : `the container ${container} is not running: start it`;
}

function statusOf(error: Error): number | undefined {
  if (!('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

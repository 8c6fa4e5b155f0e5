// The connections to a Docker engine: kept open between calls, and cut when an answer has no end.
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { TransientError } from '../errors.ts';

/**
 * What a connection may carry to us for one request; bytes. The library keeps whole answers in memory, and the engine may
 * be one that somebody else named; output of commands is capped lower, and a stream of events begins anew.
 */
export const MAX_ANSWER_BYTES = 24 * 1024 * 1024;

/** As Node's own agents have it. */
const SETTINGS = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const;

/**
 * For an engine that is reached by TLS, or not. The library writes out whatever a request is made with, for a log that
 * nobody has on: of an agent in use that is all of its connections and their buffers, milliseconds each time. This one
 * is a word.
 */
export function createDockerAgent(secure: boolean): http.Agent {
  const agent = secure ? new https.Agent(SETTINGS) : new http.Agent(SETTINGS);
  const meters = new WeakMap<Duplex, Meter>();
  const [connect, reuse] = [agent.createConnection.bind(agent), agent.reuseSocket.bind(agent)];
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (socket) meters.set(socket, new Meter(socket));
    return socket;
  };
  agent.reuseSocket = (socket, request) => {
    meters.get(socket)?.reset();
    reuse(socket, request);
  };
  return Object.defineProperty(agent, inspect.custom, { value: () => 'DockerAgent' });
}

/** Counts what is read, before anybody keeps it. */
class Meter {
  #bytes = 0;

  constructor(socket: Duplex) {
    const push = socket.push.bind(socket);
    socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk instanceof Uint8Array) this.#bytes += chunk.length;
      if (this.#bytes <= MAX_ANSWER_BYTES) return push(chunk, encoding);
      socket.destroy(
        new TransientError('WorkspaceUnreachable', 'the Docker engine sends an answer without end'),
      );
      return false;
    };
  }

  reset(): void {
    this.#bytes = 0;
  }
}

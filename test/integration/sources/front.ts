// A web server before the real git server: wants credentials, sends elsewhere, repeats what it hears, and remembers it.
import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface FrontOptions {
  /** The whole header that is let through; undefined: everybody is. */
  readonly authorization?: string;
  /** Everything is said to be there. */
  readonly redirectTo?: string;
  /** Instead of serving, repeats the header that came. */
  readonly repeats?: boolean;
  /** PEM: speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Front {
  /** Without a slash at the end; on `127.0.0.1`. */
  readonly url: string;
  readonly port: number;
  /** The `Authorization` of each request, in order. */
  readonly heard: (string | undefined)[];
  /** Changed while it runs. */
  options: FrontOptions;
  close(): Promise<void>;
}

/** @param backend URL that requests are passed on to */
export async function startFront(backend: string, options: FrontOptions = {}): Promise<Front> {
  const heard: (string | undefined)[] = [];
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { authorization } = incoming.headers;
    heard.push(authorization);
    answer(front.options, { incoming, outgoing, backend }).catch(() => outgoing.destroy());
  };
  const server =
    options.tls === undefined ? createServer(listener) : createSecureServer(options.tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const front: Front = {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    heard,
    options,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return front;
}

async function answer(
  options: FrontOptions,
  { incoming, outgoing, backend }: { incoming: IncomingMessage; outgoing: ServerResponse; backend: string },
): Promise<void> {
  const { authorization = '' } = incoming.headers;
  const path = incoming.url ?? '/';
  if (options.repeats === true) {
    const text = `you sent ${authorization} and ${Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString()}`;
    outgoing.writeHead(500, { 'content-type': 'text/plain' }).end(text);
  } else if (options.redirectTo !== undefined) {
    outgoing.writeHead(301, { location: `${options.redirectTo}${path}` }).end();
  } else if (options.authorization !== undefined && options.authorization !== authorization) {
    outgoing.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  } else {
    const passed = ask(`${backend}${path}`, { method: incoming.method, headers: incoming.headers });
    const [answered] = await Promise.all([
      once(passed, 'response').then(([first]) => first as IncomingMessage),
      pipeline(incoming, passed),
    ]);
    outgoing.writeHead(answered.statusCode ?? 500, answered.headers);
    await pipeline(answered, outgoing);
  }
}

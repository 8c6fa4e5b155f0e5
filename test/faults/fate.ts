// What a proxy before a server makes of one request, whatever the server.
import type { ServerResponse } from 'node:http';

/** What the client gets. */
export type Fate =
  /** What the server answers. */
  | { readonly kind: 'Pass' }
  /** This, and the server is not asked. */
  | { readonly kind: 'Answer'; readonly code: number; readonly body: string; readonly retryAfter?: number }
  /** The connection is reset. */
  | { readonly kind: 'Reset' }
  /** Nothing, for ever: the connection stays open. */
  | { readonly kind: 'Silence' }
  /** The first half of what the server answers; then the connection ends. */
  | { readonly kind: 'Cut' }
  /** What the server answered to the same request before, where there is such an answer. */
  | { readonly kind: 'Stale' };

export const PASS: Fate = { kind: 'Pass' };

/** Answers in the server's place. */
export function refuse(outgoing: ServerResponse, fate: Extract<Fate, { kind: 'Answer' }>): void {
  const { code, body, retryAfter } = fate;
  outgoing.writeHead(code, {
    ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  outgoing.end(body);
}

/** Sends the first half of an answer whose head has promised all of it, and breaks off. */
export function sendHalf(outgoing: ServerResponse, body: string | Buffer): void {
  outgoing.write(body.slice(0, body.length / 2), () => {
    outgoing.destroy();
  });
}

// A proxy before the real Docker engine that speaks its API: any step of a command may be answered in the engine's place.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { refuse, sendHalf, type Fate } from '../fate.ts';

/** What a request is about: the steps of a command, and all the rest. */
export type EngineStep = 'Create' | 'Start' | 'Inspect' | 'Other';

export type EngineFate =
  | Exclude<Fate, { kind: 'Stale' }>
  /** Only of `Start`: no command is started, and this is its stream; it ends by itself, or never. */
  | { readonly kind: 'Pretend'; readonly stream: () => Iterable<Uint8Array>; readonly ends: boolean }
  /** Begins an answer, and goes on for ever with these pieces. */
  | { readonly kind: 'Endless'; readonly head: string; readonly piece: Buffer; readonly bytes: number };

const PASS: EngineFate = { kind: 'Pass' };

const UPGRADED =
  'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';

export class EngineProxy {
  /** Undefined: what the engine answers. */
  onRequest: (step: EngineStep) => EngineFate | undefined = () => undefined;
  readonly #engine: string;
  readonly #server: Server;
  readonly #open = new Set<Duplex>();

  private constructor(engine: string) {
    this.#engine = engine;
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#server.on('upgrade', (incoming, socket, head) => {
      this.#upgrade(incoming, socket, head);
    });
  }

  /** @param socket where it listens @param engine the path of the engine's own socket */
  static async start(socket: string, engine: string): Promise<EngineProxy> {
    const proxy = new EngineProxy(engine);
    proxy.#server.listen(socket);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const fate = this.onRequest(stepOf(incoming)) ?? PASS;
    if (fate.kind === 'Reset') incoming.socket.destroy();
    else if (fate.kind === 'Answer') refuse(outgoing, fate);
    else if (fate.kind === 'Endless') pour(incoming.socket, fate);
    else if (fate.kind === 'Pass' || fate.kind === 'Cut')
      await this.#pass(incoming, outgoing, { body, fate });
  }

  async #pass(
    { method, url, headers }: IncomingMessage,
    outgoing: ServerResponse,
    { body, fate }: { readonly body: Buffer; readonly fate: EngineFate },
  ): Promise<void> {
    const asked = request({ socketPath: this.#engine, method, path: url, headers, agent: false });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const said = await buffer(answer);
    const type = answer.headers['content-type'] ?? 'application/json';
    outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': type, 'content-length': said.length });
    if (fate.kind === 'Cut') sendHalf(outgoing, said);
    else outgoing.end(said);
  }

  #upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    const fate = this.onRequest(stepOf(incoming)) ?? PASS;
    this.#hold(client);
    if (fate.kind === 'Pass') this.#relay(incoming, client, head);
    else if (fate.kind === 'Reset') client.destroy();
    else if (fate.kind === 'Endless') pour(client, fate);
    else if (fate.kind === 'Pretend') pretend(client, fate);
    else if (fate.kind === 'Cut') client.end(UPGRADED.slice(0, UPGRADED.length / 2));
    else if (fate.kind === 'Answer') client.end(answerOf(fate));
  }

  #relay({ method = '', url = '', rawHeaders }: IncomingMessage, client: Duplex, head: Buffer): void {
    const engine: Socket = connect({ path: this.#engine, allowHalfOpen: true });
    this.#hold(engine);
    const lines = Array.from(
      { length: rawHeaders.length / 2 },
      (_, nth) => `${rawHeaders[2 * nth]}: ${rawHeaders[2 * nth + 1]}\r\n`,
    );
    engine.write(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    engine.write(head);
    client.pipe(engine).pipe(client);
    client.once('close', () => engine.destroy());
    engine.once('close', () => client.destroy());
  }

  #hold(socket: Duplex): void {
    this.#open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#open.delete(socket));
  }
}

function stepOf({ method, url = '' }: IncomingMessage): EngineStep {
  if (method === 'POST' && /\/containers\/[^/]+\/exec$/.test(url)) return 'Create';
  if (method === 'POST' && /\/exec\/[^/]+\/start$/.test(url)) return 'Start';
  return method === 'GET' && /\/exec\/[^/]+\/json$/.test(url) ? 'Inspect' : 'Other';
}

function answerOf({ code, body }: Extract<Fate, { kind: 'Answer' }>): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${code} On purpose\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** The client sends its input into nothing. */
function pretend(client: Duplex, { stream, ends }: Extract<EngineFate, { kind: 'Pretend' }>): void {
  client.resume();
  client.write(UPGRADED);
  void write(client, stream()).then(() => {
    if (ends) client.end();
  });
}

function pour(client: Duplex, { head, piece, bytes }: Extract<EngineFate, { kind: 'Endless' }>): void {
  client.resume();
  client.write(head);
  void write(client, repeated(piece, bytes));
}

/** So many bytes of the same piece. */
export function* repeated(piece: Buffer, bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= piece.length) yield piece;
}

/** With back-pressure, until all is written or nobody reads any more. */
async function write(to: Duplex, pieces: Iterable<Uint8Array>): Promise<void> {
  for (const piece of pieces) {
    if (!to.writable) return;
    if (to.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        to.off('drain', done).off('close', done);
        resolve();
      };
      to.on('drain', done).on('close', done);
    });
  }
}

// A git server that answers with refs and packs of the test's choice, by protocol 2.
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';

/** What is behind one path. */
export interface Offer {
  /** Lines of `<id> <name>`, as long as somebody listens. */
  readonly refs?: Iterable<string>;
  readonly pack?: Buffer;
}

export interface PackServer extends AsyncDisposable {
  /** Puts the offer behind a URL of its own. */
  offer(offer: Offer): string;
}

/** Sideband 1 carries the pack; a packet holds 65,515 bytes of it at most. */
const PACKET_BYTES = 65_515;
const LINES_AT_ONCE = 1_000;
const FLUSH = Buffer.from('0000');

export async function startPackServer(): Promise<PackServer> {
  const offers: Offer[] = [];
  const server = createServer((request, response) => {
    const nth = Number(/^\/(\d+)\//.exec(request.url ?? '')?.[1]);
    answer(offers[nth] ?? {}, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    offer: (offer) => `http://127.0.0.1:${port}/${offers.push(offer) - 1}/r`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(offer: Offer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const type = request.method === 'GET' ? 'advertisement' : 'result';
  response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${type}` });
  if (request.method === 'GET') {
    const capabilities = ['version 2', 'agent=git/2', 'ls-refs', 'fetch=shallow', 'object-format=sha1'];
    response.end(
      Buffer.concat([
        packet('# service=git-upload-pack\n'),
        FLUSH,
        ...capabilities.map((line) => packet(`${line}\n`)),
        FLUSH,
      ]),
    );
    return;
  }
  const isZipped = request.headers['content-encoding'] === 'gzip';
  const asked = (await buffer(isZipped ? request.pipe(createGunzip()) : request)).toString('latin1');
  const packets = asked.includes('command=ls-refs') ? refPackets(offer) : packPackets(offer);
  await pipeline(Readable.from(packets), response);
}

function* refPackets({ refs = [] }: Offer): Generator<Buffer> {
  let lines: Buffer[] = [];
  for (const ref of refs) {
    lines.push(packet(`${ref}\n`));
    if (lines.length < LINES_AT_ONCE) continue;
    yield Buffer.concat(lines);
    lines = [];
  }
  yield Buffer.concat([...lines, FLUSH]);
}

function* packPackets({ pack = Buffer.alloc(0) }: Offer): Generator<Buffer> {
  yield packet('packfile\n');
  for (let start = 0; start < pack.length; start += PACKET_BYTES) {
    yield packet(Buffer.concat([Buffer.from([1]), pack.subarray(start, start + PACKET_BYTES)]));
  }
  yield FLUSH;
}

function packet(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

// Packs made byte by byte, as no honest git would write them.
import { createHash } from 'node:crypto';
import { createDeflate } from 'node:zlib';
import { Buffer } from 'node:buffer';

const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;
const REF_DELTA = 7;
const CHUNK_BYTES = 1024 * 1024;
const PERSON = 'Demo <demo@example.com> 1767225600 +0000';

export interface PackedObject {
  /** 40 hex digits; those of a delta are not worked out. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** An object of this content, followed by so many bytes more of one kind. */
export async function object(
  type: keyof typeof TYPES,
  content: string | Uint8Array,
  { more = 0, fill = 0 }: { readonly more?: number; readonly fill?: number } = {},
): Promise<PackedObject> {
  const head = Buffer.from(content);
  const size = head.length + more;
  const chunks = function* (): Generator<Buffer> {
    yield head;
    const chunk = Buffer.alloc(CHUNK_BYTES, fill);
    for (let left = more; left > 0; left -= CHUNK_BYTES) yield chunk.subarray(0, left);
  };
  const hash = createHash('sha1').update(`${type} ${size}\0`);
  for (const chunk of chunks()) hash.update(chunk);
  const bytes = Buffer.concat([header(TYPES[type], size), await deflated(chunks())]);
  return { id: hash.digest('hex'), bytes };
}

export const tree = (entries: readonly (readonly [mode: string, name: string, id: string])[]) =>
  object(
    'tree',
    Buffer.concat(
      entries.flatMap(([mode, name, id]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
    ),
  );

export const commit = (treeId: string, size: { readonly more?: number; readonly fill?: number } = {}) =>
  object('commit', `tree ${treeId}\nauthor ${PERSON}\ncommitter ${PERSON}\n\nhostile\n`, size);

export const tag = (id: string, size: { readonly more?: number; readonly fill?: number } = {}) =>
  object('tag', `object ${id}\ntype commit\ntag v1\ntagger ${PERSON}\n\nhostile\n`, size);

/** Instructions for what becomes of the base; `sizes` are those before and after. */
export async function delta(
  base: PackedObject,
  sizes: readonly [before: number, after: number],
  instructions: readonly Buffer[],
): Promise<PackedObject> {
  const content = [...sizes.map((size) => varint(size)), ...instructions];
  const size = content.reduce((sum, { length }) => sum + length, 0);
  const bytes = [header(REF_DELTA, size), Buffer.from(base.id, 'hex'), await deflated(content)];
  return { id: 'f'.repeat(40), bytes: Buffer.concat(bytes) };
}

/** @param bytes fewer than 16 MiB, from the beginning of the base */
export function copy(bytes: number): Buffer {
  return Buffer.from([0xf0, bytes & 0xff, (bytes >> 8) & 0xff, (bytes >> 16) & 0xff]);
}

/** @param count what its head says, whatever is in it */
export function packOf(objects: readonly PackedObject[], count = objects.length): Buffer {
  const head = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
  head.writeUInt32BE(count, 8);
  const bytes = Buffer.concat([head, ...objects.map((one) => one.bytes)]);
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
}

function header(type: number, size: number): Buffer {
  const rest = Math.floor(size / 16);
  return Buffer.concat([
    Buffer.from([(type << 4) | (size % 16) | (rest > 0 ? 0x80 : 0)]),
    ...(rest > 0 ? [varint(rest)] : []),
  ]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    if (rest < 128) return Buffer.from(bytes);
  }
}

async function deflated(chunks: Iterable<Buffer>): Promise<Buffer> {
  const deflate = createDeflate({ level: 1 });
  const output: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => output.push(chunk));
  const done = Promise.withResolvers<undefined>();
  deflate.on('end', () => {
    done.resolve(undefined);
  });
  for (const chunk of chunks) {
    if (!deflate.write(chunk)) await new Promise((resolve) => deflate.once('drain', resolve));
  }
  deflate.end();
  await done.promise;
  return Buffer.concat(output);
}

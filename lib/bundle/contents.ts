// Reads the manifest of a packed plugin back from its own canonical tar.
import { createHash } from 'node:crypto';
import { messageOf, TransientError } from '../errors.ts';
import type { Bundle, ManifestEntry } from './bundle.ts';
import { digestOf } from './digest.ts';
import { formatManifest } from './manifest.ts';
import { readMember, TAR_BLOCK, type TarHead } from './tar.ts';

/**
 * Every file with its mode and hash, sorted by path. The tar is hashed on the way, so that what is returned has the
 * bundle's digest.
 * @throws TransientError `FetchFailed`: the packed content is not what was written
 */
export async function manifestOf(bundle: Bundle): Promise<readonly ManifestEntry[]> {
  const reader = new MemberReader(bundle.open());
  const entries: ManifestEntry[] = [];
  try {
    for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
      if (member.type === 'file') entries.push(await reader.hash(member));
    }
  } catch (error) {
    throw error instanceof RangeError ? damaged(bundle, messageOf(error)) : error;
  } finally {
    await reader.close();
  }
  if (digestOf(formatManifest(entries)) !== bundle.digest) throw damaged(bundle, 'it has another digest');
  return entries;
}

type Member = Pick<TarHead, 'type' | 'path' | 'executable' | 'size'>;

/** Knows only what `tarHeader` writes. */
class MemberReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = Buffer.alloc(0);

  constructor(tar: AsyncIterable<Uint8Array>) {
    this.#chunks = tar[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the archive. */
  async next(): Promise<Member | undefined> {
    const head = readMember(await this.#block());
    if (head?.type !== 'longName') return head;
    const name = await this.#take(head.size);
    await this.#skipPadding(head.size);
    const member = readMember(await this.#block());
    if (member === undefined) throw new RangeError('a long name is followed by no member');
    return { ...member, path: name.toString('utf8').replace(/\/?\0$/, '') };
  }

  async hash({ path, executable, size }: Member): Promise<ManifestEntry> {
    const hash = createHash('sha256');
    for (let left = size; left > 0;) {
      const piece = await this.#piece(left);
      hash.update(piece);
      left -= piece.length;
    }
    await this.#skipPadding(size);
    return { mode: executable ? '755' : '644', sha256: hash.digest('hex'), path };
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #block(): Promise<Buffer> {
    return this.#take(TAR_BLOCK);
  }

  async #skipPadding(size: number): Promise<void> {
    await this.#take((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
  }

  async #take(bytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for (let left = bytes; left > 0;) {
      const piece = await this.#piece(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** At least one byte, and at most so many. */
  async #piece(atMost: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next: IteratorResult<Uint8Array, unknown> = await this.#chunks.next();
      if (next.done === true) throw new RangeError('it is cut off');
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, atMost);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}

function damaged({ revision }: Bundle, why: string): TransientError {
  return new TransientError('FetchFailed', `the packed content of revision ${revision} is damaged: ${why}`);
}

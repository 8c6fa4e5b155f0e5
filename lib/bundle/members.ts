// Reads a canonical tar member by member, as it arrives.
import { readMember, TAR_BLOCK, tarPadding, type TarHead, type TarMember } from './tar.ts';

/** Knows only what `tarHeader` writes; throws RangeError for anything else, and for what is cut off. */
export class MemberReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = Buffer.alloc(0);

  constructor(tar: AsyncIterable<Uint8Array>) {
    this.#chunks = tar[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the archive. The content of the one before must have been read to its end. */
  async next(): Promise<TarMember | undefined> {
    const head = await this.#head();
    if (head?.type !== 'longName') return plain(head);
    const name = await this.#take(head.size);
    await this.#skipPadding(head.size);
    const member = plain(await this.#head());
    if (member === undefined) throw new RangeError('a long name is followed by no member');
    return { ...member, path: name.toString('utf8').replace(/\/?\0$/, '') };
  }

  /** The content of the member that came last, once. */
  async *content({ size }: TarMember): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0;) {
      const piece = await this.#piece(left);
      left -= piece.length;
      yield piece;
    }
    await this.#skipPadding(size);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #head(): Promise<TarHead | undefined> {
    return readMember(await this.#take(TAR_BLOCK));
  }

  async #skipPadding(size: number): Promise<void> {
    await this.#take(tarPadding(size).length);
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

function plain(head: TarHead | undefined): TarMember | undefined {
  if (head?.type === 'longName') throw new RangeError('a long name is followed by another');
  return head === undefined ? undefined : { ...head, type: head.type };
}

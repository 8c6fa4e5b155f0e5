// What a command says, kept up to the cap that every runtime has.
import { PermanentError } from '../errors.ts';
import { MAX_OUTPUT_BYTES } from './runtime.ts';

/** Room for what most commands say. */
const FIRST_BYTES = 4 * 1024;

/** Copies what it is given: chunks are often small parts of what was read at once, and would keep all of that alive. */
export class CappedOutput {
  #room = Buffer.alloc(0);
  #bytes = 0;

  /** @throws PermanentError `AnswerTooLong` for the chunk that is too much */
  push(chunk: Buffer): void {
    const bytes = this.#bytes + chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) {
      this.#room = Buffer.alloc(0);
      this.#bytes = 0;
      throw new PermanentError('AnswerTooLong', `a command said more than ${MAX_OUTPUT_BYTES} bytes`);
    }
    if (bytes > this.#room.length) this.#grow(bytes);
    chunk.copy(this.#room, this.#bytes);
    this.#bytes = bytes;
  }

  toBuffer(): Buffer {
    return this.#room.subarray(0, this.#bytes);
  }

  /** Doubling it, so that what was said is copied only as often as it is long. */
  #grow(bytes: number): void {
    const room = Math.min(MAX_OUTPUT_BYTES, Math.max(FIRST_BYTES, 2 * this.#room.length, bytes));
    const before = this.toBuffer();
    this.#room = Buffer.alloc(room);
    before.copy(this.#room);
  }
}
